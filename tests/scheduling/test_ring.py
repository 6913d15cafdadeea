"""The ring against a plain list of who comes next and what is left of each."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.scheduling.process import Process
from aio_sim.scheduling.ring import GAP, Member, Ring

QUANTUM = 5


@dataclass(eq=False)
class Seat:
    """A member as the list knows it: what is left at the beginning of its next turn."""

    member: Member
    left: int

    @property
    def turns_left(self) -> int:
        return -(-self.left // QUANTUM)


@dataclass
class Line:
    """Members in the order of their turns, moved one by one."""

    ring: Ring = field(default_factory=Ring)
    seats: list[Seat] = field(default_factory=list)
    joined: int = 0

    def join(self, remaining: int, ahead: int, running: bool = False) -> None:
        self.joined += 1
        process = Process(self.joined, 0, remaining)
        member = self.ring.join(process, remaining, QUANTUM, ahead, running=running)
        self.seats.insert(ahead, Seat(member, remaining - QUANTUM * running))

    def advance(self, turns: int) -> None:
        self.ring.advance(turns)
        for _ in range(turns):
            seat = self.seats.pop(0)
            seat.left -= QUANTUM
            self.seats.append(seat)

    def leave(self, at: int) -> None:
        self.ring.leave(self.seats.pop(at).member)

    def turns_to_final(self, at: int) -> int:
        return at + (self.seats[at].turns_left - 1) * len(self.seats)

    def agree(self) -> None:
        ring, seats = self.ring, self.seats
        assert len(ring) == len(seats)
        assert list(ring.in_turn()) == [seat.member for seat in seats]
        for at, seat in enumerate(seats):
            assert ring.turn(at) is seat.member
            assert ring.turns_to_final(seat.member) == self.turns_to_final(at)
            assert ring.remaining(seat.member, QUANTUM, running=False) == seat.left
            assert ring.remaining(seat.member, QUANTUM, running=True) == seat.left + QUANTUM

    def finalists(self, within: int) -> list[tuple[int, Member]]:
        turns = [(self.turns_to_final(at), seat.member) for at, seat in enumerate(self.seats)]
        turns.sort(key=lambda pair: pair[0])
        return [pair for pair in turns if pair[0] < turns[0][0] + within]


def furthest(line: Line) -> int:
    """Return how many turns may pass until somebody who has had its last slice is next."""
    many = len(line.seats)
    return min(line.turns_to_final(at) + many for at in range(many))


@given(st.data())
def test_the_ring_is_a_list_of_turns(data: st.DataObject) -> None:
    line = Line()
    for _ in range(data.draw(st.integers(1, 30))):
        many = len(line.seats)
        step = data.draw(st.sampled_from(["join", "join", "run", "advance", "leave"]))
        if step == "join":
            line.join(data.draw(st.integers(1, 40)), data.draw(st.integers(0, many)))
        elif step == "run":
            line.join(data.draw(st.integers(1, 40)), many, running=True)
        elif many and step == "advance":
            line.advance(data.draw(st.integers(0, max(furthest(line), 0))))
        elif many:
            line.leave(data.draw(st.integers(0, many - 1)))
        line.agree()
        if line.seats:
            within = data.draw(st.integers(1, 6))
            assert line.ring.finalists(within) == line.finalists(within)


@pytest.mark.parametrize("follow", [False, True], ids=["before the last", "behind the last"])
@pytest.mark.parametrize("head", [0, 3])
def test_thousands_may_join_at_one_place(follow: bool, head: int) -> None:
    line = Line()
    for _ in range(6):
        line.join(50, len(line.seats))
    line.advance(head)
    for count in range(4000):
        line.join(7 + count % 30, 2 + count * follow)
    line.agree()
    assert line.ring.finalists(3) == line.finalists(3)


def test_those_relabelled_keep_their_last_slices() -> None:
    line = Line()
    line.join(3, 0)
    line.join(40, 1)
    before = line.ring.finalists(2)
    for _ in range(GAP.bit_length()):  # each takes a 64th of the room before the second
        line.join(100, 1)
    many = len(line.seats)
    assert line.ring.finalists(1) == before[:1] == [(0, line.seats[0].member)]
    assert line.ring.turns_to_final(line.seats[-1].member) == 7 * many + many - 1
    line.agree()


@settings(max_examples=30)
@given(works=st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_finalists_come_out_as_round_robin_finishes_them(works: list[int]) -> None:
    line = Line()
    for work in works:
        line.join(work, len(line.seats))
    finished = []
    while line.seats:
        ((turns, member),) = line.ring.finalists(1)
        assert turns >= 0
        line.advance(turns + 1)
        finished.append(member.process.number)
        assert member.tail == (works[finished[-1] - 1] - 1) % QUANTUM + 1
        line.leave(next(at for at, seat in enumerate(line.seats) if seat.member is member))
    queue, expected = list(enumerate(works, 1)), []
    while queue:
        number, left = queue.pop(0)
        if left > QUANTUM:
            queue.append((number, left - QUANTUM))
        else:
            expected.append(number)
    assert finished == expected
