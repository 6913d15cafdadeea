"""Whether the links that a scenario cuts are there, and not cut twice at a time."""

from __future__ import annotations

from collections.abc import Sequence

from aio_sim.hardware.network import Link
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.network import FailureSpec
from aio_sim.scenario.wiring import Wiring


def check_failures(wiring: Wiring, findings: Findings) -> None:
    """Note failures of links that are not there, or that are cut already by then."""
    failures = wiring.spec.failures
    links = list(wiring.links()) if failures else []
    names = {link.name for link in links}
    for at, failure in enumerate(failures):
        if failure.link not in names:
            sentence = _("there is no link {name!r}{hint}")
            near = hint(failure.link, _compared(links, wiring))
            told = sentence.format(name=failure.link, hint=near)
            findings.say(told, "network", "failures", at, "link", value=failure.link)
    _check_once(failures, findings)


def _compared(links: Sequence[Link], wiring: Wiring) -> list[str]:
    """Return the names that a wrong one is compared with: of alike hosts' cards, a few."""
    left_out = wiring.hosts.keys() - wiring.compared
    return [link.name for link in links if left_out.isdisjoint(link.ends)]


def _check_once(failures: Sequence[FailureSpec], findings: Findings) -> None:
    """Note failures that begin before one of the same link is over."""
    last: dict[str, FailureSpec] = {}
    for at, failure in sorted(enumerate(failures), key=lambda each: each[1].at):
        before = last.get(failure.link)
        if before is not None and (before.end is None or failure.at <= before.end):
            findings.say(_told(before), "network", "failures", at, "at", value=failure.at)
        last[failure.link] = failure


def _told(before: FailureSpec) -> str:
    if before.end is None:
        sentence = _("{link} is cut for good at {at}")
        return sentence.format(link=before.link, at=format_duration(before.at))
    sentence = _("{link} is cut from {at} to {end} already; expected a time after that")
    at, end = format_duration(before.at), format_duration(before.end)
    return sentence.format(link=before.link, at=at, end=end)
