"""Each decision of a run in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby, islice
from typing import Any, Final, NamedTuple

from aio_sim.analysis.board import SHARED, Board
from aio_sim.analysis.criteria import in_brackets
from aio_sim.analysis.replay import EXCLUSIVE, events
from aio_sim.analysis.words import listed, plain
from aio_sim.kernel.messages import _, plural
from aio_sim.kernel.trace import Reason, ScheduleRow, SpanRow, Status, Step, TaskRow, Trace
from aio_sim.kernel.units import format_duration
from aio_sim.scheduling.rotation import Rotation, Slice, expand

_SECOND: Final = 1_000_000_000
_MOST_TURNS: Final = 12
"""A rotation of no more turns than this is told turn by turn."""


class Sentence(NamedTuple):
    """What happened at an instant (nanoseconds), in words."""

    time: int
    text: str


def explain(trace: Trace) -> Iterator[str]:
    """Yield a line for each decision of a run, in order: its time, and what was decided and why.

    Needs a trace of level `full`; of another one only rejections and failures are known.
    """
    digits = _digits(trace)
    width = len(_time(max(trace.meta.get("ended_at", 0), 0), digits))
    for sentence in sentences(trace):
        yield f"{_time(sentence.time, digits):>{width}}  {sentence.text}"


def sentences(trace: Trace) -> list[Sentence]:
    """Return a sentence for each decision of a run, in order of time."""
    narrator = Narrator(trace)
    told = chain(narrator.endings(), narrator.grants(), narrator.events())
    return sorted(told, key=lambda sentence: sentence.time)


class Narrator:
    """Knows the names in a trace, and tells its rows."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._tasks = {cells[0]: TaskRow(*cells) for cells in trace.tasks.rows()}
        cpus = {row[2] for table in (trace.schedule, trace.rotations) for row in table.rows()}
        self._many = len(cpus) > 1

    def name(self, process: int) -> str:
        """Return the name of a process."""
        task = self._tasks.get(process)
        if task is None:
            return _("process {number}").format(number=process)
        return plain(self._trace.sources[task.source].name(task.index))

    def step(self, row: ScheduleRow) -> str:
        """Return the sentence of a step, "" where another one says it."""
        if row.step == Step.READY:
            return self._ready(row)
        if row.step == Step.DISPATCH:
            return self._place(row.cpu, row.core) + self._dispatch(row)
        return self._place(row.cpu, row.core) + self._stop(row)

    def endings(self) -> Iterator[Sentence]:
        """Yield the tasks that were rejected or failed, and why."""
        forms = {
            Status.REJECTED: _("{task} is rejected: {reason}"),
            Status.FAILED: _("{task} fails: {reason}"),
        }
        ended = [
            (max(task.finish, task.arrival), task, forms[Status(task.status)])
            for task in self._tasks.values()
            if task.status in forms
        ]
        for time, task, form in sorted(ended):
            reason = self._trace.text(task.reason) or _("no reason given")
            yield Sentence(time, form.format(task=self.name(task.number), reason=reason))

    def grants(self) -> Iterator[Sentence]:
        """Yield when tasks were granted cores as a whole, and when they gave them back."""
        trace = self._trace
        if EXCLUSIVE not in trace.strings:
            return
        code = trace.strings.index(EXCLUSIVE)
        spans = sorted(
            (span for cells in trace.spans.rows() if (span := SpanRow(*cells)).name == code),
            key=lambda span: (span.process, span.start),
        )
        told: list[Sentence] = []
        for (process, start, end), group in groupby(spans, key=lambda s: (s.process, *s[3:])):
            tracks = [trace.text(span.track) for span in group]
            told += self._asked(process, start)
            told.append(Sentence(start, self._granted(process, start, tracks)))
            told.append(Sentence(end, self._returned(process, len(tracks))))
        yield from sorted(told, key=lambda sentence: sentence.time)

    def events(self) -> Iterator[Sentence]:
        """Yield what the dispatch loops did; rotations turn by turn where the turns are few."""
        boards: dict[int, Board] = {}
        for event in events(self._trace):
            if isinstance(event, Rotation):
                board = boards.setdefault(event.row.cpu, Board(""))
                yield from self._turns(event, board)
            else:
                board = boards.setdefault(event.cpu, Board(""))
                if text := self.step(event):
                    yield Sentence(event.time, text)
            board.pass_over(event)

    def _turns(self, rotation: Rotation, board: Board) -> Iterator[Sentence]:
        """Yield the turns of a rotation, of those in progress only the ones that begin with it."""
        new = (
            each
            for place, each in enumerate(expand(rotation))
            if place >= len(rotation.cores) or not board.goes_on(each)
        )
        turns = list(islice(new, _MOST_TURNS + 1))
        if len(turns) > _MOST_TURNS:
            yield Sentence(rotation.row.start, self._rotation(rotation))
        else:
            yield from (Sentence(each.start, self._turn(rotation, each)) for each in turns)

    def _place(self, cpu: int, core: int) -> str:
        machine = self._trace.text(cpu)
        if core == SHARED:
            return _("{machine}: ").format(machine=machine) if self._many else ""
        if self._many:
            return _("{machine} core {core}: ").format(machine=machine, core=core)
        return _("core {core}: ").format(core=core)

    def _ready(self, row: ScheduleRow) -> str:
        task = self.name(row.process)
        place = self._place(row.cpu, SHARED)
        if row.reason == Reason.WAKE_UP:
            return place + _("{task} has done its I/O and is ready again").format(task=task)
        if row.reason != Reason.ARRIVAL:
            return ""  # the sentence of the stop has said it
        known = self._tasks.get(row.process)
        if known is None:
            return place + _("{task} arrives").format(task=task)
        work = format_duration(known.work)
        return place + _("{task} arrives with {work} of work").format(task=task, work=work)

    def _dispatch(self, row: ScheduleRow) -> str:
        policy, criterion = self._policy(row.cpu)
        task = self.name(row.process)
        if row.core == SHARED:
            form = _("{policy}: {task} shares the cores from here on")
            return form.format(policy=policy, task=task) + _switch(row.cost)
        if row.other < 0:
            form = _("{task} runs, for nobody else is ready")
            return form.format(task=task) + _switch(row.cost)
        form = _("{policy} takes {chosen} before {other}")
        if criterion == "turn":
            form = _("{policy} takes {chosen}, who came before {other}")
        return form.format(
            policy=policy,
            chosen=task + in_brackets(criterion, row.value),
            other=self.name(row.other) + in_brackets(criterion, row.other_value),
        ) + _switch(row.cost)

    def _stop(self, row: ScheduleRow) -> str:
        task = self.name(row.process)
        if row.reason == Reason.WITHDRAWN and row.core == SHARED:
            return _("{task} is taken out of the queue").format(task=task)
        forms = {
            Reason.FINISHED: _("{task} has finished"),
            Reason.BLOCKED: _("{task} waits for its I/O"),
            Reason.QUANTUM: _("{task} has used up its quantum and goes to the back of the queue"),
            Reason.PREEMPTED: _("{task} is preempted"),
            Reason.WITHDRAWN: _("{task} is taken off the core"),
        }
        return forms.get(Reason(row.reason), _("{task} stops")).format(task=task)

    def _asked(self, process: int, granted: int) -> Iterator[Sentence]:
        """Yield the arrival of a task that had to wait for its cores."""
        task = self._tasks.get(process)
        if task is not None and task.arrival < granted:
            form = _("{task} arrives with {work} of work and waits for its cores")
            work = format_duration(task.work)
            yield Sentence(task.arrival, form.format(task=self.name(process), work=work))

    def _granted(self, process: int, start: int, tracks: list[str]) -> str:
        hosts = list(dict.fromkeys(track.rpartition("/")[0] for track in tracks))
        sentence = plural(
            "{task} gets {count} whole core of {hosts}",
            "{task} gets {count} whole cores of {hosts}",
            len(tracks),
        ).format(task=self.name(process), count=len(tracks), hosts=listed(hosts))
        task = self._tasks.get(process)
        if task is None or task.arrival == start:
            return sentence
        return sentence + _(", after a wait of {time}").format(
            time=format_duration(start - task.arrival)
        )

    def _returned(self, process: int, count: int) -> str:
        return plural(
            "{task} gives its core back", "{task} gives its {count} cores back", count
        ).format(task=self.name(process), count=count)

    def _rotation(self, rotation: Rotation) -> str:
        row = rotation.row
        policy, _criterion = self._policy(row.cpu)
        # Those on a core come last among the members, and are the first to be told.
        members = rotation.members[-row.cores :] + rotation.members[: -row.cores]
        sentence = _("{policy}, {quantum} each: {members} take turns until {end}").format(
            policy=policy,
            quantum=format_duration(row.quantum),
            members=listed(members, self.name),
            end=format_duration(row.end),
        )
        if row.cost:
            cost = format_duration(row.cost)
            sentence += _(", with a switch of {time} before each").format(time=cost)
        return self._place(row.cpu, SHARED) + sentence

    def _turn(self, rotation: Rotation, turn: Slice) -> str:
        row = rotation.row
        policy, _criterion = self._policy(row.cpu)
        sentence = _("{policy} gives {task} its turn of {quantum}").format(
            policy=policy, task=self.name(turn.process), quantum=format_duration(row.quantum)
        )
        return self._place(row.cpu, turn.core) + sentence + _switch(row.cost)

    def _policy(self, cpu: int) -> tuple[str, str]:
        """Return the name and the criterion of the policy of a Cpu."""
        criteria: dict[str, Any] = self._trace.meta.get("criteria", {})
        name, criterion = criteria.get(self._trace.text(cpu), (self._trace.meta.get("policy"), ""))
        return name or _("the scheduler"), criterion


def _switch(cost: int) -> str:
    if not cost:
        return ""
    return _(", after a switch of {time}").format(time=format_duration(cost))


def _digits(trace: Trace) -> int:
    """Return how many digits of a second the times of a trace need: 1, 3 or 6."""
    for digits in (1, 3):
        unit = 10 ** (9 - digits)
        if not any(row[0] % unit or row[6] % unit for row in trace.schedule.rows()):
            return digits
    return 6 if trace.meta.get("ended_at", 0) < 1000 * _SECOND else 3


def _time(time: int, digits: int) -> str:
    return _("{seconds} s").format(seconds=f"{time / _SECOND:.{digits}f}")
