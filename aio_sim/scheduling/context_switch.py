"""What a context switch costs: the parts of the state, and two strategies of switching them.

`precise` saves and restores everything and so always costs the same. `fast` saves the vector
registers only where the slice used them, and restores them when the next process first uses its
own, which a trap tells. Sizes in bytes, times in nanoseconds. docs/background/context-switch.md
derives the break-even and says where each constant comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from aio_sim.kernel.choices import choice
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class SwitchStrategy(StrEnum):
    """When the vector state is saved and restored."""

    FAST = "fast"
    PRECISE = "precise"

    @classmethod
    def named(cls, name: str) -> SwitchStrategy:
        """Return the strategy of that name; UnknownName for another."""
        return choice(cls, "switch strategy", name)


class TlbSwitch(StrEnum):
    """What becomes of the cached translations of the process that leaves."""

    FLUSH = "flush"
    TAG = "tag"

    @classmethod
    def named(cls, name: str) -> TlbSwitch:
        """Return the treatment of that name; UnknownName for another."""
        return choice(cls, "treatment of the TLB", name)


class SwitchStep(StrEnum):
    """One thing that a switch does."""

    KERNEL_ENTRY = "kernel entry"
    GENERAL_REGISTERS = "general registers"
    PAGE_TABLE_ROOT = "page table root"
    TLB_REFILL = "tlb refill"
    ARM_TRAP = "arm trap"
    TRAP = "trap"
    VECTOR_SAVE = "vector save"
    VECTOR_RESTORE = "vector restore"


@dataclass(frozen=True)
class StatePart:
    """A part of a process's state in the processor: `size` bytes, and ns to save and restore it."""

    size: int
    save: int
    restore: int

    def __post_init__(self) -> None:
        if min(self.size, self.save, self.restore) < 0:
            raise InputError(_("size and times of a part of the state must not be negative"))


# 16 general registers, instruction pointer, flags and two segment bases of 8 bytes (Intel SDM vol.
# 1, 3.4). The times are an assumption: 20 moves each way within the first-level cache.
GENERAL_REGISTERS: Final = StatePart(size=160, save=5, restore=5)

# XSAVE area with AVX-512 and protection keys: 512 + 64 + 256 + 64 + 512 + 1024 + 8 (Intel SDM vol.
# 1, 13.4 and 13.5; checkpoint-restore/criu pull request 2161 reads 2440 off a machine). Times:
# XSAVEOPT and XRSTOR left out of a switch one by one, AlessandroSangiuliano/Uros issue 561, at
# 4 GHz; that AVX-512 takes no longer than that machine's state is an assumption.
VECTOR_STATE: Final = StatePart(size=2440, save=58, restore=165)


@dataclass(frozen=True)
class SwitchCosts:
    """What each step takes on one machine, in nanoseconds; InputError for a negative number.

    `kernel_entry`: getpid by lmbench on Linux, no mitigations (asterinas pull request 1126: 80 ns;
    498 ns with them). `trap`: a page fault by lmbench on Linux (asterinas pull request 1340: 111
    ns), taken for the vector unit's trap. `control_write`: a serialising write of a control
    register, 120 cycles at 4 GHz, an assumption. `page_walk` times `tlb_entries`: refilling the
    first-level data TLB of 64 entries (Intel optimization manual, Skylake) at 10 ns a walk with
    the tables in the caches, an assumption from strided reads.
    """

    general: StatePart = GENERAL_REGISTERS
    vector: StatePart = VECTOR_STATE
    kernel_entry: int = 80
    trap: int = 111
    control_write: int = 30
    tlb_entries: int = 64
    page_walk: int = 10
    tlb: TlbSwitch = TlbSwitch.TAG

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and value < 0:
                raise InputError(
                    _("{field} must not be negative, not {value}").format(
                        field=field.name, value=value
                    )
                )

    @property
    def vector_time(self) -> int:
        """The time to save the vector state of one process and restore that of another."""
        return self.vector.save + self.vector.restore


TYPICAL: Final = SwitchCosts()
"""A server of today with AVX-512 and a tagged TLB."""


def switch_steps(
    strategy: SwitchStrategy, uses_vector: bool, costs: SwitchCosts = TYPICAL
) -> dict[SwitchStep, int]:
    """Return what one switch, and the slice that follows it, pays for each step, in ns.

    `uses_vector` says whether that slice touches its vector registers.
    """
    steps = {
        SwitchStep.KERNEL_ENTRY: costs.kernel_entry,
        SwitchStep.GENERAL_REGISTERS: costs.general.save + costs.general.restore,
        SwitchStep.PAGE_TABLE_ROOT: costs.control_write,
    }
    if costs.tlb is TlbSwitch.FLUSH:
        steps[SwitchStep.TLB_REFILL] = costs.tlb_entries * costs.page_walk
    if strategy is SwitchStrategy.FAST:
        steps[SwitchStep.ARM_TRAP] = costs.control_write
        if uses_vector:
            # The handler takes the barrier away again, by a second write of the register.
            steps[SwitchStep.TRAP] = costs.trap + costs.control_write
    if strategy is SwitchStrategy.PRECISE or uses_vector:
        steps[SwitchStep.VECTOR_SAVE] = costs.vector.save
        steps[SwitchStep.VECTOR_RESTORE] = costs.vector.restore
    return steps


def switch_cost(strategy: SwitchStrategy, uses_vector: bool, costs: SwitchCosts = TYPICAL) -> int:
    """Return what one switch and its slice pay in all, in ns."""
    return sum(switch_steps(strategy, uses_vector, costs).values())


def expected_switch_cost(
    strategy: SwitchStrategy, vector_use: float, costs: SwitchCosts = TYPICAL
) -> float:
    """Return the mean cost of a switch in ns, where the share `vector_use` of slices uses vectors.

    Raises InputError unless 0 <= vector_use <= 1.
    """
    if not 0 <= vector_use <= 1:
        raise InputError(
            _("the share of slices that use vectors must be from 0 to 1, not {share}").format(
                share=vector_use
            )
        )
    without, using = (switch_cost(strategy, uses, costs) for uses in (False, True))
    return without + vector_use * (using - without)


def break_even(costs: SwitchCosts = TYPICAL) -> float:
    """Return the share of slices using vectors above which `precise` is the cheaper strategy.

    (v - w) / (v + t + w) with v the time to save and restore the vector state, w a write of a
    control register and t the trap; 0 where arming the trap alone costs as much as it saves.
    """
    gain = costs.vector_time - costs.control_write
    pain = costs.vector_time + costs.trap + costs.control_write
    return max(gain, 0) / pain if pain else 0.0
