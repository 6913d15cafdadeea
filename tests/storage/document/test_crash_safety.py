"""A crash between any two writes of the devices, torn pages included, against a plain dictionary.

Documents with an indexed list, a unique field, and now and then more than a page of text are
written, one by one. Power goes at a drawn write or flush, while working or while recovering; of
what was not flushed, drawn sectors survive. Then every acknowledged write is there, none is half.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.errors import DuplicateKeyError
from aio_sim.storage.document.queries import Wanted
from aio_sim.storage.pages.device import Power
from aio_sim.storage.pages.errors import PowerLossError

from .databases import volume

Documents = dict[int, dict[str, Any]]
SCHEDULES = settings(
    max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
TICK = SECOND // 50


class Schedule:
    """Writes by chance, and the dictionary of what must be after each."""

    def __init__(self, seed: int, keys: int = 40, *, journaled: bool = True) -> None:
        self.keys = keys
        self.journaled = journaled
        self.random = random.Random(seed)
        self.volume = volume(600, journaled=journaled)
        self.engine = DocumentEngine(self.volume)
        handle = self.engine.collection("c")
        handle.create_index("tags")
        handle.create_index("code", unique=True)
        self.states: list[Documents] = [{}]
        """What the documents were after each write; the last is now."""
        self.durable = 0
        """How many of the states must survive a crash."""
        self.unsure: Documents | None = None
        """What they are if the write during which the power went has made it."""
        self.now = 0

    def work(self, steps: int) -> None:
        """Do so many things, until the power goes."""
        for _step in range(steps):
            if self.random.random() < 0.03:
                self.engine.store.checkpoint()
                self.durable = len(self.states)
            else:
                self.write()
            self.now += TICK
            self.engine.advance(self.now)
            if self.now % (SECOND // 10) == 0:
                self.durable = len(self.states)

    def write(self) -> None:
        """Insert, update or delete a document."""
        key = self.random.randrange(self.keys)
        states = self.states
        new = {each: document for each, document in states[-1].items() if each != key}
        deletes = key in states[-1] and self.random.random() < 0.4
        if not deletes:
            new[key] = self.document(key)
        self.unsure = new
        with suppress(DuplicateKeyError):
            if deletes:
                self.engine.delete("c", key)
            else:
                self.engine.put("c", new[key])
            states.append(new)
            if self.journaled:
                self.durable = len(states)
        self.unsure = None

    def document(self, key: int) -> dict[str, Any]:
        tags = self.random.choices("abcdef", k=self.random.randrange(4))
        size = self.random.choice([0, 10, 60, 300])
        code = self.random.randrange(3 * self.keys) if self.random.random() < 0.2 else 1000 + key
        return {"_id": key, "tags": tags, "code": code, "text": "x" * size}

    def crash(self) -> Documents:
        """Turn the power on again, perhaps several times, until recovery is through."""
        chance = self.random.choice([0.0, 0.5, 1.0, self.random.random()])
        while True:
            again = self.random.randrange(40) if self.random.random() < 0.4 else None
            self.volume.restart(lambda: self.random.random() < chance, Power(again))
            try:
                self.engine = DocumentEngine(self.volume)
                self.volume.power.lasts = None
                return self.documents()
            except PowerLossError:
                continue

    def documents(self) -> Documents:
        """Return all documents, and check that the indexes have the same."""
        handle = self.engine.collection("c")
        found: Documents = {each["_id"]: each for each in handle.find({})}
        by_code = handle.find({}, Wanted(hint="code_1"))
        assert sorted(each["_id"] for each in by_code) == sorted(found)
        for tag in "abcdef":
            by_tag = {each["_id"] for each in handle.find({"tags": tag})}
            assert by_tag == {key for key, each in found.items() if tag in each["tags"]}
        return found

    def survive(self, crashes: int, steps: int, power: int | None = None) -> int:
        """Work and crash in turn; return how many writes were lost.

        The power lasts for `power` writes and flushes, a drawn number where None, and goes at the
        latest when the work is done.
        """
        lost = 0
        for _crash in range(crashes):
            lasts = self.random.randrange(2 * steps) if power is None else power
            self.volume.power.lasts = self.volume.power.operations + lasts
            with suppress(PowerLossError):
                self.work(steps)
            found = self.crash()
            states = self.states if self.unsure is None else [*self.states, self.unsure]
            possible = [at for at, documents in enumerate(states) if documents == found]
            assert possible
            assert max(possible) >= self.durable - 1
            lost += max(len(self.states) - 1 - max(possible), 0)
            self.states, self.unsure, self.durable = [found], None, 1
        return lost


SEEDS = st.integers(0, 2**32)


@SCHEDULES
@given(SEEDS)
def test_what_was_acknowledged_survives_and_nothing_is_half_there(seed: int) -> None:
    assert Schedule(seed).survive(crashes=1, steps=10) == 0


@pytest.mark.parametrize("power", range(0, 60, 2))
def test_one_schedule_survives_a_crash_at_each_of_its_writes(power: int) -> None:
    assert Schedule(seed=1).survive(crashes=1, steps=40, power=power) == 0


@settings(SCHEDULES, max_examples=50)
@given(SEEDS)
def test_lazy_writes_lose_at_most_those_of_a_commit_interval(seed: int) -> None:
    assert Schedule(seed, journaled=False).survive(crashes=1, steps=30) <= 5


@pytest.mark.slow
@settings(SCHEDULES, max_examples=10_000)
@given(SEEDS)
def test_it_survives_ten_thousand_schedules_of_two_crashes(seed: int) -> None:
    keys = (20, 60, 200)[seed % 3]
    assert Schedule(seed, keys).survive(crashes=2, steps=40) == 0


@pytest.mark.slow
@settings(SCHEDULES, max_examples=1_000)
@given(SEEDS)
def test_lazy_writes_survive_a_thousand_schedules(seed: int) -> None:
    Schedule(seed, journaled=False).survive(crashes=3, steps=80)


def test_some_lazy_writes_are_lost_and_no_journaled_ones() -> None:
    lost = {
        journaled: sum(
            Schedule(seed, journaled=journaled).survive(crashes=1, steps=40) for seed in range(30)
        )
        for journaled in (True, False)
    }
    assert lost[True] == 0
    assert lost[False] > 0
