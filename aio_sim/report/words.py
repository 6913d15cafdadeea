"""Names and numbers as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aio_sim.kernel.units import format_duration

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment


_LEAST_SECONDS: Final = 1e-4
"""Less is written with a power of ten: `7e-06`."""


def number(value: float) -> str:
    """Return a number to four digits, thousands apart: `0.01234`, `12.5`, `1,234,567`."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def seconds_number(value: float) -> str:
    """Return seconds as a number, but those that would be hard to read as such in their unit."""
    if 0 < abs(value) < _LEAST_SECONDS:
        return format_duration(round(value * 1e9))
    return number(value)


def percentage(value: float) -> str:
    """Return a share as a percentage to three digits."""
    return f"{100 * value:.3g} %"


def encodable(part: RenderableType, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
    """Yield what a part looks like, with "?" for what the encoding of the output cannot say."""
    for segment in console.render(part, options):
        text = segment.text.encode(options.encoding, "replace").decode(options.encoding)
        yield segment._replace(text=text)
