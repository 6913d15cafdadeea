"""What a scenario says of hosts that die."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration
from aio_sim.scenario.fields import Name, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Duration


class HostFailureSpec(Spec):
    """A host that dies, with all that runs on it; it comes back empty, or not at all."""

    host: Name
    """Its name."""
    at: Duration
    """When it dies (seconds)."""
    duration: Annotated[Duration, Field(gt=0)] | None = Field(
        default=None, alias="for", description="For how long (seconds); for good where absent."
    )

    @property
    def end(self) -> int | None:
        """When it is back, in nanoseconds; None where it is not."""
        return None if self.duration is None else self.at + self.duration


def check_host_failures(
    failures: Sequence[HostFailureSpec], hosts: Collection[str], findings: Findings
) -> None:
    """Note failures of hosts that are not there, or are down already by then."""
    for at, failure in enumerate(failures):
        if failure.host not in hosts:
            sentence = _("there is no host {name!r}{hint}")
            told = sentence.format(name=failure.host, hint=hint(failure.host, hosts))
            findings.say(told, "failures", at, "host", value=failure.host)
    last: dict[str, HostFailureSpec] = {}
    for at, failure in sorted(enumerate(failures), key=lambda each: each[1].at):
        before = last.get(failure.host)
        if before is not None and (before.end is None or failure.at <= before.end):
            findings.say(_told(before), "failures", at, "at", value=failure.at)
        last[failure.host] = failure


def _told(before: HostFailureSpec) -> str:
    if before.end is None:
        sentence = _("{host} is down for good from {at} on")
        return sentence.format(host=before.host, at=format_duration(before.at))
    sentence = _("{host} is down from {at} to {end} already; expected a time after that")
    at, end = format_duration(before.at), format_duration(before.end)
    return sentence.format(host=before.host, at=at, end=end)
