"""What the strategies of a context switch cost, from the history of all stays on all cores.

Nothing here comes from aio_sim. Of each stay is noted who had which core, and whether he used the
vector registers; what a switch pays is read off that history:

- precise: everything, always;
- fast: what everybody pays and the arming of the trap; a save, if the stay before on this core used
  the registers; if this stay uses them, the trap and its lifting, and a restore, unless the last
  stay on this core to use them was this process's, and was the last of its own to use them at all.

The first stay on a core is no switch, but is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.scheduling.reference_rules import ReferenceProcess


class Stay(NamedTuple):
    """A core's being with a process until it turns to another."""

    core: int
    process: int
    used: bool


@dataclass
class ReferenceSwitching:
    """A strategy by its name; times of its steps in whole units; `draws` decide who uses."""

    strategy: str
    base: int
    arm: int
    trap: int
    save: int
    restore: int
    draws: Iterator[float]
    history: list[Stay] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: {"saves": 0, "restores": 0, "traps": 0, "time": 0}
    )

    def __call__(self, core: int, process: ReferenceProcess, first: bool) -> int:
        """Return what it costs that a core turns to a process."""
        stay = Stay(core, process.number, self._uses(process))
        paid = self._paid(stay)
        self.history.append(stay)
        if first:
            return 0
        saves, restores, traps = paid
        cost = self.base + saves * self.save + restores * self.restore
        if self.strategy == "fast":
            cost += self.arm + traps * (self.trap + self.arm)
        for name, amount in zip(self.counts, (*paid, cost), strict=True):
            self.counts[name] += amount
        return cost

    def _uses(self, process: ReferenceProcess) -> bool:
        if self.strategy == "precise" or process.vector in (0, 1):
            return process.vector == 1
        return next(self.draws) < process.vector

    def _paid(self, stay: Stay) -> tuple[int, int, int]:
        """Return the saves, restores and traps of a switch."""
        if self.strategy == "precise":
            return 1, 1, 0
        here = [each for each in self.history if each.core == stay.core]
        users = [each for each in self.history if each.used]
        last_here = [each for each in users if each.core == stay.core][-1:]
        last_own = [each for each in users if each.process == stay.process][-1:]
        kept = bool(last_here) and last_here[0] is (last_own[0] if last_own else None)
        saves = int(bool(here) and here[-1].used)
        return saves, int(stay.used and not kept), int(stay.used)
