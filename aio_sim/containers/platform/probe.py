"""Probes: what asks a container again and again whether it is well, without asking.

A probe looks at `begun + initial_delay`, and each `period` after that. Its answer turns when it has
found the contrary `threshold` times in a row. Between two changes of what it finds that moment is
known, so that nothing happens until then.

Source: Kubernetes documentation, Configure Liveness, Readiness and Startup Probes. The kubelet
shifts the first look by a random part of the period after its own restart; here it does not.
"""

from __future__ import annotations

from dataclasses import dataclass

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True)
class Probe:
    """When a probe looks, in ns, and how often in a row it must find the contrary.

    The defaults are those of Kubernetes. Raises InputError where the period is not above 0, a
    threshold is below 1, or the delay is negative.
    """

    initial_delay: int = 0
    period: int = 10 * SECOND
    success: int = 1
    failure: int = 3

    def __post_init__(self) -> None:
        if self.period < 1 or min(self.success, self.failure) < 1 or self.initial_delay < 0:
            raise InputError(
                _("a probe has a period above 0, thresholds from 1 and a delay from 0")
            )

    def looks(self, begun: int, before: int) -> int:
        """Return how many looks there are before an instant, of a container begun then."""
        passed = before - begun - self.initial_delay
        return max(-(-passed // self.period), 0)

    def look(self, begun: int, number: int) -> int:
        """Return the instant of a look, counted from 0."""
        return begun + self.initial_delay + number * self.period


class ProbeRecord:
    """What one probe has found of one run of a container, and what it says of it.

    What is there at an instant is found by the look of that instant.
    """

    __slots__ = ("_begun", "_counted", "_finds", "_probe", "_streak", "says")

    def __init__(self, probe: Probe, begun: int, *, says: bool, finds: bool) -> None:
        self.says = says
        """The answer that holds."""
        self._probe = probe
        self._begun = begun
        self._finds = finds
        self._streak = 0  # looks in a row that found the contrary of what it says
        self._counted = 0  # looks that are accounted for

    def turns(self, now: int, finds: bool) -> int | None:
        """Note what is to be found from now on; return when the answer turns, None for never."""
        self._count(self._probe.looks(self._begun, now))
        self._finds = finds
        if finds == self.says:
            return None
        return self._probe.look(self._begun, self._counted + self._missing - 1)

    def turn(self, now: int) -> None:
        """Let the answer turn, at the instant that was foretold."""
        self.says = not self.says
        self._streak = 0
        self._counted = self._probe.looks(self._begun, now + 1)

    @property
    def _missing(self) -> int:
        """How many more looks in a row must find the contrary."""
        threshold = self._probe.failure if self.says else self._probe.success
        return threshold - self._streak

    def _count(self, looks: int) -> None:
        more, self._counted = looks - self._counted, looks
        if more > 0:
            self._streak = 0 if self._finds == self.says else self._streak + more
