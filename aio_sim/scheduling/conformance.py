"""Puts a policy through generated situations and tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from random import Random
from typing import Final

from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scheduling.examiner import Examiner, Finding, UnusableAnswerError
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process
from aio_sim.scheduling.rehearsal import STARVES_AFTER, Rehearsal

TENTH: Final = 100_000_000
"""Nanoseconds in a tenth of a second; all is made of whole ones, so that things coincide."""

FEW: Final = 6
"""With more processes than this, questions are asked once, for speed."""

INSTANTS: Final = {True: 120, False: 2_000}
"""How many instants of a situation are played, where questions are asked twice and where once."""

SITUATIONS: Final = 25
"""How many situations are generated where nothing else is asked."""


def examine(
    policy: SchedulingPolicy, *, situations: int = SITUATIONS, seed: int = 0
) -> list[Finding]:
    """Return what is wrong with a policy, the faults first, then the warnings.

    The situations are the same every time for one `seed`.
    """
    examiner = Examiner(policy)
    for number, (processes, cores) in enumerate(_situations(situations, seed)):
        examiner.twice = len(processes) <= FEW
        stream = partial(RandomStreams(seed).stream, f"situation {number}")
        with suppress(UnusableAnswerError):
            Rehearsal(examiner, Moment(stream), processes, cores).run(INSTANTS[examiner.twice])
    return sorted(examiner.findings.values(), key=lambda finding: finding.warning)


def _situations(count: int, seed: int) -> Iterator[tuple[list[Process], int]]:
    yield [Process(0, 0, TENTH)], 1
    yield [Process(number, 0, TENTH) for number in range(4)], 2
    yield _stream_of_favourites(), 1
    for number in range(count):
        chance = Random(f"{seed} {number}")
        processes = [_process(each, chance) for each in range(chance.randint(1, FEW))]
        yield sorted(processes, key=lambda process: process.arrival), chance.randint(1, 2)


def _process(number: int, chance: Random) -> Process:
    bursts = [chance.randint(1, 5) * TENTH for _burst in range(chance.choice((1, 1, 3, 5)))]
    arrival = chance.randint(0, 8) * TENTH
    return Process(
        number,
        arrival,
        sum(bursts[::2]),
        priority=chance.randint(0, 3),
        weight=chance.choice((1, 1, 2, 5)),
        deadline=chance.choice((None, arrival + chance.randint(1, 20) * TENTH)),
        bursts=bursts,
        source=chance.randint(0, 1),
    )


def _stream_of_favourites() -> list[Process]:
    """Return one long, unimportant process, and short important ones that fill the core."""
    long = Process(0, 0, 10 * TENTH, priority=9)
    return [long] + [
        Process(number, (number - 1) * TENTH, TENTH, weight=2, deadline=(number + 1) * TENTH)
        for number in range(1, STARVES_AFTER + 50)
    ]
