"""Traces written by hand, in seconds, for tests that read them."""

from __future__ import annotations

from typing import Any

from aio_sim.kernel.trace import FIRST, Level, Reason, Status, Step, Trace

SECOND = 1_000_000_000


def ns(seconds: float) -> int:
    return round(seconds * SECOND)


class TraceWriter:
    """A trace under construction; processes go by their names."""

    def __init__(self, *names: str, level: Level = "full", cpu: str = "h1", cores: int = 1) -> None:
        self.trace = Trace(level)
        self.names = list(names)
        self.cpu = cpu
        self.trace.add_source("list", self.names)
        self.trace.meta = {
            "scenario": {"name": "by-hand"},
            "seed": 0,
            "ended_at": 0,
            "policy": "fcfs",
            "hosts": [{"name": cpu, "cores": cores, "memory": 1 << 30}],
            "criteria": {cpu: ("fcfs", "turn")},
        }
        self.trace.totals = {"cpu.busy": 0, "cpu.cores": cores, "context_switches": 0}

    def policy(self, name: str, criterion: str) -> TraceWriter:
        self.trace.meta["policy"] = name
        self.trace.meta["criteria"] = {self.cpu: (name, criterion)}
        return self

    def number(self, name: str | None) -> int:
        return -1 if name is None else self.names.index(name)

    def task(
        self,
        name: str,
        arrival: float,
        start: float | None = None,
        finish: float | None = None,
        work: float = 0,
        *,
        waiting: float | None = None,
        status: Status = Status.COMPLETED,
        reason: str | None = None,
        machine: str | None = "h1",
    ) -> TraceWriter:
        number, trace = self.number(name), self.trace
        if waiting is None:
            waiting = 0 if finish is None else finish - arrival - work
        row = (
            *(number, 0, number, ns(arrival)),
            *(-1 if moment is None else ns(moment) for moment in (start, finish)),
            *(ns(work), ns(waiting), status),
            *(-1 if text is None else trace.code(text) for text in (machine, reason)),
        )
        trace.tasks.append(row)
        if finish is not None:
            trace.meta["ended_at"] = max(trace.meta["ended_at"], ns(finish))
            trace.totals["cpu.busy"] += ns(work)
        return self

    def step(
        self,
        time: float,
        step: Step,
        core: int,
        process: str,
        reason: Reason,
        *,
        cost: float = 0,
        other: str | None = None,
        value: float = 0,
        other_value: float = 0,
        cpu: str | None = None,
    ) -> TraceWriter:
        self.trace.schedule.append(
            (
                *(ns(time), step, self.trace.code(cpu or self.cpu), core, self.number(process)),
                *(reason, ns(cost), self.number(other), ns(value), ns(other_value)),
            )
        )
        return self

    def ready(self, time: float, *names: str, reason: Reason = Reason.ARRIVAL) -> TraceWriter:
        for name in names:
            self.step(time, Step.READY, -1, name, reason)
        return self

    def dispatch(self, time: float, process: str, core: int = 0, **rest: Any) -> TraceWriter:
        reason = Reason.POLICY if rest.get("other") else Reason.ALONE
        return self.step(time, Step.DISPATCH, core, process, reason, **rest)

    def stop(
        self, time: float, process: str, reason: Reason = Reason.FINISHED, core: int = 0
    ) -> TraceWriter:
        return self.step(time, Step.STOP, core, process, reason)

    def rotation(
        self,
        start: float,
        end: float,
        quantum: float,
        members: list[str],
        cores: list[tuple[int, str, float]],
        cost: float = 0,
    ) -> TraceWriter:
        """Add a rotation; `cores` are (core, process, end of its slice)."""
        trace = self.trace
        numbers = [self.number(member) for member in members]
        trace.rotations.append(
            (
                *(ns(start), ns(end), trace.code(self.cpu), ns(quantum), ns(cost)),
                *(len(trace.rotations), numbers[0], len(members), len(cores)),
            )
        )
        for change in zip(numbers, [FIRST, *numbers], strict=False):
            trace.rotation_changes.append(change)
        for core, process, slice_end in cores:
            trace.rotation_cores.append((core, self.number(process), ns(slice_end)))
        return self

    def held(
        self, process: str, cores: list[int], start: float, end: float, host: str = "h1"
    ) -> TraceWriter:
        """Add cores held as a whole by an exclusive task."""
        trace = self.trace
        for core in cores:
            track = trace.code(f"{host}/{core}")
            row = (trace.code("exclusive"), track, self.number(process), ns(start), ns(end))
            trace.spans.append(row)
        return self


def silberschatz_round_robin() -> Trace:
    """Return the textbook's P1 24, P2 3, P3 3, quantum 4 (Silberschatz, Galvin and Gagne 5.3.3)."""
    writer = TraceWriter("P1", "P2", "P3").policy("rr", "turn")
    writer.task("P1", 0, 0, 30, 24).task("P2", 0, 4, 7, 3).task("P3", 0, 7, 10, 3)
    writer.ready(0, "P1", "P2", "P3").dispatch(0, "P1", other="P2")
    writer.rotation(0, 7, 4, ["P2", "P3", "P1"], [(0, "P1", 4)])
    writer.stop(7, "P2")
    writer.dispatch(7, "P3", other="P1").rotation(7, 10, 4, ["P1", "P3"], [(0, "P3", 11)])
    writer.stop(10, "P3").dispatch(10, "P1").stop(30, "P1")
    writer.trace.totals["context_switches"] = 3
    return writer.trace


def shortest_first() -> Trace:
    """Return A 0 4, B 1 5, C 2 2 under sjf on one core."""
    writer = TraceWriter("A", "B", "C").policy("sjf", "remaining")
    writer.task("A", 0, 0, 4, 4).task("B", 1, 6, 11, 5).task("C", 2, 4, 6, 2)
    writer.ready(0, "A").dispatch(0, "A", value=4).ready(1, "B").ready(2, "C")
    writer.stop(4, "A").dispatch(4, "C", other="B", value=2, other_value=5)
    writer.stop(6, "C").dispatch(6, "B", value=5).stop(11, "B")
    writer.trace.totals["context_switches"] = 2
    return writer.trace
