"""Each decision of a run in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final

from aio_sim.analysis.board import SHARED, Board
from aio_sim.analysis.criteria import in_brackets
from aio_sim.analysis.grants import grants
from aio_sim.analysis.levels import Levels
from aio_sim.analysis.machine_lives import MachineLives, fault_in_words
from aio_sim.analysis.mapreduce_words import job_sentences
from aio_sim.analysis.naming import Names, Sentence
from aio_sim.analysis.outage_words import outage_sentences
from aio_sim.analysis.platform_words import platform_sentences
from aio_sim.analysis.process_lives import process_sentences
from aio_sim.analysis.replay import events
from aio_sim.analysis.transfer_words import transfer_sentences
from aio_sim.analysis.virtual_core_words import VirtualCoreWords
from aio_sim.analysis.words import listed
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Reason, ScheduleRow, Status, Step, Trace
from aio_sim.kernel.units import format_duration
from aio_sim.scheduling.rotation import Rotation, Slice, expand

_SECOND: Final = 1_000_000_000
_MOST_TURNS: Final = 12
"""A rotation of no more turns than this is told turn by turn."""


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
    told = chain(
        outage_sentences(trace),  # before all that comes of them
        *(narrator.rejections(), platform_sentences(trace), narrator.grants()),
        *(narrator.lives(), job_sentences(trace)),
        transfer_sentences(trace, narrator.names),
        *(narrator.events(), narrator.failures()),  # failures after what they come of
    )
    return sorted(told, key=lambda sentence: sentence.time)


class Narrator:
    """Knows the names in a trace, and tells its rows."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._names = Names(trace)
        levels = Levels(trace)
        self._lives = MachineLives(trace, levels)
        self._virtual_cores = VirtualCoreWords(levels, self._lives)
        self._boards: dict[str, Board] = {}
        cpus = {row[2] for table in (trace.schedule, trace.rotations) for row in table.rows()}
        self._many = len(cpus) > 1

    @property
    def names(self) -> Names:
        """What processes are called."""
        return self._names

    def step(self, row: ScheduleRow) -> str:
        """Return the sentence of a step, "" where another one says it."""
        if self._names.of_a_copy(row.process):
            return ""  # the copy's own account says it
        if row.step == Step.READY:
            return self._ready(row)
        if row.step == Step.DISPATCH:
            return self._place(row.cpu, row.core) + self._dispatch(row)
        return self._place(row.cpu, row.core) + self._stop(row)

    def rejections(self) -> Iterator[Sentence]:
        """Yield the tasks that were rejected as they came, and why."""
        return self._endings(Status.REJECTED, _("{task} is rejected: {reason}"))

    def failures(self) -> Iterator[Sentence]:
        """Yield the tasks that failed, and why."""
        return self._endings(Status.FAILED, _("{task} fails: {reason}"))

    def _endings(self, status: Status, form: str) -> Iterator[Sentence]:
        for number, task in sorted(self._names.tasks.items()):
            if task.status == status:
                reason = self._trace.text(task.reason) or _("no reason given")
                time = self._names.failed_at.get(number, max(task.finish, task.arrival))
                yield Sentence(time, form.format(task=self._names.name(number), reason=reason))

    def grants(self) -> Iterator[Sentence]:
        """Yield when tasks were granted cores as a whole, and when they gave them back."""
        return grants(self._trace, self._names)

    def lives(self) -> Iterator[Sentence]:
        """Yield what virtual machines and containers went through, and processes inside."""
        yield from self._lives.sentences()
        yield from process_sentences(self._trace)

    def events(self) -> Iterator[Sentence]:
        """Yield what the dispatch loops did; rotations turn by turn where the turns are few."""
        for event in events(self._trace):
            row = event.row if isinstance(event, Rotation) else event
            board = self._boards.setdefault(self._trace.text(row.cpu), Board(""))
            if isinstance(event, Rotation):
                yield from self._turns(event, board)
            elif text := self.step(event):
                yield Sentence(event.time, text)
            board.pass_over(event)

    def _name(self, process: int, cpu: int) -> str:
        return self._names.name(process, self._trace.text(cpu))

    def _turns(self, rotation: Rotation, board: Board) -> Iterator[Sentence]:
        """Yield the turns of a rotation, of those in progress only the ones that begin with it."""
        new = (
            each
            for place, each in enumerate(expand(rotation))
            if (place >= len(rotation.cores) or not board.goes_on(each))
            and not self._names.of_a_copy(each.process)
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
        place, task = self._place(row.cpu, SHARED), self._name(row.process, row.cpu)
        if words := self._virtual_cores.joins(row):
            return place + words
        if row.reason == Reason.WAKE_UP:
            form = _("{task} has done its I/O and is ready again")
            if (row.process, row.time) in self._lives.served:
                form = _("{task} has its pages and is ready again")
            return place + form.format(task=task)
        if row.reason != Reason.ARRIVAL:
            return ""  # the sentence of the stop has said it
        known = self._names.tasks.get(row.process)
        if known is None:
            return place + _("{task} arrives").format(task=task)
        work = format_duration(known.work)
        return place + _("{task} arrives with {work} of work").format(task=task, work=work)

    def _dispatch(self, row: ScheduleRow) -> str:
        policy, criterion = self._policy(row.cpu)
        task = self._name(row.process, row.cpu)
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
            other=self._name(row.other, row.cpu) + in_brackets(criterion, row.other_value),
        ) + _switch(row.cost)

    def _stop(self, row: ScheduleRow) -> str:
        task = self._name(row.process, row.cpu)
        if words := self._virtual_cores.leaves(row, self._boards):
            return words
        if fault := self._lives.faults.get((row.process, row.time)):
            form = _("{task} waits for its pages: {bytes}")
            return form.format(task=task, bytes=fault_in_words(fault))
        if row.reason == Reason.WITHDRAWN and row.core == SHARED:
            return _("{task} is taken out of the queue").format(task=task)
        forms = {
            Reason.FINISHED: _("{task} has finished"),
            Reason.BLOCKED: _("{task} waits for its I/O"),
            Reason.QUANTUM: self._slice_is_over(row.cpu),
            Reason.PREEMPTED: _("{task} is preempted"),
            Reason.WITHDRAWN: _("{task} is taken off the core"),
        }
        return forms.get(Reason(row.reason), _("{task} stops")).format(task=task)

    def _slice_is_over(self, cpu: int) -> str:
        criteria = self._trace.meta.get("criteria")
        if not criteria or self._policy(cpu)[1] == "turn":
            return _("{task} has used up its quantum and goes to the back of the queue")
        return _("{task} stops, for its slice is over while others wait")

    def _rotation(self, rotation: Rotation) -> str:
        row = rotation.row
        policy, _criterion = self._policy(row.cpu)
        # Those on a core come last among the members, and are the first to be told.
        members = rotation.members[-row.cores :] + rotation.members[: -row.cores]
        sentence = _("{policy}, {quantum} each: {members} take turns until {end}").format(
            policy=policy,
            quantum=format_duration(row.quantum),
            members=listed(members, lambda process: self._name(process, row.cpu)),
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
            policy=policy,
            task=self._name(turn.process, row.cpu),
            quantum=format_duration(row.quantum),
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
