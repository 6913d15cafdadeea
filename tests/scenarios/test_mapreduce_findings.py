"""What the scenarios of MapReduce say one finds, found."""

from __future__ import annotations

from functools import cache

import pytest

from aio_sim import Run, Scenario, simulate
from aio_sim.distributed.mapreduce.costs import Costs
from aio_sim.distributed.mapreduce.functions import Functions
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.settings import Settings, map_work
from aio_sim.distributed.mapreduce.source import find_job
from aio_sim.distributed.mapreduce.speedup import wave, wave_with_backups
from aio_sim.kernel.environment import SECOND
from tests.scenarios.runs import run

NO_BACKUPS = "mapreduce.jobs.0.backups=none"
LATE = "mapreduce.jobs.0.backups=late"
CALM = "mapreduce.jobs.0.stragglers.probability=0"
ANYWHERE = "mapreduce.jobs.0.locality=false"
DELAY = "mapreduce.jobs.0.locality_delay=5s"
ONE_COPY = "file_system.replication=1"
FAST_UPLINKS = "network.racks.0.uplink.bandwidth=10Gbps"


def time(found: Run) -> float:
    """Return the seconds that the one job took."""
    return float(found.metrics["mapreduce.time.max"])


def backups(*settings: str) -> float:
    return run("stragglers", *settings).metrics["mapreduce.tasks.backups"]


@cache
def one_map() -> float:
    """Return the seconds that a map computes, by its counts of one block of 4096 real bytes."""
    text = b"to be or not to be\n" * 216
    work = map_work(Split("text", "/text", 0, 4096), Settings(reducers=4, scale=32768))
    counts = Functions(find_job("wordcount", {}).load()).map(work, text).counts
    return Costs().map_work(counts) * 32768 / SECOND


def test_a_job_waits_for_its_slowest_map_unless_that_has_a_backup() -> None:
    assert time(run("stragglers", CALM)) == pytest.approx(155, abs=1)
    assert time(run("stragglers", NO_BACKUPS)) == pytest.approx(655, abs=1)
    assert time(run("stragglers")) == pytest.approx(285, abs=1)
    assert time(run("stragglers", LATE)) == pytest.approx(281, abs=1)
    assert (backups(), backups(LATE)) == (26, 12)


def test_a_backup_that_is_slow_too_saves_nothing_and_changes_nothing() -> None:
    found = run("stragglers", seed=1)
    assert time(found) == pytest.approx(661, abs=1)
    runs = run("stragglers", NO_BACKUPS), run("stragglers"), found
    assert len({each.trace.meta["mapreduce"]["wordcount"]["sha256"] for each in runs}) == 1


def test_the_wave_takes_one_two_or_five_times_a_map() -> None:
    calm = time(run("stragglers", CALM))
    for settings, more in (((NO_BACKUPS,), 4), ((), 1)):
        extra = time(run("stragglers", *settings)) - calm
        # What is left are the disks, which all maps read at first and a backup alone.
        assert extra == pytest.approx(more * one_map(), abs=0.1 * one_map())


@pytest.mark.slow
def test_in_the_mean_they_are_worth_what_the_formulas_say() -> None:
    calm = time(run("stragglers", CALM))
    seeds = range(40)
    for settings, expected in (
        ((NO_BACKUPS,), wave(100, 0.01, 5)),
        ((), wave_with_backups(100, 0.01, 5)),
    ):
        scenario = Scenario.load("stragglers", set=settings)
        found = [1 + (time(simulate(scenario, seed)) - calm) / one_map() for seed in seeds]
        mean = sum(found) / len(found)
        spread = (sum((each - mean) ** 2 for each in found) / (len(found) - 1)) ** 0.5
        # What reduces add to it, of which one in 25 jobs has a slow one.
        assert mean == pytest.approx(expected, abs=3 * spread / len(found) ** 0.5 + 0.05)


def test_maps_that_go_to_their_blocks_spare_the_uplinks() -> None:
    near, anywhere = run("data-locality").metrics, run("data-locality", ANYWHERE).metrics
    assert near["mapreduce.tasks.local"] == 71
    assert anywhere["mapreduce.tasks.local"] == 15
    assert anywhere["network.bytes"] > 2 * near["network.bytes"]
    assert time(run("data-locality")) == pytest.approx(60, abs=1)
    assert time(run("data-locality", ANYWHERE)) == pytest.approx(112, abs=1)


def test_one_map_in_four_has_its_block_at_hand_by_luck() -> None:
    scenario = Scenario.load("data-locality", set=[ANYWHERE])
    local = [simulate(scenario, seed).metrics["mapreduce.tasks.local"] / 72 for seed in range(3)]
    assert sum(local) / len(local) == pytest.approx(3 / 12, abs=0.07)


def test_waiting_for_a_near_slot_costs_nothing_and_more_copies_are_more_places() -> None:
    delayed = run("data-locality", DELAY)
    assert delayed.metrics["mapreduce.tasks.local"] == 72
    assert time(delayed) == pytest.approx(58, abs=1)
    assert time(run("data-locality", ONE_COPY)) == pytest.approx(102, abs=1)


def test_on_a_fast_network_locality_gains_a_tenth() -> None:
    near, anywhere = (time(run("data-locality", FAST_UPLINKS, *more)) for more in ((), (ANYWHERE,)))
    assert near == pytest.approx(47, abs=1)
    assert anywhere == pytest.approx(52, abs=1)
