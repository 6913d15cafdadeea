"""What a scenario says of things that are down for a while: links that are cut, hosts that die."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import Field

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Duration

For = Annotated[
    Annotated[Duration, Field(gt=0)] | None,
    Field(alias="for", description="For how long (seconds); for good where absent."),
]
"""For how long something is down."""


class Outage(NamedTuple):
    """What is down, and from when to when, in nanoseconds; for good where the end is None."""

    name: str
    at: int
    end: int | None


def check_once(outages: Iterable[Outage], findings: Findings, *location: str) -> None:
    """Note outages that begin before one of the same thing is over; they stand at `location`."""
    last: dict[str, Outage] = {}
    for number, outage in sorted(enumerate(outages), key=lambda each: each[1].at):
        before = last.get(outage.name)
        if before is not None and (before.end is None or outage.at <= before.end):
            findings.say(_told(before), *location, number, "at", value=outage.at)
        last[outage.name] = outage


def _told(before: Outage) -> str:
    at = format_duration(before.at)
    if before.end is None:
        return _("{name} is down for good from {at} on").format(name=before.name, at=at)
    sentence = _("{name} is down from {at} to {end} already; expected a time after that")
    return sentence.format(name=before.name, at=at, end=format_duration(before.end))
