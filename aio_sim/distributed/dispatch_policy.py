"""Which machine a task goes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from aio_sim.distributed.machine_loads import MachineLoads
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.registry import Registry
from aio_sim.kernel.units import parse_rate
from aio_sim.scheduling.policy import SCHEDULING_POLICIES, Duration, Moment
from aio_sim.scheduling.process import Process

FILE_ORDER: Final = "file"
"""The order of arrival, and at one instant that of the file."""


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


@dispatch_policy("join_shortest_queue")
class JoinShortestQueue(DispatchPolicy):
    """The machine where the fewest tasks wait, or most cores are idle, the first on a tie.

    It counts tasks beyond the cores, where `least_loaded` divides by them; on machines with equally
    many cores the two are one. Source: Winston, Optimality of the Shortest Line Discipline, Journal
    of Applied Probability 14(1), 1977.
    """

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return loads.shortest()


@dispatch_policy("locality")
class LocalityDispatch(DispatchPolicy):
    """The least loaded of the machines that hold the task's `data`, unless all have too much to do.

    They have where the least loaded of all has more than `patience` tasks a core less. A task
    without data goes to the least loaded machine.
    """

    patience: Annotated[float, Field(ge=0)] = 1
    """Tasks a core that a machine with the data may have more than the least loaded."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        least = loads.least()
        holding = loads.named(task.holders)
        if not holding:
            return least
        near = min(holding, key=loads.of)
        return near if loads.of(near) <= loads.of(least) + self.patience else least


@dispatch_policy("work_stealing")
class WorkStealing(DispatchPolicy):
    """Any machine at random; one with an idle core then takes from the back of the longest queue.

    It takes the task that was sent there last, of those that have not begun. Source: Blumofe &
    Leiserson, Scheduling Multithreaded Computations by Work Stealing, Journal of the ACM 46(5),
    1999, where the victim is drawn at random.
    """

    cost: Duration = 0
    """How long a task that is taken is under way (seconds); 0 where absent."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return int(moment.random.integers(len(loads)))


def _known_order(name: str) -> str:
    """Return the name of an order; raise where no policy of that name can order the list."""
    if name == FILE_ORDER:
        return name
    if name not in SCHEDULING_POLICIES:
        sentence = _("unknown scheduling policy {name!r}{hint}")
        raise ValueError(
            sentence.format(name=name, hint=hint(name, [FILE_ORDER, *SCHEDULING_POLICIES]))
        )
    try:
        SCHEDULING_POLICIES[name]()
    except ValidationError:
        sentence = _("{name!r} needs options of its own, and orders no list")
        raise ValueError(sentence.format(name=name)) from None
    return name


@dispatch_policy("list")
class ListScheduling(DispatchPolicy):
    """One list for all machines: whenever a core is idle, the first task of the list goes there.

    Source: R. L. Graham, Bounds on Multiprocessing Timing Anomalies, SIAM Journal on Applied
    Mathematics 17(2), 1969.
    """

    order: Annotated[str, AfterValidator(_known_order)] = FILE_ORDER
    """Which task is first: that of the `file`, or as a scheduling policy says: `critical_path`,
    `lpt`, `sjf`, `priority`, ..."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return loads.shortest()


@dispatch_policy("heft")
class Heft(DispatchPolicy):
    """A plan for each task graph before it begins: the heterogeneous earliest finish time.

    Tasks of no graph go to the machine of the shortest queue. Source: Topcuoglu, Hariri & Wu,
    Performance-Effective and Low-Complexity Task Scheduling for Heterogeneous Computing, IEEE TPDS
    13(3), 2002.
    """

    bandwidth: Annotated[int, BeforeValidator(parse_rate), Field(gt=0)] | None = None
    """Bits a second that the plan reckons with between machines; the slowest card's where absent,
    and no time at all where there is no network."""

    def choose(self, task: Process, loads: MachineLoads, moment: Moment) -> int:
        return loads.shortest()
