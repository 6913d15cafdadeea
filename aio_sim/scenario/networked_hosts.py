"""Names of hosts that must be there, and on the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.wiring import Wiring


def linked_hosts(wiring: Wiring) -> set[str]:
    """Return the ends of all links."""
    return {end for link in wiring.links() for end in link.ends}


class NetworkedHosts:
    """Looks at names of hosts that send and receive; `place` is where a name stands."""

    def __init__(self, wiring: Wiring, findings: Findings) -> None:
        self.linked = linked_hosts(wiring)
        """The hosts that are on the network, with its switches."""
        self._wiring = wiring
        self._findings = findings

    def check(self, name: str, *place: int | str) -> None:
        """Note a host that is not there, or is on no network."""
        self._note(name, [name] if name in self._wiring.hosts else [], place)

    def check_all(self, patterns: Iterable[str], *place: int | str) -> None:
        """Note patterns that match no host, and hosts that are on no network."""
        for pattern in patterns:
            self._note(pattern, matching([pattern], self._wiring.hosts), place)

    def _note(self, said: str, found: Sequence[str], place: tuple[int | str, ...]) -> None:
        bare = next((name for name in found if name not in self.linked), None)
        if not found:
            sentence = _("there is no host {name!r}{hint}")
            told = sentence.format(name=said, hint=hint(said, self._wiring.compared))
            self._findings.say(told, *place, value=said)
        elif bare is not None:
            sentence = _("{name} has no network card; give that host a `network`")
            self._findings.say(sentence.format(name=bare), *place, value=said)
