"""What the scenarios of storage servers say one finds, found."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.scenarios.runs import run

KIB, MIB = 2**10, 2**20


@cache
def pool(size: int, *settings: str) -> dict[str, Any]:
    """Return the metrics of buffer-pool, in small, with a pool of so many bytes."""
    small = (
        "storage.loads.0.records=2500",
        "storage.loads.0.operations=3000",
        "storage.loads.0.warm_up=1500",
    )
    return run("buffer-pool", f"storage.engines.0.buffer_pool={size}", *small, *settings).metrics


def test_throughput_is_that_of_the_bottleneck_whatever_the_pool() -> None:
    for size in (256 * KIB, 4 * MIB):
        metrics = pool(size, "storage.loads.0.warm_up=0")
        answered, cpu, disk = (
            metrics[name] for name in ("storage.ycsb.answered", "storage.db.cpu", "storage.db.disk")
        )
        bound = min(4 * answered / cpu, answered / disk)
        assert metrics["storage.ycsb.throughput"] <= bound * 1.001
        assert metrics["storage.ycsb.throughput"] >= bound * (0.99 if size < MIB else 0.6)


def test_more_memory_means_fewer_misses_and_no_more_is_of_use_when_all_is_there() -> None:
    rates = [pool(size)["storage.db.hit_rate"] for size in (128 * KIB, 512 * KIB, 2 * MIB)]
    assert rates == sorted(rates)
    warm = pool(2 * MIB)
    assert warm["storage.ycsb.throughput"] > 3 * pool(512 * KIB)["storage.ycsb.throughput"]
    assert pool(4 * MIB) == {**warm, "memory.peak": 4 * MIB, "memory.mean": 4 * MIB}


@cache
def durable(setting: str, *settings: str) -> dict[str, Any]:
    """Return the metrics of durability under a setting."""
    return run("durability", f"storage.engines.0.durability={setting}", *settings).metrics


def test_an_answer_that_waits_is_kept_and_one_that_does_not_may_be_lost() -> None:
    waits, lazy = durable("each_commit"), durable("each_second")
    assert waits["storage.db.lost"] == 0
    assert lazy["storage.db.lost"] == pytest.approx(0.6 * 300, rel=0.1)  # since the last second
    assert waits["storage.ledger.latency.p50"] == pytest.approx(0.012, rel=0.05)
    assert lazy["storage.ledger.latency.p50"] < 0.0002
    assert waits["storage.db.log_flushes"] > 100 * lazy["storage.db.log_flushes"]
    assert waits["storage.ledger.violations"] == lazy["storage.ledger.violations"] == 0


def test_the_document_engine_loses_a_tenth_of_a_second_at_most() -> None:
    lazy = durable("each_second", "storage.engines.0.engine=document")
    assert 0 < lazy["storage.db.lost"] <= 0.1 * 300 * 1.5


@cache
def grouped(clients: int, window: str = "0s") -> dict[str, Any]:
    """Return the metrics of group-commit with so many clients."""
    return run(
        "group-commit",
        f"storage.loads.0.clients={clients}",
        f"storage.engines.0.group_commit_window={window}",
        f"storage.loads.0.operations={100 * clients}",
        f"storage.loads.0.warm_up={30 * clients}",
    ).metrics


def test_half_of_the_clients_share_a_flush_and_an_answer_takes_two() -> None:
    assert grouped(1)["storage.db.commits_per_flush"] == 1
    assert grouped(1)["storage.ledger.latency.mean"] == pytest.approx(0.0082, rel=0.01)
    for clients in (4, 16):
        metrics = grouped(clients)
        assert metrics["storage.db.commits_per_flush"] == pytest.approx(clients / 2, rel=0.02)
        assert metrics["storage.ledger.latency.mean"] == pytest.approx(0.016, rel=0.01)
        expected = clients / 2 / 0.008  # half of the clients in each flush of 8 ms
        assert metrics["storage.ledger.throughput"] == pytest.approx(expected, rel=0.01)


def test_a_short_window_gathers_all_and_a_long_one_only_waits() -> None:
    none, short, long = grouped(16), grouped(16, "1ms"), grouped(16, "16ms")
    assert short["storage.db.commits_per_flush"] == pytest.approx(16, rel=0.03)
    assert short["storage.ledger.latency.mean"] == pytest.approx(0.0092, rel=0.01)
    ratio = short["storage.ledger.throughput"] / none["storage.ledger.throughput"]
    assert ratio == pytest.approx(1.75, rel=0.02)
    assert long["storage.ledger.latency.mean"] > none["storage.ledger.latency.mean"]


@cache
def catalogue(engine: str, *settings: str) -> dict[str, Any]:
    """Return the metrics of catalogue-store, in small, on an engine."""
    small = (
        "storage.loads.0.records=1000",
        "storage.engines.0.page_size=4KiB",
        "storage.engines.0.buffer_pool=512KiB",
        "storage.loads.0.operations=2000",
        "storage.loads.0.warm_up=1000",
    )
    return run("catalogue-store", f"storage.engines.0.engine={engine}", *small, *settings).metrics


def test_a_catalogue_is_read_twice_as_fast_as_documents() -> None:
    tables, documents = catalogue("relational"), catalogue("document")
    name = "storage.catalogue.throughput"
    assert documents[name] / tables[name] > 1.7
    assert tables["storage.db.statements"] > 1.9 * documents["storage.db.statements"]
    assert tables["storage.db.pages_read"] > 1.5 * documents["storage.db.pages_read"]


def test_a_catalogue_whose_prices_change_all_the_time_is_better_off_in_tables() -> None:
    settings = ("storage.loads.0.updates=0.5", "storage.engines.0.buffer_pool=16MiB")
    tables, documents = catalogue("relational", *settings), catalogue("document", *settings)
    name = "storage.catalogue.throughput"
    assert tables[name] > 1.1 * documents[name]
    assert documents["storage.db.log_bytes"] > 3 * tables["storage.db.log_bytes"]


@cache
def ledger(engine: str) -> dict[str, Any]:
    """Return the metrics of ledger-store on an engine."""
    small = ("storage.loads.0.operations=3500", "storage.loads.0.records=1000")
    return run("ledger-store", f"storage.engines.0.engine={engine}", *small).metrics


def test_a_ledger_of_documents_does_not_add_up_after_crashes_and_one_of_tables_does() -> None:
    tables, documents = ledger("relational"), ledger("document")
    assert tables["storage.db.lost"] == documents["storage.db.lost"] == 0
    assert tables["storage.db.crashes"] == documents["storage.db.crashes"] == 2
    assert tables["storage.ledger.violations"] == 0
    assert documents["storage.ledger.violations"] == 1


def test_two_writes_take_twice_the_flushes_of_one_transaction() -> None:
    tables, documents = ledger("relational"), ledger("document")
    assert documents["storage.db.log_flushes"] / tables["storage.db.log_flushes"] > 1.8
    slower = (
        documents["storage.ledger.transfer.latency.mean"]
        / tables["storage.ledger.transfer.latency.mean"]
    )
    assert slower == pytest.approx(1.6, abs=0.15)
