"""Which machine a task goes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.kernel.registry import Registry
from aio_sim.scheduling.policy import Moment
from aio_sim.scheduling.process import Process


class DispatchPolicy(BaseModel):
    """Chooses the machine of a task: pure, it looks at the loads and answers with a number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        """Return the number of a machine, below `len(loads)`."""
        return 0


DISPATCH_POLICIES: Registry[DispatchPolicy] = Registry("dispatch policy", DispatchPolicy)


def dispatch_policy(name: str) -> Callable[[type[DispatchPolicy]], type[DispatchPolicy]]:
    """Return a decorator that lets scenarios say `dispatch: {policy: name}`."""
    return DISPATCH_POLICIES.register(name)


@dispatch_policy("first")
class First(DispatchPolicy):
    """The first machine, always."""


@dispatch_policy("round_robin")
class RoundRobinDispatch(DispatchPolicy):
    """One machine after the other, in the order of the scenario."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        turn: int = moment.memory.get("turn", 0)
        moment.memory["turn"] = (turn + 1) % len(loads)
        return turn


@dispatch_policy("random")
class RandomDispatch(DispatchPolicy):
    """Any machine, all equally likely."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return int(moment.random.integers(len(loads)))


@dispatch_policy("least_loaded")
class LeastLoaded(DispatchPolicy):
    """The machine with the fewest tasks a core, the first of them on a tie."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return loads.least()


@dispatch_policy("power_of_two")
class PowerOfChoices(DispatchPolicy):
    """The less loaded of a few machines drawn at random, the first drawn on a tie.

    Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10),
    2001.
    """

    choices: Annotated[int, Field(ge=1, le=1000)] = 2

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        many = min(self.choices, len(loads))
        drawn = moment.random.choice(len(loads), size=many, replace=False)
        return min((int(machine) for machine in drawn), key=loads.of)
