"""What one finds in the scenarios of distributed data: files, distributions, encryption."""

from __future__ import annotations

import pytest

from aio_sim import Scenario, simulate
from aio_sim.codecs.costs import SHIPPED
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.distributed.distribution_times import chain_time, swarm_bound, tree_time, unicast_time
from aio_sim.distributed.file_system.durability import mean_time_to_loss
from tests.scenarios.runs import column, run, turnaround

STRIPES = ("file_system.replication=null", "file_system.reed_solomon={}")
DAY = 86_400.0
MILLISECOND = 1_000_000


def lost(*settings: str, seed: int | None = None) -> float:
    return run("redundancy-under-failures", *settings, seed=seed).metrics["dfs.lost"]


def test_one_copy_loses_all_two_lose_some_three_and_stripes_lose_nothing() -> None:
    assert lost("file_system.replication=1") == 120
    assert 0 < lost("file_system.replication=2") < 20
    three = run("redundancy-under-failures").metrics
    striped = run("redundancy-under-failures", *STRIPES).metrics
    assert three["dfs.lost"] == striped["dfs.lost"] == 0
    assert three["dfs.verified"] == striped["dfs.verified"] == 10
    assert 2.5 < striped["dfs.repair.bytes"] / three["dfs.repair.bytes"] < 3.6
    assert striped["dfs.get.time.mean"] < 0.6 * three["dfs.get.time.mean"]


def test_the_sooner_a_death_is_noticed_the_less_is_lost() -> None:
    late = "file_system.heartbeat.recheck=2h"
    assert lost("file_system.replication=2", late) > 5 * lost("file_system.replication=2")
    assert 0 < lost(late) < 20


@pytest.mark.slow
def test_two_copies_are_lost_as_often_as_the_closed_form_says() -> None:
    """Over 40 seeds, within three standard errors of the mean of blocks lost in twenty days."""
    scenario = Scenario.load("redundancy-under-failures", set=["file_system.replication=2"])
    counts = [simulate(scenario, seed=seed).metrics["dfs.lost"] for seed in range(200, 240)]
    mean = sum(counts) / len(counts)
    deviation = (sum((count - mean) ** 2 for count in counts) / (len(counts) - 1)) ** 0.5
    expected = 120 * 20 / mean_time_to_loss(2, 1, 2, 630 / DAY)
    assert abs(mean - expected) < 3 * deviation / len(counts) ** 0.5


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("unicast", unicast_time(500_000_000, 200, 10**9, 2 * MILLISECOND)),
        ("chain", chain_time(500_000_000, 200, 32, 10**9, 2 * MILLISECOND)),
        ("tree", tree_time(500_000_000, 200, 10**9, 2 * MILLISECOND)),
    ],
)
def test_a_model_takes_the_time_of_the_closed_form(scheme: str, expected: int) -> None:
    metrics = run("model-distribution", f"distributions.0.scheme={scheme}").metrics
    assert metrics["distribution.model.time"] == metrics["distribution.model.expected"]
    assert metrics["distribution.model.time"] == expected / 1e9
    assert metrics["network.bytes"] == 200 * 500_000_000


def test_a_swarm_is_within_an_eighth_of_the_bound() -> None:
    metrics = run("model-distribution").metrics
    bound = swarm_bound(500_000_000, 200, 32, 10**9, 2 * MILLISECOND) / 1e9
    assert metrics["distribution.model.bound"] == bound
    assert bound <= metrics["distribution.model.time"] < 1.125 * bound


@pytest.mark.parametrize(("scheme", "reached"), [("chain", 99), ("tree", 199)])
def test_a_host_that_dies_breaks_a_chain_but_no_tree(scheme: str, reached: int) -> None:
    dies = "failures=[{host: edge-99, at: 2}]"
    metrics = run("model-distribution", f"distributions.0.scheme={scheme}", dies).metrics
    assert metrics["distribution.reached"] == reached


def security(kind: str, *settings: str) -> dict[str, float]:
    metrics: dict[str, float] = run("encryption-modes", f"encryption={kind}", *settings).metrics
    return metrics


def test_without_encryption_all_is_read_and_changes_are_taken_for_genuine() -> None:
    plain = security("none")
    assert plain["security.readable"] == plain["security.passed"] == 10_200_000_000
    assert plain["security.frames.altered"] > 0 < plain["security.frames.repeated"]
    assert plain["security.frames.refused"] == 0
    taps = run("encryption-modes", "encryption=none").trace.meta["adversaries"]
    assert taps[0]["excerpt"].startswith("visit,patient,reason,minutes")


@pytest.mark.parametrize("kind", ["aes", "hybrid", "rsa"])
def test_with_encryption_nothing_is_read_and_every_change_is_noticed(kind: str) -> None:
    sealed = security(kind)
    assert sealed["security.readable"] == 0
    assert sealed["security.frames.altered"] == sealed["security.frames.repeated"] == 0
    assert sealed["security.frames.refused"] > 0
    taps = run("encryption-modes", f"encryption={kind}").trace.meta["adversaries"]
    assert not any(tap["excerpt"] for tap in taps)


def test_aes_is_the_bottleneck_of_the_fast_link_only() -> None:
    aes = security("aes", "hosts.2.cores=2", "adversaries=[]")
    cipher = SHIPPED.decryption(EncryptionKind.AES, 10**10) / 1e9
    assert aes["distribution.fast.time"] == pytest.approx(cipher, rel=0.1)
    assert aes["distribution.slow.time"] == pytest.approx(8, rel=0.001)
    assert turnaround("encryption-modes", "encryption=aes") == pytest.approx(10 + cipher, rel=0.01)


def test_nobody_encrypts_bulk_data_by_rsa() -> None:
    rsa = security("rsa")
    time = SHIPPED.decryption(EncryptionKind.RSA, 10**8) / 1e9
    assert rsa["distribution.slow.time"] == pytest.approx(time, rel=0.02)
    assert rsa["distribution.fast.time"] > 6 * 3600
    assert security("hybrid")["distribution.slow.time"] < 1.06 * 8


def test_a_tamperer_of_every_frame_stops_a_transfer_and_is_noticed() -> None:
    stopped = run("encryption-modes", "encryption=aes", "adversaries.1.share=1")
    assert stopped.metrics["distribution.reached"] == 1
    assert stopped.metrics["security.transfers.refused"] == 1
    assert "archive" in stopped.trace.meta["distributions"]["slow"]["missing"]


def test_a_terabyte_survives_the_day_and_is_read_where_it_lies() -> None:
    day = run("terabyte-day").metrics
    assert day["dfs.bytes.written"] == 24 * 40 * 2**30
    assert (day["dfs.lost"], day["dfs.verified"], day["dfs.nodes.dead"]) == (0, 24, 1)
    assert day["turnaround.max"] < day["dfs.get.time.max"] / 3
    assert day["dfs.get.time.max"] >= day["dfs.bytes.written"] * 8 / 10e9


def test_stripes_are_stored_and_read_faster_and_repaired_dearer() -> None:
    copies, striped = run("terabyte-day").metrics, run("terabyte-day", *STRIPES).metrics
    assert striped["dfs.put.time.max"] < 0.5 * copies["dfs.put.time.max"]
    assert striped["turnaround.max"] < copies["turnaround.max"]
    assert striped["dfs.repair.bytes"] > 1.5 * copies["dfs.repair.bytes"]


def test_what_is_lost_is_named_and_the_tasks_that_wanted_it_fail() -> None:
    one = run("terabyte-day", "file_system.replication=1")
    told = one.trace.meta["files"]["unreadable"]
    assert sum(map(len, told.values())) == one.metrics["dfs.lost"] == 20
    assert len(told) == one.metrics["tasks.failed"] == 9
    status = column("terabyte-day", "status", "file_system.replication=1")
    assert status["hour-0"] == ("failed" if "/logs/hour-0" in told else "completed")
