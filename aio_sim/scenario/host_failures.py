"""What a scenario says of hosts that die."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Name, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.outages import For, Outage, check_once
from aio_sim.scheduling.policy import Duration


class HostFailureSpec(Spec):
    """A host that dies, with all that runs on it; it comes back empty, or not at all."""

    host: Name
    """Its name."""
    at: Duration
    """When it dies (seconds)."""
    duration: For = None

    @property
    def outage(self) -> Outage:
        """From when to when it is down."""
        end = None if self.duration is None else self.at + self.duration
        return Outage(self.host, self.at, end)


def check_host_failures(
    failures: Sequence[HostFailureSpec], hosts: Collection[str], findings: Findings
) -> None:
    """Note failures of hosts that are not there, or are down already by then."""
    for at, failure in enumerate(failures):
        if failure.host not in hosts:
            sentence = _("there is no host {name!r}{hint}")
            told = sentence.format(name=failure.host, hint=hint(failure.host, hosts))
            findings.say(told, "failures", at, "host", value=failure.host)
    check_once((failure.outage for failure in failures), findings, "failures")
