"""The circle in which processes take turns, kept so that a change costs O(log n) comparisons."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from aio_sim.scheduling.core import Core
from aio_sim.scheduling.process import Process

GAP: Final = 1 << 40


class Member:
    """A process in the ring: how its work divides into slices, and where it stands."""

    __slots__ = ("core", "final_lap", "label", "present", "process", "tail")

    def __init__(self, process: Process, final_lap: int, tail: int, label: int) -> None:
        self.process = process
        self.final_lap = final_lap  # the lap of its last slice
        self.tail = tail  # how long it runs in its last slice
        self.label = label  # its place in the circle; places ascend
        self.present = True
        self.core: Core | None = None  # where it had its latest slice


class Ring:
    """Members in a circle, and the head: whose turn is next.

    A lap begins each time the head passes from the last place to the first. A member's last slice
    is known by its lap, which no arrival, completion or turn of another changes; so the order in
    which members reach their last slices stands still, in a heap by (lap, place).
    """

    def __init__(self) -> None:
        self._members: list[Member] = []
        self._labels: list[int] = []
        self._finals: list[tuple[int, int, int, Member]] = []
        self._entries = 0
        self.head = 0
        self.lap = 0

    def __len__(self) -> int:
        return len(self._members)

    def turn(self, ahead: int) -> Member:
        """Return the member whose turn comes after `ahead` others; -1 is the one served last."""
        return self._members[(self.head + ahead) % len(self._members)]

    def before(self, member: Member) -> Member:
        """Return the member one place before another in the circle."""
        return self._members[self._position(member) - 1]

    def in_turn(self) -> Iterator[Member]:
        """Yield the members in the order of their turns."""
        yield from self._members[self.head :]
        yield from self._members[: self.head]

    def advance(self, turns: int) -> None:
        """Let that many turns pass."""
        laps, self.head = divmod(self.head + turns, len(self._members))
        self.lap += laps

    def join(
        self, process: Process, remaining: int, quantum: int, ahead: int, running: bool = False
    ) -> Member:
        """Add a process whose next turn comes after `ahead` others.

        `remaining` is its work left at the beginning of that turn, or, where it is `running`, of
        the slice in progress.
        """
        at = self.head + ahead
        lap = self.lap
        if at > len(self._members):
            at -= len(self._members)
            lap += 1
        label = self._label(at)
        slices = max(-(-remaining // quantum), 1)
        final_lap = lap + slices - 1 - running
        member = Member(process, final_lap, remaining - (slices - 1) * quantum, label)
        self._labels.insert(at, label)
        self._members.insert(at, member)
        if lap > self.lap:
            self.head += 1
        self._expect(member)
        return member

    def leave(self, member: Member) -> None:
        """Take a member out."""
        at = self._position(member)
        del self._labels[at]
        del self._members[at]
        member.present = False
        if at < self.head:
            self.head -= 1
        elif self.head == len(self._members):
            self.head = 0
            self.lap += 1

    def turns_to_final(self, member: Member) -> int:
        """Return how many turns come before the member's last slice; negative if it is running."""
        distance = self._position(member) - self.head
        return (member.final_lap - self.lap) * len(self._members) + distance

    def remaining(self, member: Member, quantum: int, running: bool) -> int:
        """Return the work left at the beginning of the slice in progress, or else of the next."""
        ahead_of_head = self._position(member) >= self.head
        lap = self.lap + (0 if ahead_of_head else 1) - (1 if running else 0)
        return (member.final_lap - lap) * quantum + member.tail

    def finalists(self, within: int) -> list[tuple[int, Member]]:
        """Return (turns to final, member) of all whose last slices begin fewer than `within` turns
        after the first such one."""
        found: list[tuple[int, Member]] = []
        taken: list[tuple[int, int, int, Member]] = []
        while self._finals:
            entry = self._finals[0]
            member = entry[3]
            if not member.present or entry[1] != member.label:
                heapq.heappop(self._finals)
                continue
            turns = self.turns_to_final(member)
            if found and turns >= found[0][0] + within:
                break
            found.append((turns, member))
            if within == 1:
                return found
            taken.append(heapq.heappop(self._finals))
        for entry in taken:
            heapq.heappush(self._finals, entry)
        return found

    def _position(self, member: Member) -> int:
        return bisect_left(self._labels, member.label)

    def _expect(self, member: Member) -> None:
        self._entries += 1
        heapq.heappush(self._finals, (member.final_lap, member.label, self._entries, member))

    def _label(self, at: int) -> int:
        labels = self._labels
        if at == len(labels):
            return labels[-1] + GAP if labels else 0
        before = labels[at - 1] if at else labels[0] - GAP
        if labels[at] - before < 2:
            self._relabel()
            before = labels[at - 1] if at else labels[0] - GAP
        # Close to the one before, for the next to come is likely to go behind this one.
        return before + max((labels[at] - before) // 64, 1)

    def _relabel(self) -> None:
        self._finals.clear()
        for place, member in enumerate(self._members):
            member.label = self._labels[place] = place * GAP
            self._expect(member)
