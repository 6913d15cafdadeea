"""Any moment of a run: who is on each core, who waits, and the decision that led there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from aio_sim.analysis.board import Board, Running
from aio_sim.analysis.replay import EXCLUSIVE, events
from aio_sim.kernel.trace import RotationRow, ScheduleRow, Trace
from aio_sim.scheduling.rotation import Rotation, Rotations

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_CHECKPOINTS: Final = 64
_SHORTEST_STRETCH: Final = 1024


class QueueLength(NamedTuple):
    """How many processes wait for a core of a Cpu from `time` (nanoseconds) on."""

    time: int
    cpu: str
    length: int


@dataclass(frozen=True)
class Snapshot:
    """A moment of a run, after all that happened at that instant; processes are numbers.

    `running` is by (cpu, core index), `sharing` (processor sharing) and `ready` by cpu, in order
    of joining; `decision` is the last dispatch, and None before there was one.
    """

    time: int
    running: dict[tuple[str, int], Running]
    sharing: dict[str, list[int]]
    ready: dict[str, list[int]]
    decision: ScheduleRow | None


def queue_lengths(trace: Trace) -> Iterator[QueueLength]:
    """Yield each change of a ready queue's length; those of one Cpu are in order of time."""
    boards: dict[int, Board] = {}
    last: dict[int, QueueLength] = {}
    told: dict[int, int] = {}
    for event in events(trace):
        step = event.row if isinstance(event, Rotation) else event
        time = step.start if isinstance(step, RotationRow) else step.time
        board = boards.setdefault(step.cpu, Board(trace.text(step.cpu)))
        board.pass_over(event)
        before = last.get(step.cpu)
        if before and before.time < time and told.get(step.cpu) != before.length:
            told[step.cpu] = before.length
            yield before
        last[step.cpu] = QueueLength(time, board.cpu, board.waiting)
    yield from (each for cpu, each in last.items() if told.get(cpu) != each.length)


class Timeline:
    """A trace that can be looked at in any moment, forwards fastest.

    Needs a trace of level `full`; of another one nothing is known.
    """

    def __init__(self, trace: Trace) -> None:
        import numpy as np

        self._trace = trace
        self._rows = trace.schedule.array()
        self._rotations = Rotations(trace)
        self._starts = trace.rotations.column("start")
        self._ends = trace.rotations.column("end")
        times = np.concatenate([self._ends, self._rows[:, 0]])
        # A rotation ends before the steps of that instant, and stands first for the stable sort.
        self._order = np.argsort(times, kind="stable")
        self._times = times[self._order]
        self._stretch = max(len(times) // _CHECKPOINTS, _SHORTEST_STRETCH)
        self._at = 0
        self._boards: dict[int, Board] = {}
        self._decision: ScheduleRow | None = None
        self._checkpoints = [self._checkpoint()]

    @property
    def instants(self) -> npt.NDArray[np.int64]:
        """The instants at which something happens (rotations count once), int64, ascending."""
        import numpy as np

        return np.unique(self._times)

    def at(self, time: int) -> Snapshot:
        """Return the moment `time` (nanoseconds)."""
        self._move(int(self._times.searchsorted(time, side="right")))
        boards, decision = dict(self._boards), self._decision
        for rotation in self._rotations_around(time):
            code = rotation.row.cpu
            board = boards[code].copy() if code in boards else self._board(code)
            board.pass_over(rotation, until=time)
            boards[code] = board
            decision = _later(decision, board.decision)
        return self._snapshot(time, boards, decision)

    def _move(self, target: int) -> None:
        """Have the first `target` events happened."""
        place = bisect_right(self._checkpoints, target, key=lambda checkpoint: checkpoint[0])
        if target < self._at or self._checkpoints[place - 1][0] > self._at:
            self._at, boards, self._decision = self._checkpoints[place - 1]
            self._boards = {code: board.copy() for code, board in boards.items()}
        while self._at < target:
            if self._at - self._checkpoints[-1][0] >= self._stretch:
                self._checkpoints.append(self._checkpoint())
            self._advance(int(self._order[self._at]))
            self._at += 1

    def _advance(self, number: int) -> None:
        before = number - len(self._rotations)
        event = self._rotations[number] if before < 0 else ScheduleRow(*self._rows[before].tolist())
        code = event.row.cpu if isinstance(event, Rotation) else event.cpu
        board = self._boards.get(code) or self._board(code)
        self._boards[code] = board
        board.pass_over(event)
        self._decision = _later(self._decision, board.decision)

    def _board(self, code: int) -> Board:
        return Board(self._trace.text(code))

    def _checkpoint(self) -> tuple[int, dict[int, Board], ScheduleRow | None]:
        boards = {code: board.copy() for code, board in self._boards.items()}
        return self._at, boards, self._decision

    def _rotations_around(self, time: int) -> Iterator[Rotation]:
        """Yield the rotations that are going on at `time`."""
        around = (self._starts <= time) & (self._ends > time)
        yield from (self._rotations[int(number)] for number in around.nonzero()[0])

    def _snapshot(
        self, time: int, boards: dict[int, Board], decision: ScheduleRow | None
    ) -> Snapshot:
        running = self._held(time)
        for board in boards.values():
            running |= {(board.cpu, core): each for core, each in board.running.items()}
        return Snapshot(
            time,
            dict(sorted(running.items())),
            {board.cpu: list(board.sharing) for board in boards.values() if board.sharing},
            {board.cpu: board.queue() for board in boards.values() if board.waiting},
            decision,
        )

    def _held(self, time: int) -> dict[tuple[str, int], Running]:
        """Return who holds which core as a whole."""
        trace = self._trace
        if EXCLUSIVE not in trace.strings:
            return {}
        name, track, process, start, end = trace.spans.array().T
        held = (name == trace.strings.index(EXCLUSIVE)) & (start <= time) & (end > time)
        found: dict[tuple[str, int], Running] = {}
        for number in held.nonzero()[0]:
            machine, _, core = trace.text(int(track[number])).rpartition("/")
            found[machine, int(core)] = Running(int(process[number]), int(start[number]))
        return found


def _later(one: ScheduleRow | None, other: ScheduleRow | None) -> ScheduleRow | None:
    if one is None or other is None:
        return one or other
    return other if other.time >= one.time else one
