"""Whether the links that a scenario cuts are there, and not cut twice at a time."""

from __future__ import annotations

from collections.abc import Sequence

from aio_sim.hardware.network import Link
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.outages import check_once
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
    check_once((failure.outage for failure in failures), findings, "network", "failures")


def _compared(links: Sequence[Link], wiring: Wiring) -> list[str]:
    """Return the names that a wrong one is compared with: of alike hosts' cards, a few."""
    left_out = wiring.hosts.keys() - wiring.compared
    return [link.name for link in links if left_out.isdisjoint(link.ends)]
