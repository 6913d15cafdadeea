"""The laws of speed-up and of stragglers, against enumeration and the simulator."""

from __future__ import annotations

from itertools import product
from math import prod
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.mapreduce.backups import NearTheEnd, NoBackups
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.speedup import (
    amdahl,
    gustafson,
    longest_exponential,
    most_useful,
    universal_scalability,
    wave,
    wave_with_backups,
)
from aio_sim.distributed.mapreduce.stragglers import Stragglers
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from tests.distributed.mapreduce.jobs import small_cluster

FRACTIONS = st.floats(0, 1)
ONLY_CALLS = Costs(task_start=0, input_byte=0, record=SECOND, output_byte=0, comparison=0)
"""Costs under which a map takes a second a record, and a reduce hardly any time."""
FREE = {"disk_rate": 10**15, "disk_latency": 0, "bandwidth": 10**15}


@given(st.integers(1, 1000), FRACTIONS)
def test_gustafson_is_amdahl_seen_from_the_other_end(machines: int, serial: float) -> None:
    # The serial part of the time on n machines is, on one, 1 / (s + (1 - s) n) of it times s.
    on_one = serial / gustafson(machines, serial)
    assert gustafson(machines, serial) == pytest.approx(amdahl(machines, on_one))


@given(st.integers(1, 1000), FRACTIONS)
def test_universal_scalability_without_coherency_is_amdahl(machines: int, serial: float) -> None:
    assert universal_scalability(machines, serial, 0) == pytest.approx(amdahl(machines, serial))


def test_the_most_useful_number_of_machines_is_where_the_curve_turns() -> None:
    speeds = [universal_scalability(machines, 0.05, 0.001) for machines in range(1, 200)]
    assert speeds.index(max(speeds)) + 1 == pytest.approx(most_useful(0.05, 0.001), abs=1)
    assert most_useful(0.05, 0) == float("inf")


def test_the_longest_of_exponential_times_is_a_harmonic_sum() -> None:
    drawn = np.random.default_rng(1).exponential(2.0, (40_000, 10)).max(axis=1)
    assert longest_exponential(10, 2.0) == pytest.approx(drawn.mean(), rel=0.01)


@pytest.mark.parametrize("factor", [1.5, 3.0, 10.0])
@pytest.mark.parametrize("chance", [0.0, 0.1, 0.5])
def test_a_wave_is_the_mean_over_all_that_may_be_slow(chance: float, factor: float) -> None:
    tasks, alone, backed = 4, 0.0, 0.0
    for slow in product([True, False], repeat=2 * tasks):
        weight = prod(chance if each else 1 - chance for each in slow)
        first, again = slow[:tasks], slow[tasks:]
        times = [factor if each else 1.0 for each in first]
        alone += weight * max(times)
        second = [1 + (factor if each else 1.0) for each in again]
        backed += weight * max(map(min, times, second))
    assert wave(tasks, chance, factor) == pytest.approx(alone)
    assert wave_with_backups(tasks, chance, factor) == pytest.approx(backed)


@pytest.mark.parametrize("backups", [False, True])
def test_the_simulator_takes_the_time_of_a_wave(tmp_path: Path, backups: bool) -> None:
    tasks, chance, factor = 8, 0.1, 6.0
    policy = NearTheEnd(close=0) if backups else NoBackups()
    times = []
    for seed in range(150):
        ready = small_cluster(
            tmp_path,
            {"f": a_line_a_block(tasks)},
            nodes=tasks,
            cores=1,
            block_size=5,
            seed=seed,
            costs=ONLY_CALLS,
            backups=policy,
            stragglers=Stragglers(chance, factor),
            **FREE,
        )
        times.append(map_stage(ready.run(reducers=1).seconds))
    law = wave_with_backups if backups else wave
    error = 3 * stdev(times) / len(times) ** 0.5
    assert fmean(times) == pytest.approx(law(tasks, chance, factor), abs=error)


def a_line_a_block(lines: int) -> bytes:
    """Return lines of which each begins within a block of 5 bytes, not at its end."""
    return b"\n".join([b"words", *[b"word"] * (lines - 1)])


def map_stage(seconds: float) -> float:
    """Return how many map times a job took: of 1, 2 or f; the rest is the reduce."""
    # A map takes 2 s (a record in, one out), the reduce of 8 values and 2 keys 10 s, or f times so.
    return min((1, 2, 6), key=lambda each: min(abs(seconds - 2 * each - 10 * r) for r in (1, 6)))


def test_a_job_speeds_up_as_amdahl_says(tmp_path: Path) -> None:
    text = {"f": a_line_a_block(16)}
    options = {"cores": 1, "block_size": 5, "costs": ONLY_CALLS, "backups": NoBackups(), **FREE}
    seconds = {
        nodes: small_cluster(tmp_path, text, nodes=nodes, **options).run(reducers=1).seconds
        for nodes in (1, 2, 4, 8, 16)
    }
    serial = 18 / seconds[1]  # the reduce, of 16 values and two keys
    for nodes, time in seconds.items():
        assert seconds[1] / time == pytest.approx(amdahl(nodes, serial), rel=1e-3)


def test_a_fraction_is_one() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        amdahl(2, 1.5)
