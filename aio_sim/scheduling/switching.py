"""What a Cpu's dispatch loops ask: what does it cost that a core turns to another process?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aio_sim.scheduling.context_switch import (
    SwitchCosts,
    SwitchStep,
    SwitchStrategy,
    switch_cost,
    switch_steps,
)
from aio_sim.scheduling.process import Process

if TYPE_CHECKING:
    import numpy as np


class SwitchTally(NamedTuple):
    """What the switches of a Cpu were made of, each counted in full as it begins."""

    vector_saves: int
    vector_restores: int
    traps: int
    time: int
    """Nanoseconds."""


class SwitchModel(Protocol):
    """What the context switches of one Cpu cost."""

    @property
    def constant(self) -> int | None:
        """Nanoseconds of each switch; None where they differ, and `cost` is to be asked."""

    def cost(self, core: int, process: Process) -> int:
        """Return what it costs, in ns, that a core turns to a process other than its last one.

        The first process of a core comes by no switch: nothing is charged or counted for it.
        """

    def tally(self, switches: int) -> SwitchTally | None:
        """Return what so many switches were made of; None where only their number is known."""


class ConstantSwitch:
    """Every switch takes the same; `parts` says what one is made of, where that is known."""

    def __init__(self, time: int, parts: SwitchTally | None = None) -> None:
        self.constant = time
        self._parts = parts

    def cost(self, core: int, process: Process) -> int:
        """Return the same as ever."""
        return self.constant

    def tally(self, switches: int) -> SwitchTally | None:
        """Return what so many switches were made of; None where only their number is known."""
        if self._parts is None:
            return None
        return SwitchTally(*(part * switches for part in self._parts))


class VectorRegisters:
    """The vector registers of one core."""

    __slots__ = ("holder", "used")

    def __init__(self) -> None:
        self.holder: Process | None = None  # whose state was last loaded
        self.used = False  # whether the core's process has used them since it came

    def hold(self, process: Process) -> bool:
        """Have a process's state in here, and return whether it had to be loaded.

        What was left behind is good only if the process has not used another core's since: the
        rule of Linux (fpregs_state_valid in arch/x86/kernel/fpu/context.h).
        """
        loaded = self.holder is not process or process.registers is not self
        self.holder, process.registers = process, self
        return loaded


class FastSwitch:
    """Saves vector registers only where they were used, and restores them on their first use.

    A process uses them in a slice, from being given a core to another's being given it, with the
    chance `process.vector`; the trap and what it restores are taken at the slice's beginning. One
    whose state is still in the registers of its core has nothing restored, but is trapped. `random`
    returns the stream that uses are drawn from, and is called where one has to be drawn.
    """

    constant = None

    def __init__(self, costs: SwitchCosts, random: Callable[[], np.random.Generator]) -> None:
        steps = switch_steps(SwitchStrategy.FAST, True, costs)
        self._trap = steps[SwitchStep.TRAP]
        self._save = steps[SwitchStep.VECTOR_SAVE]
        self._restore = steps[SwitchStep.VECTOR_RESTORE]
        self._least = switch_cost(SwitchStrategy.FAST, False, costs)
        self._random_stream = random
        self._random: np.random.Generator | None = None
        self._cores: dict[int, VectorRegisters] = {}
        self._saves = self._restores = self._traps = self._time = 0

    def cost(self, core: int, process: Process) -> int:
        """Return what it costs, in ns, that a core turns to a process other than its last one."""
        uses = self._draw(process)
        registers = self._cores.get(core)
        if registers is not None:
            return self._switch(registers, process, uses)
        registers = self._cores[core] = VectorRegisters()
        registers.used = uses
        if uses:
            registers.hold(process)
        return 0

    def tally(self, switches: int) -> SwitchTally:
        """Return what the switches so far were made of."""
        return SwitchTally(self._saves, self._restores, self._traps, self._time)

    def _draw(self, process: Process) -> bool:
        """Return whether a process uses vector registers in the slice that begins."""
        share = process.vector
        if not 0 < share < 1:
            return share > 0
        if self._random is None:
            self._random = self._random_stream()
        return self._random.random() < share

    def _switch(self, registers: VectorRegisters, process: Process, uses: bool) -> int:
        time = self._least
        if registers.used:
            self._saves += 1
            time += self._save
        registers.used = uses
        if uses:
            self._traps += 1
            time += self._trap
            if registers.hold(process):
                self._restores += 1
                time += self._restore
        self._time += time
        return time


def switch_model(
    strategy: SwitchStrategy,
    costs: SwitchCosts,
    random: Callable[[], np.random.Generator],
    *,
    uses_vectors: bool = True,
) -> SwitchModel:
    """Return what the switches of one Cpu cost under a strategy.

    Where no process ever uses vector registers (`uses_vectors`), even `fast` is a constant, which
    closed forms need.
    """
    if strategy is SwitchStrategy.FAST and uses_vectors:
        return FastSwitch(costs, random)
    time = switch_cost(strategy, False, costs)
    moved = int(strategy is SwitchStrategy.PRECISE)
    return ConstantSwitch(time, SwitchTally(moved, moved, 0, time))
