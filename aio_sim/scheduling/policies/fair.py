"""Fair scheduling in the manner of Linux's Completely Fair Scheduler."""

from __future__ import annotations

from fractions import Fraction
from heapq import heappop, heappush, heapreplace
from typing import ClassVar

from aio_sim.scheduling.policy import Duration, Moment, Quantum, SchedulingPolicy, scheduling_policy
from aio_sim.scheduling.process import Process, Weight


class _Account:
    """The weighted CPU time a process has had: kept in `process.data`."""

    __slots__ = ("_denominator", "_numerator", "base", "ran", "weight")

    def __init__(self, base: int, weight: Weight) -> None:
        self.base = base
        self.ran = 0  # nanoseconds since `base` was set, so that rounding never adds up
        self.weigh(weight)

    def weigh(self, weight: Weight) -> None:
        """Count by that weight from now on."""
        exact = Fraction(weight)  # for a running sum of floats forgets small ones beside large
        self.weight = exact.numerator if exact.denominator == 1 else exact
        self._numerator, self._denominator = exact.as_integer_ratio()

    @property
    def virtual_runtime(self) -> int:
        return self.base + self.by_weight(self.ran)

    def by_weight(self, time: int) -> int:
        """Return time // weight, in whole numbers, which are many times faster than fractions."""
        return time * self._denominator // self._numerator

    def part_of(self, latency: int, all_weights: int | Fraction) -> int:
        """Return latency * weight // all_weights, in whole numbers."""
        total, parts = all_weights.as_integer_ratio()
        return latency * self._numerator * parts // (self._denominator * total)

    def place(self, base: int) -> None:
        self.base, self.ran = base, 0


class _Present:
    """Who is ready or running in one queue: kept in `moment.memory`."""

    def __init__(self) -> None:
        self.floor = 0  # the least virtual runtime, which never goes back
        self.weight: int | Fraction = 0
        self.woken = -1  # when a process last joined
        self._accounts: dict[int, _Account] = {}
        self._least: list[tuple[int, int]] = []  # virtual runtimes as they were, and numbers

    def raise_floor(self) -> None:
        """Let the floor follow the process that has had least; O(log n) over the changes."""
        least = self._least
        while least:
            noted, number = least[0]
            account = self._accounts.get(number)
            if account is None:
                heappop(least)
            elif account.virtual_runtime > noted:
                heapreplace(least, (account.virtual_runtime, number))
            else:
                self.floor = max(self.floor, noted)
                return

    def add(self, number: int, account: _Account) -> None:
        self._accounts[number] = account
        heappush(self._least, (account.virtual_runtime, number))
        self.weight += account.weight

    def remove(self, number: int) -> None:
        self.weight -= self._accounts.pop(number).weight


def _present(moment: Moment) -> _Present:
    try:
        present: _Present = moment.memory["present"]
    except KeyError:
        present = moment.memory["present"] = _Present()
    return present


@scheduling_policy("fair")
class Fair(SchedulingPolicy):
    """Runs the process that has had least CPU time in proportion to its weight.

    CPU time divided by weight is the virtual runtime; weight 1 is Linux's nice 0, and nice n is
    about 1.25 ** -n. In each `latency` every process is to run once, for its share of it but
    `granularity` at least. A new process begins at the least virtual runtime present; one that
    slept does too, but for half a latency of credit. When a process joins, the least preempts one
    that is ahead by more than `wakeup_granularity`. (Linux also charges a newcomer one slice in
    advance; without that, newcomers that never cease can hold the others up.) A small `granularity`
    costs time to simulate: there is an event for each slice while somebody waits.

    Source: Linux 6.5, kernel/sched/fair.c (place_entity, sched_slice, wakeup_preempt_entity); the
    defaults are its sysctl_sched_latency (6 ms), sysctl_sched_min_granularity (0.75 ms) and
    sysctl_sched_wakeup_granularity (1 ms), before it scales them by the number of cores.
    """

    criterion: ClassVar[str] = "virtual_runtime"
    steady_slices: ClassVar[bool] = True

    latency: Quantum = 6_000_000
    granularity: Quantum = 750_000
    wakeup_granularity: Duration = 1_000_000

    def key(self, process: Process, moment: Moment) -> int:
        """Return the virtual runtime, in nanoseconds."""
        account: _Account = process.data
        return account.virtual_runtime

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether someone just joined and the running process is far enough ahead."""
        if _present(moment).woken != moment.now:
            return False
        account: _Account = candidate.data
        lead = self.key(running, moment) - account.virtual_runtime
        return lead > account.by_weight(self.wakeup_granularity)

    def slice(self, process: Process, moment: Moment) -> int:
        """Return the process's share of the latency, in nanoseconds."""
        account: _Account = process.data
        return max(self.granularity, account.part_of(self.latency, _present(moment).weight))

    def enters(self, process: Process, moment: Moment) -> None:
        """Place the process near the least virtual runtime, so that it neither owes nor hoards."""
        present = _present(moment)
        present.raise_floor()
        if process.data is None:
            process.data = _Account(present.floor, process.weight)
        else:
            account: _Account = process.data
            account.place(max(account.virtual_runtime, present.floor - self.latency // 2))
            account.weigh(process.weight)
        present.add(process.number, process.data)
        present.woken = moment.now

    def leaves(self, process: Process, moment: Moment) -> None:
        """Let the others share without it."""
        present = _present(moment)
        present.raise_floor()
        present.remove(process.number)

    def reweighs(self, process: Process, moment: Moment) -> None:
        """Keep the virtual runtime, and count by the new weight from now on."""
        present = _present(moment)
        present.remove(process.number)
        account: _Account = process.data
        account.place(account.virtual_runtime)
        account.weigh(process.weight)
        present.add(process.number, account)

    def ran(self, process: Process, time: int, moment: Moment) -> None:
        """Charge the account."""
        process.data.ran += time

    def value(self, process: Process, moment: Moment) -> int:
        """Return the virtual runtime, in nanoseconds."""
        return self.key(process, moment)
