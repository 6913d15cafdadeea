"""Reference simulators: scheduling as the textbooks tell it, slow and plain, to judge the Cpu by.

Nothing here comes from aio_sim. Times are whole numbers of any unit (exact fractions under `ps`).
What happens at one instant, in this order:

1. every running process is charged up to now;
2. processes whose burst is done leave their cores (finished, or off to I/O), in the order in
   which they were dispatched;
3. arrivals and wake-ups join the ready queue, earlier arrival first, then smaller number;
4. where more wait than there are idle cores, processes whose slice ends now go to the back, in
   the order in which they were dispatched; otherwise each of them renews its slice in place;
5. free cores, in index order, take from the queue;
6. where somebody joined at this instant, or the order changed, the best ready process takes the
   core of the worst running one, largest (key, arrival, number), that it may preempt; again and
   again until there is none. A preempted process keeps its turn.

A core that takes another process than it ran last pays the switch first; the first process it
ever runs is free of charge. A slice counts from the end of the switch. What a switch costs is a
number, or the answer of `switch_cost(core, process, first)`, asked for the first process too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from tests.scheduling.reference_rules import RULES, Job, ReferenceProcess, Rules


class Outcome(NamedTuple):
    """What became of one process."""

    start: Any
    finish: Any
    waiting: Any
    response: Any


class Slice(NamedTuple):
    """An uninterrupted stay on a core, of which the first `cost` are the switch."""

    core: int
    process: int
    start: int
    end: int
    cost: int


class Result(NamedTuple):
    """Outcomes by process number, the stays in order of (start, core), and the switches counted."""

    outcomes: dict[int, Outcome]
    slices: list[Slice]
    context_switches: int


@dataclass
class Core:
    """A core: who is on it, who was on it last, and until when."""

    index: int
    job: Job | None = None
    last: Job | None = None
    since: int = 0
    runs_from: int = 0
    charged: int = 0
    slice_end: int | None = None
    dispatch: int = 0


class Simulation:
    """One ready queue before some cores, stepped from instant to instant, slice by slice."""

    def __init__(
        self, rules: Rules, processes: Sequence[ReferenceProcess], cores: int, switch_cost: Any
    ) -> None:
        self.rules = rules
        self.switch_cost = switch_cost
        self.cores = [Core(index) for index in range(cores)]
        self.jobs = [Job(p, list(p.parts[1:]), p.parts[0]) for p in processes]
        self.joining = [(job.process.arrival, job) for job in self.jobs]
        self.ready: list[Job] = []
        self.turns = 0
        self.dispatches = 0
        self.switches = 0
        self.slices: list[Slice] = []

    def run(self) -> Result:
        """Run to the end of the work."""
        now = -1
        while (instant := self._next_instant(now)) is not None:
            now = instant
            self._step(now)
        outcomes = {job.process.number: _outcome(job) for job in self.jobs}
        return Result(outcomes, joined(self.slices), self.switches)

    def _busy(self) -> list[Core]:
        return [core for core in self.cores if core.job]

    def _next_instant(self, now: int) -> int | None:
        instants = [at for at, _ in self.joining]
        for core in self._busy():
            instants.append(max(core.runs_from, core.charged) + core.job.remaining)
            instants += [core.slice_end] if core.slice_end is not None else []
        if not instants:
            return None
        change = self.rules.next_change(now) if now >= 0 else None
        return min(instants if change is None else [*instants, change])

    def _step(self, now: int) -> None:
        self._charge(now)
        self._complete(now)
        changed = self.rules.change(self.jobs, now)
        joined = self._join(now)
        self._expire(now)
        self._fill(now)
        while (joined or changed) and self._preempt(now):
            pass

    def _charge(self, now: int) -> None:
        for core in self._busy():
            time = max(0, now - max(core.runs_from, core.charged))
            core.charged = now
            if now >= core.runs_from and core.job.start is None:
                core.job.start = core.runs_from
            core.job.remaining -= time
            self.rules.ran(core.job, time, now)

    def _complete(self, now: int) -> None:
        for core in sorted(self._busy(), key=lambda core: core.dispatch):
            job = core.job
            if job.remaining:
                continue
            self._take_off(core, now)
            self.rules.leaves(job, now)
            if job.bursts:
                pause, job.remaining = job.bursts.pop(0), job.bursts.pop(0)
                job.io += pause
                self.joining.append((now + pause, job))
            else:
                job.finish = now

    def _join(self, now: int) -> bool:
        coming = [job for at, job in self.joining if at == now]
        self.joining = [(at, job) for at, job in self.joining if at != now]
        for job in sorted(coming, key=lambda job: (job.process.arrival, job.process.number)):
            self.rules.enters(job, now)
            self._to_back(job, now)
        return bool(coming)

    def _to_back(self, job: Job, now: int) -> None:
        self.turns += 1
        job.joined, job.ready_since = self.turns, now
        self.ready.append(job)

    def _place(self, job: Job, now: int) -> Any:
        return self.rules.order(job, now), job.process.arrival, job.process.number

    def _best(self, now: int) -> Job:
        return min(self.ready, key=lambda job: self._place(job, now))

    def _fill(self, now: int) -> None:
        for core in self.cores:
            if not core.job and self.ready:
                self._put_on(core, self._best(now), now)

    def _cost(self, core: Core, job: Job, first: bool) -> int:
        if isinstance(self.switch_cost, int):
            return self.switch_cost
        return self.switch_cost(core.index, job.process, first)

    def _put_on(self, core: Core, job: Job, now: int) -> None:
        self.ready.remove(job)
        cost = self._cost(core, job, core.last is None) if core.last is not job else 0
        switch = core.last is not None and core.last is not job
        self.switches += switch
        core.job, core.last, core.since, core.charged = job, job, now, now
        core.runs_from = now + cost * switch
        job.taken = now
        self.dispatches += 1
        core.dispatch = self.dispatches
        length = self.rules.slice(job, now)
        core.slice_end = None if length is None else core.runs_from + length

    def _take_off(self, core: Core, now: int) -> None:
        cost = min(now, core.runs_from) - core.since
        self.slices.append(Slice(core.index, core.job.process.number, core.since, now, cost))
        core.job = None

    def _expire(self, now: int) -> None:
        ended = [core for core in self._busy() if core.slice_end == now]
        if len(self.ready) <= len(self.cores) - len(self._busy()):
            for core in ended:
                self.rules.renews(core.job, now)
                core.slice_end = now + self.rules.slice(core.job, now)
            return
        for core in sorted(ended, key=lambda core: core.dispatch):
            job = core.job
            self._take_off(core, now)
            self.rules.expires(job, now)
            self._to_back(job, now)

    def _preempt(self, now: int) -> bool:
        if not self.ready:
            return False
        best = self._best(now)
        worst_first = sorted(
            self._busy(), key=lambda core: self._place(core.job, now), reverse=True
        )
        for core in worst_first:
            if self.rules.preempts(best, core.job, now):
                job = core.job
                self._take_off(core, now)
                job.ready_since = now
                self.ready.append(job)
                self._put_on(core, best, now)
                return True
        return False


def _outcome(job: Job) -> Outcome:
    process = job.process
    waiting = job.finish - process.arrival - sum(process.parts)
    return Outcome(job.start, job.finish, waiting, job.start - process.arrival)


def joined(slices: list[Slice]) -> list[Slice]:
    """Join stays that follow each other on one core, and drop those of no length."""
    whole: dict[int, list[Slice]] = {}
    for part in sorted(slices, key=lambda part: (part.start, part.end)):
        before = whole.setdefault(part.core, [])
        last = before[-1] if before else None
        if part.start == part.end:
            continue
        if last and last.process == part.process and last.end == part.start and not part.cost:
            before[-1] = last._replace(end=part.end)
        else:
            before.append(part)
    return sorted((s for parts in whole.values() for s in parts), key=lambda s: (s.start, s.core))


def processor_sharing(processes: Sequence[ReferenceProcess], cores: int) -> Result:
    """Share the cores evenly, a core at most to each, in exact fractions."""
    left = {p.number: [Fraction(part) for part in p.parts] for p in processes}
    joining = {p.number: Fraction(p.arrival) for p in processes}
    running: set[int] = set()
    finish: dict[int, Fraction] = {}
    now = Fraction(0)
    while joining or running:
        rate = min(Fraction(1), Fraction(cores, max(len(running), 1)))
        ends = [now + left[number][0] / rate for number in running]
        after = min([*joining.values(), *ends])
        for number in running:
            left[number][0] -= (after - now) * rate
        now = after
        for number in sorted(n for n in running if not left[n][0]):
            running.discard(number)
            left[number].pop(0)
            if left[number]:
                joining[number] = now + left[number].pop(0)
            else:
                finish[number] = now
        for number in [n for n, at in joining.items() if at == now]:
            del joining[number]
            running.add(number)
    outcomes = {
        p.number: Outcome(
            p.arrival, finish[p.number], finish[p.number] - p.arrival - sum(p.parts), 0
        )
        for p in processes
    }
    return Result(outcomes, [], 0)


def simulate_reference(
    policy_name: str,
    processes: Sequence[ReferenceProcess],
    cores: int = 1,
    *,
    switch_cost: Any = 0,
    **options: Any,
) -> Result:
    """Run the processes under a policy by its public name, with that policy's own options.

    Options: rr(quantum), priority(preemptive, aging, quantum), sjf and srtf(estimate), mlfq(quanta,
    preemptive, boost), edf(preemptive), fair(latency, granularity, wakeup_granularity).
    """
    if policy_name == "ps":
        return processor_sharing(processes, cores)
    return Simulation(RULES[policy_name](**options), processes, cores, switch_cost).run()
