"""The closed forms, against the literature and against what real chains and volumes do."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.storage.backup.changes import ChangeLaw, ChangingVolume
from aio_sim.storage.backup.errors import BackupError
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.storage.backup.mathematics import (
    chain_survival,
    changed_share_hot,
    daly_interval,
    differentials,
    incrementals,
    links_for,
    mean_good_links,
    recovery_point,
    survival,
    wall_time,
    young_interval,
)
from aio_sim.storage.backup.volume import Volume
from tests.storage.backup.histories import DIFFERENTIAL, FULL, INCREMENTAL, History


@pytest.mark.parametrize(
    ("between_failures", "expected"), [(24 * 60, 117), (6 * 60, 57), (15, 9.1)]
)
def test_dalys_interval_is_that_of_his_figures(between_failures: float, expected: float) -> None:
    """Daly 2006, figures 3 to 5: a dump takes 5 minutes; times in minutes."""
    assert daly_interval(5, between_failures) == pytest.approx(expected, abs=0.6)


def test_dalys_interval_is_the_best_of_all_and_youngs_is_nearly() -> None:
    cost, between, restart, work = 5.0, 360.0, 10.0, 30_000.0

    def time(interval: float) -> float:
        return wall_time(work, interval, cost, restart, between)

    grid = min(np.linspace(20, 120, 1001), key=time)
    assert daly_interval(cost, between) == pytest.approx(grid, rel=0.01)
    assert time(young_interval(cost, between)) < 1.002 * time(grid)


def simulated_wall_time(
    random: np.random.Generator, work: float, interval: float, cost: float, restart: float, m: float
) -> float:
    """Run a job that saves its state, step by step, through failures."""
    now, done = 0.0, 0.0
    failure = random.exponential(m)
    while done < work:
        if now + interval + cost <= failure:
            now += interval + cost
            done += interval
            continue
        now = failure
        failure = now + random.exponential(m)
        while now + restart > failure:
            now = failure
            failure = now + random.exponential(m)
        now += restart
    return now


def test_the_mean_time_with_checkpoints_is_the_formulas() -> None:
    random = RandomStreams(7).stream("checkpoints")
    case = (400.0, 20.0, 2.0, 5.0, 60.0)
    times = [simulated_wall_time(random, *case) for _run in range(1500)]
    error = np.std(times) / np.sqrt(len(times))
    assert abs(np.mean(times) - wall_time(*case)) < 4 * error


def test_a_recovery_point_lies_between_the_ages_of_the_last_good_backup() -> None:
    random = RandomStreams(3).stream("disasters")
    period, duration = 24.0, 3.0
    starts = np.arange(0, 5000) * period
    disasters = random.uniform(1000, 100_000, 4000)
    last = np.searchsorted(starts + duration, disasters, side="right") - 1
    lost = disasters - starts[last]
    expected = recovery_point(period, duration)
    assert lost.mean() == pytest.approx(expected.mean, rel=0.03)
    assert duration <= lost.min()
    assert lost.max() <= expected.worst


@pytest.mark.parametrize(("hot_blocks", "hot_writes"), [(1, 1), (0.1, 0.9)])
def test_a_volume_changes_by_the_share_of_its_law(hot_blocks: float, hot_writes: float) -> None:
    law = ChangeLaw(10, Fraction(repr(hot_blocks)), Fraction(repr(hot_writes)))
    changing = ChangingVolume(Volume(2000, 4), law, RandomStreams(1).stream("volume"))
    begin = changing.volume.end.position
    changing.advance(10 * 1500)
    expected = changed_share_hot(1500 / 2000, hot_blocks, hot_writes)
    assert len(changing.volume.changed(begin)) / 2000 == pytest.approx(expected, rel=0.05)


def test_stored_sizes_are_those_of_real_chains() -> None:
    days, writes = 6, 0.3
    for kind, form in ((INCREMENTAL, incrementals), (DIFFERENTIAL, differentials)):
        history = History(blocks=1000, block_size=1)
        random = RandomStreams(2).stream("writes")
        for number in range(1000):
            history.write(number, 0)
        full = history.back_up(FULL)
        for _day in range(days):
            for number in random.integers(0, 1000, round(1000 * writes)):
                history.write(int(number), 1)
            last = history.back_up(kind)
        expected = form(days, writes)
        stored = sum(each.size for each in history.catalogue.backups.values())
        assert stored / full.size == pytest.approx(expected.stored, rel=0.08)
        read = sum(link.size for link in history.catalogue.chain(last))
        assert read / full.size == pytest.approx(expected.restore, rel=0.08)


@pytest.mark.parametrize("runs", [100, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kind", "links"), [(FULL, 1), (DIFFERENTIAL, 2), (INCREMENTAL, 6)])
def test_a_chain_survives_as_often_as_the_product_of_its_links(
    kind: BackupKind, links: int, runs: int
) -> None:
    good = 0.9
    random = RandomStreams(5).stream("damage")
    survived = depth = 0
    for _run in range(runs):
        history = History()
        history.back_up(FULL)
        for number in range(5):
            history.write(number, 1)
            history.back_up(kind)
        for name in list(history.repository.names("backup/")):
            if name.endswith("manifest") and random.random() > good:
                history.repository.remove(name)
        try:
            found = history.recover(history.now)
        except BackupError:
            continue
        survived += found.state.contents() == history.state(5)
        depth += len(found.plan.chain)
    expected = chain_survival(links, good)
    assert abs(survived / runs - expected) < 4 * (expected * (1 - expected) / runs) ** 0.5
    if kind is INCREMENTAL and runs == 400:
        assert depth / runs == pytest.approx(mean_good_links(6, good), rel=0.08)


def test_how_long_a_chain_may_be_follows_from_its_links() -> None:
    assert links_for(0.9, 0.99) == 10
    assert chain_survival(10, 0.99) > 0.9 > chain_survival(11, 0.99)
    assert survival(10, 0.001, 100) == pytest.approx(survival(10, 0.001, 50) ** 2)


def test_times_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        young_interval(0, 10)
