"""What the scenarios of virtual machines and their monitors say one finds, found."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np
import pytest

from aio_sim import Scenario, simulate
from aio_sim.analysis.replay import slices
from aio_sim.virtualization.profile import ESXI, PROFILES, Profile
from tests.scenarios.runs import column, run

GIB = 2**30
NAMES = ("web", "db", "batch", "lab")


def booted(work: float) -> list[str]:
    """Return settings of vm-life in which all four are up and busy for so many seconds each."""
    each = [f"vms.{at}.booted=true" for at in range(4)]
    return [*each, *(f"workload.{at}.work={work}" for at in range(4)), "vms.3.steps=[]"]


def cores_had(*settings: str) -> list[float]:
    """Return the part of a core that each machine of vm-life has while all are busy."""
    metrics = run("vm-life", *booted(100), "until=60", *settings).metrics
    return [metrics[f"vm.{name}.busy"] / 60 for name in NAMES]


def test_shares_and_a_reservation_divide_two_cores_among_four_busy_machines() -> None:
    # Shares alone: 2/5, 1/5, 1/5, 1/5 of two cores. What db reserves leaves 3/2 to 2 : 1 : 1.
    assert cores_had("vms.1.reservation.cores=0") == pytest.approx([0.8, 0.4, 0.4, 0.4], rel=0.03)
    assert cores_had() == pytest.approx([0.75, 0.5, 0.375, 0.375], rel=0.03)


def test_a_limit_leaves_the_rest_to_the_others() -> None:
    expected = [2 * 1.25 / 3, 0.5, 0.25, 1.25 / 3]
    assert cores_had("vms.2.limit.cores=0.25") == pytest.approx(expected, rel=0.03)


def boots_with_enough_cores() -> list[float]:
    """Return the boots of vm-life by hand, with nothing to wait for but one disk."""
    memory = np.array([2, 4, 2, 2])
    ready = 0.5 + 0.1 * memory
    read = 560e6 / (490 / 520) / 550e6 + 100e-6
    order = np.argsort(ready, kind="stable")
    free = list(accumulate(ready[order], lambda free, at: max(free, at) + read, initial=0.0))[1:]
    return [float(end) + 5.4 / 0.98 for end in free]


def test_of_a_boot_storm_the_disk_costs_a_part_and_the_cores_the_rest() -> None:
    by_hand = boots_with_enough_cores()
    enough = run("vm-life", "hosts.0.cores=4").metrics
    assert enough["vm.boot.mean"] == pytest.approx(sum(by_hand) / 4, rel=1e-6)
    assert enough["vm.boot.max"] == pytest.approx(max(by_hand), rel=1e-6)
    assert min(by_hand) == pytest.approx(7.3, abs=0.05)  # a boot alone
    storm = run("vm-life").metrics["vm.boot.mean"]
    assert storm == pytest.approx(14.5, abs=0.5)
    one_by_one = [f"vms.{at}.start={8 * at}" for at in range(4)]
    assert run("vm-life", *one_by_one).metrics["vm.boot.mean"] < 0.65 * storm


def test_a_paused_or_saved_machine_stands_still_and_its_tests_lose_nothing() -> None:
    metrics = run("vm-life").metrics
    assert metrics["vm.lab.paused"] == 10
    assert set(column("vm-life", "status").values()) == {"completed"}
    # Booted, then three tests of 3 s, and half a second to shut down: nothing is done twice.
    assert metrics["vm.lab.busy"] == pytest.approx((5.4 + 9 + 0.5) / 0.98, rel=1e-6)


def test_memory_is_promised_beyond_what_there_is_but_never_lent() -> None:
    metrics = run("vm-life").metrics
    assert (metrics["vm.overcommit.cores"], metrics["vm.overcommit.memory"]) == (2, 1.25)
    assert metrics["memory.peak"] == 8 * GIB


def test_without_overcommit_of_cores_two_of_four_machines_find_room() -> None:
    metrics = run("vm-life", "vmm.overcommit.cores=1").metrics
    assert (metrics["vm.refused"], metrics["vm.consolidation"]) == (2, 2)
    assert metrics["tasks.failed"] == 1 + 3  # those of batch and lab


BOTH_HOLD_ALL = ("vmm.overcommit.cores=4", "vmm.overcommit.memory=1.5")


def test_a_type_one_monitor_holds_more_machines() -> None:
    assert run("esxi-or-virtualbox").metrics["vm.refused"] == 0
    hosted = run("esxi-or-virtualbox", "vmm.profile=virtualbox").metrics
    assert (hosted["vm.refused"], hosted["vm.consolidation"]) == (2, 4)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_query_takes_its_work_at_the_monitors_speed_and_the_saving(profile: Profile) -> None:
    settings = (f"vmm.profile={profile.name}",)
    start, finish = (
        column("esxi-or-virtualbox", field, *settings)["query-0"] for field in ("start", "finish")
    )
    saving = profile.snapshot / 1e9 + 4 * GIB / profile.disk_efficiency / Fraction(520_000_000)
    assert finish - start == pytest.approx(60 / profile.speed + saving, rel=1e-3)


def test_with_as_many_machines_virtualbox_is_done_some_five_percent_later() -> None:
    def metrics(profile: str) -> Any:
        return run("esxi-or-virtualbox", f"vmm.profile={profile}", *BOTH_HOLD_ALL).metrics

    first, second = metrics("esxi"), metrics("virtualbox")
    assert second["makespan"] / first["makespan"] == pytest.approx(1.056, abs=0.005)
    # Two cores that are never idle but while they wait for the first boots.
    ratio = float(ESXI.speed / PROFILES["virtualbox"].speed)
    assert second["makespan"] / first["makespan"] > ratio
    assert second["vm.boot.mean"] - first["vm.boot.mean"] == pytest.approx(1.5, abs=0.1)


def day(*memory: str) -> Any:
    return run("segments-over-a-day", *(f"vms.0.memory.{field}" for field in memory)).metrics


@pytest.mark.parametrize("fit", ["first", "best", "worst", "next"])
def test_over_a_day_there_are_half_as_many_holes_as_blocks(fit: str) -> None:
    metrics = day(f"fit={fit}")
    assert metrics["memory.holes"] / metrics["memory.blocks"] == pytest.approx(0.5, abs=0.05)


def test_the_worst_fit_leaves_half_as_much_again_in_pieces() -> None:
    first, best, following, worst = (
        day(f"fit={fit}")["memory.external_fragmentation"]
        for fit in ("first", "best", "next", "worst")
    )
    assert best == pytest.approx(first, rel=0.1)
    assert first < following < worst
    assert worst == pytest.approx(1.5 * first, rel=0.1)


def test_buddies_waste_within_blocks_what_their_powers_of_two_round_up() -> None:
    # Code and data are a quarter and a half of a job of 2 to 30 MiB; stacks have what they visited.
    jobs = np.random.default_rng(0).uniform(2, 30, 100_000) * 2**20
    segments = np.concatenate([jobs / 4, jobs / 2])
    lent = 2.0 ** np.ceil(np.log2(segments))
    wasted = 1 - segments.sum() / lent.sum()
    metrics = day("fit=buddy")
    # Nothing is lent, and so nothing wasted, while there is no job.
    expected = wasted * metrics["cpu.utilization"]
    assert metrics["memory.internal_fragmentation"] == pytest.approx(expected, abs=0.02)
    assert metrics["memory.evictions"] > 2 * day()["memory.evictions"]
    assert day()["memory.internal_fragmentation"] == 0


def test_compaction_spares_segments_and_costs_their_copying() -> None:
    plain, compacted = day(), day("compaction=true")
    assert compacted["memory.evictions"] < 0.6 * plain["memory.evictions"]
    moved = compacted["memory.copied"] - plain["memory.copied"]
    assert moved == pytest.approx(17e9, rel=0.1)
    # 10 GB/s: two seconds of a core in the day, and fewer faults for it.
    assert compacted["vm.vm.busy"] - plain["vm.vm.busy"] == pytest.approx(moved / 1e10, rel=0.05)


def test_each_level_has_its_own_rows_in_the_schedule() -> None:
    trace = simulate(Scenario.load("vm-life"), level="full").trace
    names = trace.names()
    rows: dict[str, set[str]] = {}
    for stay in slices(trace):
        rows.setdefault(stay.cpu, set()).add(names[stay.process])
    assert rows["h1"] == {f"{machine}/0" for machine in NAMES}
    assert rows["web"] == {"web: system start", *(f"page-{at}" for at in range(4))}
    assert rows["lab"] == {"lab: system start", "lab: system stop", "test-0", "test-1", "test-2"}
