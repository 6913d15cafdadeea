"""No write that a majority has is ever lost, whatever fails when; what else is lost is counted.

Clients on the hosts of the members, and beside them, write with drawn concerns; hosts crash and
come back with what was durable, links are cut and mended, all by chance. When everything is whole
again, all members must hold the same, and what they hold is compared with what was acknowledged.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AioSimError
from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.replication.settings import WriteConcern

from .sets import Star

SCHEDULES = settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
SEEDS = st.integers(0, 2**32)
ONE, MOST = WriteConcern(1), WriteConcern()


def put(key: int, engine: DocumentEngine) -> None:
    engine.put("c", {"_id": key})


class Storm(Star):
    """A replica set in trouble, and what its clients were told."""

    def __init__(self, seed: int, members: int = 3) -> None:
        super().__init__(
            [f"m{number}" for number in range(members)], seed, selection_timeout=SECOND
        )
        self.random = random.Random(seed)
        self.acknowledged: dict[WriteConcern, set[int]] = {ONE: set(), MOST: set()}
        self.tried = 0
        self.end = 90 * SECOND
        for name in [*self.names, "x"]:
            self.env.process(self.client(name))
        self.env.process(self.trouble())

    def client(self, name: str) -> Generator[Any, Any, None]:
        """Write a new document every now and then."""
        while self.env.now < self.end:
            yield self.env.timeout(self.random.randrange(SECOND))
            self.tried += 1
            key, concern = self.tried, self.random.choice([ONE, MOST])
            try:
                yield self.set.write(name, partial(put, key), concern)
                self.acknowledged[concern].add(key)
            except AioSimError:
                pass

    def trouble(self) -> Generator[Any, Any, None]:
        """Crash, cut, repair and mend by chance, and mend all in the end."""
        down: set[str] = set()
        cut: set[str] = set()
        while self.env.now < self.end - 20 * SECOND:
            yield self.env.timeout(self.random.randrange(1, 8 * SECOND))
            name = self.random.choice(self.names)
            if self.random.random() < 0.5:
                (self.set.repair if name in down else self.set.fail)(name)
                down ^= {name}
            else:
                (self.mend if name in cut else self.cut)(name)
                cut ^= {name}
            self.set.check()
        for name in self.names:
            self.mend(name)
            self.set.repair(name)

    def outcome(self) -> tuple[set[int], int]:
        """Return the documents that all members have in the end, and how many were lost."""
        self.run_to(self.end + 40 * SECOND)
        self.set.close()
        self.set.check()
        held = [
            {document["_id"] for document in member.engine.collection("c").find({})}
            for member in self.set.members.values()
        ]
        assert all(each == held[0] for each in held)
        return held[0], self.set.totals()["lost_writes"]


@SCHEDULES
@given(SEEDS, st.sampled_from([3, 5]))
def test_what_a_majority_acknowledged_is_never_lost(seed: int, members: int) -> None:
    storm = Storm(seed, members)
    held, lost = storm.outcome()
    assert storm.acknowledged[MOST] <= held
    assert len(storm.acknowledged[ONE] - held) == lost


@pytest.mark.slow
@settings(SCHEDULES, max_examples=1_000)
@given(SEEDS, st.sampled_from([3, 4, 5]))
def test_a_thousand_storms(seed: int, members: int) -> None:
    storm = Storm(seed, members)
    held, lost = storm.outcome()
    assert storm.acknowledged[MOST] <= held
    assert len(storm.acknowledged[ONE] - held) == lost


def test_storms_do_lose_writes_that_one_member_acknowledged() -> None:
    assert sum(Storm(seed).outcome()[1] for seed in range(4)) > 0
