"""Exclusive tasks: whole cores, held from the grant to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Protocol

from aio_sim.kernel.environment import COMPLETION, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.resources.allocation import Allocation
from aio_sim.scheduling.process import Process, State


class CoreLender(Protocol):
    """What cores are taken from: the Cpu of a host."""

    @property
    def name(self) -> str: ...
    @property
    def speed(self) -> Fraction: ...
    def lend_cores(self, count: int) -> list[int]: ...
    def return_cores(self, cores: list[int]) -> None: ...


class Holding:
    """An exclusive task under way: its allocation, its cores, its end."""

    __slots__ = ("allocation", "cores", "since", "timer")

    def __init__(self, allocation: Allocation, cores: list[tuple[int, list[int]]]) -> None:
        self.allocation = allocation
        self.cores = cores  # (number of the host, indices)
        self.since = allocation.env.now
        self.timer: Timer


class ExclusiveCores:
    """Takes the cores of an allocation out of their hosts' scheduling while a task holds them.

    The task runs on all of them at once for its work, at the speed of the slowest.
    """

    def __init__(self, env: Environment, trace: Trace, lenders: Sequence[CoreLender]) -> None:
        self._env = env
        self._trace = trace
        self._lenders = lenders
        self._holdings: dict[Process, Holding] = {}
        self.busy = 0
        """Core-nanoseconds of the tasks that have ended."""

    @property
    def count(self) -> int:
        """How many tasks hold cores."""
        return len(self._holdings)

    def start(
        self, process: Process, allocation: Allocation, ended: Callable[[Process], None]
    ) -> None:
        """Run a task on the cores it was granted, and tell when it has ended."""
        cores = [(host, self._lenders[host].lend_cores(many)) for host, many in allocation.places]
        speed = min(self._lenders[host].speed for host, _ in cores)
        time = max(-(-process.work * speed.denominator // speed.numerator), 1)
        process.start = self._env.now
        process.state = State.RUNNING
        holding = self._holdings[process] = Holding(allocation, cores)
        holding.timer = Timer(self._env, partial(self._end, process, ended), COMPLETION)
        holding.timer.set(self._env.now + time)

    def fail(self, host: int) -> list[Process]:
        """End the tasks that hold cores of a host, by number, unfinished, and return them."""
        lost = [
            process
            for process, holding in self._holdings.items()
            if any(number == host for number, _cores in holding.cores)
        ]
        for process in lost:
            self._holdings[process].timer.cancel()
            self._leave(process)
        return lost

    def _end(self, process: Process, ended: Callable[[Process], None]) -> None:
        self._leave(process)
        ended(process)

    def _leave(self, process: Process) -> None:
        """Give back what a task holds."""
        holding = self._holdings.pop(process)
        process.state = State.TERMINATED
        self._charge(process, holding)
        for host, cores in holding.cores:
            self._lenders[host].return_cores(cores)
        holding.allocation.release()

    def _charge(self, process: Process, holding: Holding) -> None:
        now = self._env.now
        process.received = now - holding.since
        for host, cores in holding.cores:
            self.busy += process.received * len(cores)
            if self._trace.full:
                self._record(process, host, cores, holding.since)

    def _record(self, process: Process, host: int, cores: list[int], since: int) -> None:
        trace, name = self._trace, self._lenders[host].name
        for core in cores:
            track = trace.code(f"{name}/{core}")
            trace.spans.append(
                (trace.code("exclusive"), track, process.number, since, self._env.now)
            )

    def close(self) -> set[Process]:
        """Bring the accounts of the tasks still running up to now, and return those tasks."""
        for process, holding in self._holdings.items():
            self._charge(process, holding)
        return set(self._holdings)
