"""Why tasks were rejected or failed, and machines were refused, in lines of a summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.analysis.metrics import failures, rejections
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _, plural

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

_MOST_REASONS: Final = 5


def reasons(trace: Trace) -> list[str]:
    """Return a line for each reason, the most frequent first, and for each refused machine."""
    return [*_rejected(rejections(trace)), *_failed(failures(trace)), *_refused(trace)]


def _rejected(counts: dict[str, int]) -> Iterator[str]:
    for reason, count in list(counts.items())[:_MOST_REASONS]:
        yield _("{count} rejected: {reason}").format(count=f"{count:,}", reason=plain(reason))
    if rest := sum(list(counts.values())[_MOST_REASONS:]):
        yield _("{count} rejected for other reasons").format(count=f"{rest:,}")


def _failed(counts: dict[str, int]) -> Iterator[str]:
    for reason, count in list(counts.items())[:_MOST_REASONS]:
        told = plain(reason) or _("no reason given")
        yield _("{count} failed: {reason}").format(count=f"{count:,}", reason=told)
    if rest := sum(list(counts.values())[_MOST_REASONS:]):
        yield _("{count} failed for other reasons").format(count=f"{rest:,}")


def _refused(trace: Trace) -> Iterator[str]:
    refused: dict[str, str] = trace.meta.get("refused", {})
    for machine, reason in list(refused.items())[:_MOST_REASONS]:
        form = _("{machine} was refused: {reason}")
        yield form.format(machine=plain(machine), reason=plain(reason))
    if (rest := len(refused) - _MOST_REASONS) > 0:
        form = plural(
            "{count} more machine was refused", "{count} more machines were refused", rest
        )
        yield form.format(count=f"{rest:,}")
