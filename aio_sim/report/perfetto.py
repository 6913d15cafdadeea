"""A run for the Perfetto viewer (ui.perfetto.dev), as Chrome's JSON trace events.

Format: Nat Duca and Dan Sinclair, "Trace Event Format" (Google, 2016). Processes are machines,
threads are cores, and what a virtual machine goes through; counters are ready queues. Events are
written as they are found, so that a rotation of many slices takes no more memory than one; viewers
sort them. Turns too short to be told apart in the whole of a run are told together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Final

from aio_sim.analysis.board import SEVERAL, SHARED, CoreSlice
from aio_sim.analysis.levels import Levels
from aio_sim.analysis.machine_lives import FAULT, MachineLives
from aio_sim.analysis.platform_words import note_in_words
from aio_sim.analysis.replay import EXCLUSIVE, slices
from aio_sim.analysis.story_words import Stretch, kind_and_subject, stage_in_words
from aio_sim.analysis.timeline import queue_lengths
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow, Status, TaskRow

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

Event = dict[str, Any]

_TASK_THREAD: Final = 0
"""The thread of what belongs to a machine and to none of its cores."""

_FIRST_STORY: Final = 1 << 20
"""The first thread of what a virtual machine goes through; cores have the numbers before."""

_FINEST: Final = 100_000
"""Turns shorter than this part of a run are told together."""


def write_perfetto(trace: Trace, file: IO[str]) -> None:
    """Write the events of a trace, one a line, as one JSON object."""
    file.write('{"displayTimeUnit":"ms","traceEvents":[')
    separator = "\n"
    for event in perfetto_events(trace):
        file.write(separator)
        file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
        separator = ",\n"
    file.write("\n]}\n")


def perfetto_events(trace: Trace) -> Iterator[Event]:
    """Yield the events of a trace; those of one thread, and of one counter, are in order of time.

    Whatever may overlap on a thread (shared cores, legs of a task) is an asynchronous event.
    """
    writer = _Writer(trace)
    yield from writer.tasks()
    finest = max(trace.meta.get("ended_at", 0), 0) // _FINEST
    yield from chain.from_iterable(map(writer.core_slice, slices(trace, finest)))
    yield from writer.spans()
    yield from writer.lives()
    yield from writer.queues()
    yield from writer.counters()
    yield from writer.metadata()


class _Writer:
    """Gives machines and cores their numbers as they come up."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._names = trace.names()
        self._levels = Levels(trace)
        self._lives = MachineLives(trace, self._levels)
        self._machines: dict[str, int] = {}
        self._threads: dict[tuple[int, int], str] = {}
        self._stories: dict[tuple[int, str], int] = {}
        self._asynchronous = 0

    def core_slice(self, each: CoreSlice) -> Iterator[Event]:
        """Yield the events of a stay on a core, its switch apart."""
        machine = self._machine(each.cpu)
        name = self._name(each.process)
        if each.core == SHARED:
            place = self._place(machine, _TASK_THREAD, _("shared cores"))
            yield from self._overlapping(name, "cpu", each.start, each.end, place)
            return
        place = self._place(machine, each.core + 1, _("core {core}").format(core=each.core))
        if each.cost:
            yield _complete(_("switch"), "switch", each.start, each.start + each.cost, place)
        category = "exclusive" if each.exclusive else "cpu"
        if each.end > each.start + each.cost:
            yield _complete(name, category, each.start + each.cost, each.end, place)

    def tasks(self) -> Iterator[Event]:
        """Yield the tasks whose steps are not in the trace, and those that were turned away."""
        with_steps = self._trace.full
        for cells in self._trace.tasks.rows():
            task = TaskRow(*cells)
            place = self._place(self._machine(self._trace.text(task.machine)), _TASK_THREAD)
            name = self._name(task.number)
            if task.status == Status.REJECTED:
                reason = {"reason": self._trace.text(task.reason)}
                yield _event("i", name, "rejected", task.arrival, place) | {
                    "s": "p",
                    "args": reason,
                }
            elif not with_steps and 0 <= task.start <= task.finish:
                yield from self._overlapping(name, "task", task.start, task.finish, place)

    def spans(self) -> Iterator[Event]:
        """Yield the legs of tasks and the states of components, those of machines' lives apart."""
        for cells in self._trace.spans.rows():
            span = SpanRow(*cells)
            kind, track = self._trace.text(span.name), self._trace.text(span.track)
            if kind == EXCLUSIVE or self._lives.tells(track, kind, span.process):
                continue  # a stay on a core, or told by `lives`
            if kind.startswith(FAULT):
                kind = _("page fault")
            place = self._place(self._machine(track), _TASK_THREAD)
            if told := note_in_words(kind):
                yield _event("i", told, track, span.start, place) | {"s": "p"}
                continue
            name = f"{kind} {self._name(span.process)}" if span.process >= 0 else kind
            yield from self._overlapping(name, kind, span.start, span.end, place)

    def lives(self) -> Iterator[Event]:
        """Yield the states, stages and migrations of virtual machines, and copies of images."""
        for machine, states in self._lives.states.items():
            yield from self._story(machine, _("state"), states)
        for track, stages in self._lives.stories.items():
            kind, machine = kind_and_subject(track)
            if kind == "copy":  # its stages overlap
                for stage in stages:
                    yield from self._story(track, stage.name, [stage])
            else:
                yield from self._story(machine, kind, stages)

    def _story(self, machine: str, thread: str, stages: list[Stretch]) -> Iterator[Event]:
        """Yield stages on a thread of their own, each after those that hold it."""
        number = self._machine(machine)
        known = self._stories.setdefault((number, thread), _FIRST_STORY + len(self._stories))
        place = self._place(number, known, thread)
        for stage in sorted(stages, key=lambda stage: (stage.start, -stage.end)):
            if stage.end > stage.start:
                yield _complete(stage_in_words(stage.name), thread, stage.start, stage.end, place)
            elif ": " in stage.name:
                name, _colon, reason = stage.name.partition(": ")
                event = _event("i", name, thread, stage.start, place)
                yield event | {"s": "t", "args": {"reason": reason}}

    def queues(self) -> Iterator[Event]:
        """Yield the lengths of the ready queues."""
        label = _("ready queue")
        for change in queue_lengths(self._trace):
            place = self._place(self._machine(change.cpu), _TASK_THREAD)
            event = _event("C", label, "queue", change.time, place)
            yield event | {"args": {"waiting": change.length}}

    def counters(self) -> Iterator[Event]:
        """Yield the counters of components."""
        for time, name, value in self._trace.counters.rows():
            place = self._place(self._machine(""), _TASK_THREAD)
            event = _event("C", self._trace.text(name), "counter", time, place)
            yield event | {"args": {"value": value / 1_000_000_000}}

    def metadata(self) -> Iterator[Event]:
        """Yield the names of all processes and threads that came up."""
        order = [*self._levels.hosts, *self._levels.guests]
        for machine, number in self._machines.items():
            yield _metadata("process_name", number, _TASK_THREAD, self._title(machine))
            if self._levels.guests and machine in order:
                place = {"sort_index": order.index(machine)}
                event = _metadata("process_sort_index", number, _TASK_THREAD, "")
                yield event | {"args": place}
        for (process, thread), name in self._threads.items():
            yield _metadata("thread_name", process, thread, name)

    def _name(self, process: int) -> str:
        if process == SEVERAL:
            return _("several in turn")
        found = self._names.get(process)
        return _("process {number}").format(number=process) if found is None else found

    def _title(self, machine: str) -> str:
        """Return the name of a machine, and where there are several levels, which one it is of."""
        if machine in self._levels.guests:
            return _("virtual machine {name}").format(name=machine)
        if self._levels.guests and machine in self._levels.hosts:
            return _("host {name}").format(name=machine)
        return machine or _("all machines")

    def _machine(self, name: str) -> int:
        return self._machines.setdefault(name, len(self._machines) + 1)

    def _place(self, machine: int, thread: int, name: str | None = None) -> tuple[int, int]:
        place = machine, thread
        if name is not None or place not in self._threads:
            self._threads[place] = _("tasks") if name is None else name
        return place

    def _overlapping(
        self, name: str, category: str, start: int, end: int, place: tuple[int, int]
    ) -> Iterator[Event]:
        self._asynchronous += 1
        identity = {"id": self._asynchronous}
        yield _event("b", name, category, start, place) | identity
        yield _event("e", name, category, end, place) | identity


def _event(phase: str, name: str, category: str, time: int, place: tuple[int, int]) -> Event:
    process, thread = place
    return {
        "ph": phase,
        "name": name,
        "cat": category,
        "ts": _microseconds(time),
        "pid": process,
        "tid": thread,
    }


def _complete(name: str, category: str, start: int, end: int, place: tuple[int, int]) -> Event:
    return _event("X", name, category, start, place) | {"dur": _microseconds(end - start)}


def _metadata(kind: str, process: int, thread: int, name: str) -> Event:
    return {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": {"name": name}}


def _microseconds(time: int) -> int | float:
    whole, rest = divmod(time, 1000)
    return time / 1000 if rest else whole
