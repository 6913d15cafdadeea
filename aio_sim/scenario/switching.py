"""What a scenario says of context switches: a strategy, and what its steps cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aio_sim.scenario.fields import Spec, Whole
from aio_sim.scheduling.context_switch import TYPICAL, SwitchCosts, SwitchStrategy, TlbSwitch
from aio_sim.scheduling.policy import Duration
from aio_sim.scheduling.switching import SwitchModel, switch_model

if TYPE_CHECKING:
    import numpy as np


class SwitchingSpec(Spec):
    """How a core turns from one process to another; the costs are those of a server of today."""

    strategy: Literal["fast", "precise"]
    """`precise` saves and restores everything, `fast` vector registers only where they are used."""
    tlb: Literal["tag", "flush"] = "tag"
    """Whether cached translations are told apart by process, or thrown away and refilled."""
    kernel_entry: Duration = TYPICAL.kernel_entry
    """Entering and leaving the kernel."""
    register_save: Duration = TYPICAL.general.save
    """Saving the general registers."""
    register_restore: Duration = TYPICAL.general.restore
    """Restoring them."""
    vector_save: Duration = TYPICAL.vector.save
    """Saving the vector registers."""
    vector_restore: Duration = TYPICAL.vector.restore
    """Restoring them."""
    control_write: Duration = TYPICAL.control_write
    """Writing a control register: the page table's root, and to set and to lift the trap."""
    trap: Duration = TYPICAL.trap
    """The trap on the first use of vector registers, under `fast`."""
    tlb_entries: Annotated[Whole, Field(le=1_000_000)] = TYPICAL.tlb_entries
    """How many translations are refilled after a flush."""
    page_walk: Duration = TYPICAL.page_walk
    """Refilling one."""

    @property
    def costs(self) -> SwitchCosts:
        """What each step takes."""
        return SwitchCosts(
            replace(TYPICAL.general, save=self.register_save, restore=self.register_restore),
            replace(TYPICAL.vector, save=self.vector_save, restore=self.vector_restore),
            self.kernel_entry,
            self.trap,
            self.control_write,
            self.tlb_entries,
            self.page_walk,
            TlbSwitch(self.tlb),
        )

    def model(
        self, random: Callable[[], np.random.Generator], *, uses_vectors: bool
    ) -> SwitchModel:
        """Return what the switches of one Cpu cost; see `switch_model`."""
        strategy = SwitchStrategy(self.strategy)
        return switch_model(strategy, self.costs, random, uses_vectors=uses_vectors)
