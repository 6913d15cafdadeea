"""Verbs called on a Cpu in the middle of a run, and what is noted of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, Literal, NamedTuple

from hypothesis import strategies as st

from aio_sim.kernel.environment import ALLOCATION, ARRIVAL, WAKE_UP, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.round_robin import RoundRobin
from aio_sim.scheduling.process import Process, State
from tests.scheduling.on_cpu import run_on_cpu
from tests.scheduling.reference import Result
from tests.scheduling.reference_rules import ReferenceProcess

Verb = Literal["pause", "resume", "speed", "lend", "return", "remove", "charge"]
VERBS: tuple[Verb, ...] = ("pause", "resume", "speed", "lend", "return", "remove", "charge")
SPEEDS = (Fraction(1, 3), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2))


class Action(NamedTuple):
    """A verb at an instant, with a number that says which or how many."""

    at: int
    verb: Verb
    amount: int = 0
    phase: int = ARRIVAL


class Loan(NamedTuple):
    """A core that was lent from one instant to another."""

    core: int
    start: int
    end: int


class SliceBySlice(RoundRobin):
    """Round robin in the plain slice loop."""

    mechanism = "slices"


class Meddler:
    """Calls verbs on a Cpu as a script says, those that make sense at that moment."""

    def __init__(self, script: Sequence[Action], until: int = 400) -> None:
        self.script = script
        self.until = until
        self.removed: dict[int, int] = {}
        """What each process had received when it was removed."""
        self.loans: list[Loan] = []
        self.processes: list[Process] = []
        self._held: list[tuple[int, list[int]]] = []

    def __call__(self, env: Environment, cpu: Cpu, processes: list[Process]) -> None:
        """Set the timers; at the end the Cpu is whole again, and goes on."""
        self.env, self.cpu, self.processes = env, cpu, processes
        for action in self.script:
            self._at(action.at, action.phase, partial(self._act, action))
        self._at(self.until, ALLOCATION, self._end)

    def _at(self, at: int, phase: int, act: Callable[[], None]) -> None:
        Timer(self.env, act, phase).set(at)

    def _act(self, action: Action) -> None:
        getattr(self, f"_{action.verb}")(action.amount)
        self.cpu.check()

    def _end(self) -> None:
        self.cpu.resume()
        self.cpu.set_speed(1)
        while self._held:
            self._return(0)
        self.cpu.check()

    def _pause(self, _amount: int) -> None:
        self.cpu.pause()

    def _resume(self, _amount: int) -> None:
        self.cpu.resume()

    def _charge(self, _amount: int) -> None:
        self.cpu.charge()

    def _speed(self, amount: int) -> None:
        self.cpu.set_speed(SPEEDS[amount % len(SPEEDS)])

    def _lend(self, amount: int) -> None:
        own = self.cpu.cores - sum(len(cores) for _, cores in self._held)
        if own:
            self._held.append((self.env.now, self.cpu.lend_cores(1 + amount % own)))

    def _return(self, amount: int) -> None:
        if self._held:
            since, cores = self._held.pop(amount % len(self._held))
            self.cpu.return_cores(cores)
            self.loans += [Loan(core, since, self.env.now) for core in cores]

    def _remove(self, amount: int) -> None:
        process = self.processes[amount % len(self.processes)]
        if process.state not in (State.NEW, State.TERMINATED):
            self.cpu.remove(process)
            self.removed[process.number] = process.received


def scripts(*verbs: Verb, latest: int = 80) -> st.SearchStrategy[list[Action]]:
    """Return scripts of some verbs, all of them where none are named."""
    phases = st.sampled_from([WAKE_UP, ARRIVAL, ALLOCATION])
    action = st.builds(
        Action,
        st.integers(0, latest),
        st.sampled_from(verbs or VERBS),
        st.integers(0, 20),
        phases,
    )
    return st.lists(action, min_size=1, max_size=8)


def meddled(
    policy: Any, processes: Sequence[ReferenceProcess], script: Sequence[Action], **options: Any
) -> tuple[Result, Meddler]:
    """Return a run in which a script was carried out, and who did so."""
    meddler = Meddler(script)
    return run_on_cpu(policy, processes, meddle=meddler, **options), meddler


def new_cpu(policy: Any, cores: int = 1, **options: Any) -> tuple[Environment, Cpu]:
    """Return an event loop and a Cpu on it."""
    env = Environment()
    return env, Cpu(env, Trace(), "cpu", cores, policy, **options)
