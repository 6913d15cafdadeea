"""What virtual machines went through: states, stages, migrations, copies, as their spans tell."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.story_words import (
    COPY,
    MIGRATION,
    STAGES,
    Story,
    Stretch,
    kind_and_subject,
)
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow
from aio_sim.kernel.units import format_size

if TYPE_CHECKING:
    from aio_sim.analysis.levels import Levels
    from aio_sim.kernel.trace import Trace

FAULT: Final = "page fault "
BALLOON: Final = "balloon "
"""How names of faults and of changes of a balloon begin."""

PAUSED: Final = "paused"
_STILL: Final = (PAUSED, "saving")
_REFUSED: Final = "refused"


class Fault(NamedTuple):
    """Bytes that a task waits for: written first, then read."""

    read: int
    written: int


class MachineLives:
    """The lives of the virtual machines of a trace."""

    def __init__(self, trace: Trace, levels: Levels) -> None:
        self.states: defaultdict[str, list[Stretch]] = defaultdict(list)
        """The states of each machine, in order."""
        self.stories: defaultdict[str, list[Stretch]] = defaultdict(list)
        """The stages of what was done with a machine or an image, by track."""
        self.balloons: defaultdict[str, list[Stretch]] = defaultdict(list)
        """When what the balloon leaves each machine changed."""
        self.faults: dict[tuple[int, int], Fault] = {}
        """The page faults of tasks, by process and instant."""
        self.served: set[tuple[int, int]] = set()
        """When which process had its pages."""
        self._machines = levels.guests
        own = {f"{guest}{STAGES}" for guest in levels.guests}
        self._tracks = own | {f"{MIGRATION}{guest}" for guest in levels.guests}
        for cells in trace.spans.rows():
            span = SpanRow(*cells)
            track, name = trace.text(span.track), trace.text(span.name)
            if track in self._machines and name.startswith(BALLOON):
                self.balloons[track].append(Stretch(name, span.start, span.end))
            elif self.tells(track, name, span.process):
                where = self.states if track in self._machines else self.stories
                where[track].append(Stretch(name, span.start, span.end))
            elif track in self._machines and name.startswith(FAULT):
                read, written = name.removeprefix(FAULT).split()
                self.faults[span.process, span.start] = Fault(int(read), int(written))
                self.served.add((span.process, span.end))

    def tells(self, track: str, name: str, process: int) -> bool:
        """Return whether a span is one of a machine's states, or a stage of a story."""
        if process >= 0:
            return False
        if track in self._machines or track in self._tracks:
            return True
        return track.startswith(COPY) and name.startswith(COPY)

    def state(self, machine: str, time: int) -> str:
        """Return the state of a machine after all that happened at an instant, "" if unknown."""
        states = self.states[machine]
        at = bisect_right(states, time, key=lambda stretch: stretch.start)
        return states[at - 1].name if at else ""

    def standing_still(self, machine: str) -> list[Stretch]:
        """Return when a machine was paused or saved, in order."""
        states = self.states.get(machine, [])
        return [state for state in states if state.name in _STILL and state.end > state.start]

    @property
    def stories_end(self) -> int:
        """When the last of the migrations and copies ends, 0 where there are none."""
        moves = (stages for track, stages in self.stories.items() if not track.endswith(STAGES))
        return max((stage.end for stages in moves for stage in stages), default=0)

    def sentences(self) -> Iterator[Sentence]:
        """Yield what machines and images went through."""
        told = [
            Story(track, stages, self._paused(kind_and_subject(track)[1]))
            for track, stages in self.stories.items()
        ]
        for story in told:  # it begins before the machine is stopped for it
            yield from story.begins()
        for machine, states in self.states.items():
            yield from _states(machine, states)
        for machine, changes in self.balloons.items():
            yield from _balloon(machine, changes)
        for story in told:
            yield from story.stages()

    def _paused(self, machine: str) -> list[Stretch]:
        return [state for state in self.states.get(machine, []) if state.name == PAUSED]


def fault_in_words(fault: Fault) -> str:
    """Return what a fault wants, in words."""
    read, written = format_size(fault.read), format_size(fault.written)
    if not fault.written:
        return _("{read} to be read").format(read=read)
    if not fault.read:
        return _("{written} to be written").format(written=written)
    return _("{written} to be written, then {read} to be read").format(written=written, read=read)


def _states(machine: str, states: list[Stretch]) -> Iterator[Sentence]:
    before = ""
    for state in states:
        if (form := _state_form(state.name, before)) and state.name != before:
            text = form.format(machine=plain(machine), state=plain(state.name))
            yield Sentence(state.start, text)
        before = state.name


def _state_form(state: str, before: str) -> str:
    """Return the sentence of a machine that comes into a state, "" where another one says it."""
    if state == "creating" or (state == "destroyed" and before.startswith(_REFUSED)):
        return ""
    if state == "running" and before in _STILL:
        return _("{machine} goes on")
    forms = {
        "booting": _("{machine} boots"),
        "running": _("{machine} runs"),
        "saving": _("{machine} stands still while it is saved"),
        "shutting down": _("{machine} shuts down"),
        "exited": _("{machine} has exited"),
    }
    return forms.get(state, _("{machine} is {state}"))


def _balloon(machine: str, changes: list[Stretch]) -> Iterator[Sentence]:
    form = _("balloon of {machine}: {before} -> {after}")
    for change in changes:
        before, after = map(int, change.name.removeprefix(BALLOON).split())
        sizes = {"before": format_size(before), "after": format_size(after)}
        yield Sentence(change.start, form.format(machine=plain(machine), **sizes))
