"""What one finds in the scenarios of backups: a month, a window, a database that is lost."""

from __future__ import annotations

import pytest

from aio_sim.storage.backup.mathematics import changed_share, recovery_point
from tests.scenarios.runs import run

HOUR = 3600
SIZE = 200e9
WRITES = 250e3 * 24 * HOUR / SIZE
"""How often a block is written from one night to the next."""

DAMAGE = (
    "disasters=[{backup: incremental, at: 600h, kind: backup_damaged},"
    " {backup: incremental, at: 647h, kind: disk_lost}]"
)


FEWER = [f"backups.{number}.volume.blocks=96" for number in range(3)]


def month(name: str, *settings: str) -> dict[str, int | float]:
    """Return the numbers of one of the three strategies; of fewer blocks where it is varied."""
    metrics = run("backup-strategies", *settings, *(FEWER if settings else ())).metrics
    prefix = f"backup.{name}."
    return {
        key.removeprefix(prefix): value for key, value in metrics.items() if key.startswith(prefix)
    }


def test_full_backups_take_most_room_and_the_shortest_restore() -> None:
    full, incremental, differential = map(month, ("full", "incremental", "differential"))
    assert full["kept"] > differential["kept"] > incremental["kept"]
    assert full["recovery_time"] < differential["recovery_time"] < incremental["recovery_time"]
    links = [each["recovery_links"] for each in (full, differential, incremental)]
    assert links == [1, 2, 7]
    assert full["kept"] == pytest.approx(28 * SIZE, rel=0.01)


def test_what_is_kept_and_read_follows_from_how_often_a_block_is_written() -> None:
    each = changed_share(WRITES)
    sums = [sum(changed_share(day * WRITES) for day in range(1, 7)), 6 * each]
    for name, week, restore in (
        ("differential", sums[0], changed_share(6 * WRITES)),
        ("incremental", sums[1], 6 * each),
    ):
        found = month(name)
        # the first week has a full backup on Monday too; the run ends on Sunday
        assert found["kept"] == pytest.approx((5 + 4 * week - each) * SIZE, rel=0.08)
        assert found["recovery_read"] == pytest.approx((1 + restore) * SIZE, rel=0.03)


def test_the_recovery_point_hangs_on_the_period_alone() -> None:
    lost = {month(name)["recovery_point"] for name in ("full", "incremental", "differential")}
    assert lost == {21.5 * HOUR}
    full = month("full")
    worst = recovery_point(24 * HOUR, full["duration.max"]).worst
    assert full["exposure.max"] == pytest.approx(worst, rel=1e-6)


@pytest.mark.slow
def test_the_archived_log_makes_it_that_of_the_log() -> None:
    assert month("incremental", "backups.1.log=1h")["recovery_point"] == HOUR


def test_the_network_is_what_a_backup_and_a_restore_take() -> None:
    full = month("full")
    rate = 1e9 / 8
    assert full["duration.max"] == pytest.approx(SIZE / rate, rel=0.03)
    assert full["recovery_time"] == pytest.approx(full["recovery_read"] / rate, rel=0.03)


def test_a_damaged_link_loses_all_behind_it() -> None:
    struck = month("incremental", DAMAGE)
    assert struck["recovery_point"] == 93.5 * HOUR
    assert (struck["damaged_links"], struck["promises_broken"]) == (1, 1)


@pytest.mark.slow
def test_unless_it_is_verified_or_the_log_leads_past() -> None:
    verified = month("incremental", DAMAGE, "backups.1.verify=1d")
    assert (verified["verify.faults"], verified["promises_broken"]) == (1, 0)
    assert (verified["recovery_point"], verified["recovery_links"]) == (21.5 * HOUR, 1)
    assert month("incremental", DAMAGE, "backups.1.log=1h")["recovery_point"] == HOUR


@pytest.mark.slow
def test_a_repository_that_is_full_keeps_what_it_has() -> None:
    found = month("full", "backups.0.room=1TB")
    assert (found["count"], found["failed"], found["recovery_links"]) == (4, 24, 1)
    assert found["recovery_point"] == (647 - (3 * 24 + 1.5)) * HOUR


@pytest.mark.slow
def test_a_merged_chain_is_shorter_to_restore_and_takes_less() -> None:
    merged = month("incremental", "backups.1.merge=3")
    plain = month("incremental", "backups.1.merge=9")  # no chain is as long
    assert merged["recovery_links"] == 3
    assert merged["recovery_time"] < plain["recovery_time"]
    assert merged["kept"] < plain["kept"]
    assert merged["recovery_point"] == plain["recovery_point"]


@pytest.mark.slow
def test_a_key_that_is_lost_takes_all_with_it() -> None:
    gone = DAMAGE.replace("backup_damaged", "key_lost")
    found = month("incremental", gone, "backups.1.encryption=aes")
    assert (found["unrecoverable"], found["promises_broken"]) == (1, 1)


def window(*settings: str) -> dict[str, int | float]:
    """Return the numbers of the service and of its backup, over a fifth of the run."""
    short = ("backups.0.volume.size=5GB", "until=4min", "workload.0.count=17000")
    return run("backup-window", *short, "backups.0.full.at=1min", *settings).metrics


def alone() -> float:
    """Return how long all but the slowest requests take without a backup."""
    return window("backups.0.full.at=1d")["turnaround.p99"]


def test_a_priority_leaves_the_service_as_it_was() -> None:
    priority = window("scheduler.policy=priority", "scheduler.preemptive=true")
    assert priority["turnaround.p99"] == alone()
    plain = window()
    assert plain["turnaround.p99"] > 1.2 * alone()
    assert priority["backup.duration.max"] > 1.1 * plain["backup.duration.max"]


@pytest.mark.slow
def test_so_does_no_compression() -> None:
    assert window("backups.0.compression=none")["turnaround.p99"] == alone()


@pytest.mark.slow
def test_who_asks_for_much_at_once_holds_others_up() -> None:
    large = window("backups.0.request=64MiB")
    assert large["turnaround.p99"] > 3 * window()["turnaround.p99"]
    assert large["backup.duration.max"] < window()["backup.duration.max"]


@pytest.mark.slow
def test_a_rate_limit_is_kept() -> None:
    limited = window("backups.0.rate_limit=400Mbps", "backups.0.compression=none")
    assert limited["backup.duration.max"] == pytest.approx(5e9 * 8 / 400e6, rel=0.1)


NO_LOG = "backups.0.log=null"
NOTICED = ("disasters.0.kind=corruption", "disasters.0.noticed=5s")
DOCUMENTS = "storage.engines.0.engine=document"


def bank(*settings: str) -> dict[str, int | float]:
    """Return the numbers of the database whose disk dies, and of its backups."""
    return run("database-recovery", *settings).metrics


def test_the_archived_log_brings_a_database_back_to_its_last_piece() -> None:
    archived, without = bank(), bank(NO_LOG)
    assert (archived["backup.recovery_point"], without["backup.recovery_point"]) == (1.5, 12.5)
    assert (archived["backup.lost_writes"], without["backup.lost_writes"]) == (35, 335)
    broken = archived["backup.promises_broken"], without["backup.promises_broken"]
    assert broken == (0, 1)
    assert archived["backup.recovery_links"] == 3
    for each in (archived, without):
        assert each["storage.ledger.violations"] == 0
        assert each["backup.recovery_time"] == pytest.approx(0.64, abs=0.05)


@pytest.mark.slow
def test_a_program_gone_wrong_is_undone_to_the_flush_before_it() -> None:
    found = bank(*NOTICED)
    assert 5 < found["backup.recovery_point"] < 5.1
    assert found["storage.ledger.violations"] == 0


@pytest.mark.slow
def test_a_log_that_is_archived_more_often_loses_less_and_takes_a_little_more() -> None:
    often = bank("backups.0.log=500ms")
    assert (often["backup.recovery_point"], often["backup.lost_writes"]) == (0.5, 18)
    assert often["backup.log_bytes"] == pytest.approx(1.15 * bank()["backup.log_bytes"], rel=0.02)


@pytest.mark.slow
def test_documents_come_back_from_the_journal_to_the_same_instant() -> None:
    assert bank(DOCUMENTS)["backup.recovery_point"] == bank()["backup.recovery_point"]
