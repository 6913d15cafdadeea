"""What structure-choice says one finds, found; the lab says the same of the same mix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from aio_sim.storage.structures.choice import Demands, Medium, choose
from aio_sim.storage.structures.measurement import Operation
from aio_sim.storage.structures.theory import (
    bplus_heights,
    chained_probes,
    linear_probes,
    lsm_items_written,
)
from tests.scenarios.runs import run

RECORDS = 2000
OPERATIONS = {"sessions": 1000, "readings": 2000, "report": 150}
PLACES = {"sessions": 0, "readings": 1, "report": 2}
LOADS = {"sessions": "visits", "readings": "sensors", "report": "lists"}


@cache
def on(application: str, structure: str, *settings: str) -> Mapping[str, Any]:
    """Return the metrics of an application on a structure, in small; the others stand nearly still.

    Their names are without `storage.` and the name of the server or load.
    """
    place = PLACES[application]
    small = [f"storage.engines.{place}.structure={structure}"]
    for name, other in PLACES.items():
        count, records = (OPERATIONS[name], RECORDS) if name == application else (1, 10)
        small += [
            f"storage.loads.{other}.operations={count}",
            f"storage.loads.{other}.records={records}",
        ]
    metrics = run("structure-choice", *small, *settings).metrics
    prefixes = (f"storage.{application}.", f"storage.{LOADS[application]}.")
    return {
        name.removeprefix(prefix): value
        for prefix in prefixes
        for name, value in metrics.items()
        if name.startswith(prefix)
    }


def ranked(application: str, *structures: str, by: str = "steps") -> list[str]:
    """Return structures in the order of what they took in the run."""
    return sorted(structures, key=lambda each: on(application, each)[by])


def advised(among: list[str], medium: Medium = Medium.MEMORY, **mix: float) -> list[str]:
    """Return structures in the order in which the lab has them."""
    weights = {Operation(name): weight for name, weight in mix.items()}
    names = [each.structure.name for each in choose(Demands(weights, RECORDS, medium=medium))]
    return [name for name in names if name in among]


def test_a_session_cache_wants_a_hash_table_as_the_lab_says() -> None:
    found = ranked("sessions", "dict", "hash_chaining", "avl_tree", "bisect")
    assert found == advised(found, lookup=90, insert=30)  # an update looks up, and puts back
    best, tree = on("sessions", "dict"), on("sessions", "avl_tree")
    assert best["throughput"] > 2 * tree["throughput"]
    assert best["bytes_per_record"] < tree["bytes_per_record"]


def test_a_hash_table_that_doubles_makes_one_of_its_clients_wait() -> None:
    found = on("sessions", "hash_chaining")
    assert found["load_factor"] == pytest.approx(0.5, abs=0.05)  # of 2048 slots and now 4096
    assert found["insert.latency.max"] > 100 * found["insert.latency.p50"]


def test_a_log_on_disk_wants_an_lsm_tree_as_the_lab_says() -> None:
    found = ranked("readings", "bplus_tree", "lsm_tree", by="disk")
    assert found == advised(found, Medium.DISK, insert=95, lookup=5) == ["lsm_tree", "bplus_tree"]
    log, tree = on("readings", "lsm_tree"), on("readings", "bplus_tree")
    assert log["throughput"] > 15 * tree["throughput"]
    assert tree["write_amplification"] > 6 * log["write_amplification"]
    assert log["insert.latency.max"] > tree["insert.latency.max"]  # who meets a merge waits for it
    assert log["insert.latency.p95"] < tree["insert.latency.p50"] / 100


def test_a_report_wants_order_as_the_lab_says() -> None:
    found = ranked("report", "skip_list", "avl_tree", "hash_chaining")
    assert found == advised(found, range=95, insert=5)
    hashed, ordered = on("report", "hash_chaining"), on("report", "skip_list")
    assert hashed["scan.latency.mean"] > 20 * ordered["scan.latency.mean"]
    assert hashed["insert.latency.mean"] < ordered["insert.latency.mean"]


@pytest.mark.parametrize("structure", ["hash_chaining", "hash_open_addressing"])
def test_probes_are_those_of_the_load_factor(structure: str) -> None:
    reads = "storage.loads.0.mix={read: 1}", "storage.loads.0.popularity=uniform"
    found = on("sessions", structure, *reads)
    theory = chained_probes if structure == "hash_chaining" else linear_probes
    probes = found["equality_tests"] / OPERATIONS["sessions"]
    assert probes == pytest.approx(theory(found["load_factor"]), rel=0.05)
    assert found["hashes"] == OPERATIONS["sessions"]


def test_a_b_plus_tree_reads_a_page_a_level_and_is_as_high_as_it_may() -> None:
    found = on("readings", "bplus_tree")
    page_items = 4096 // (24 + 2 * 40 + 16)
    assert found["pages_read"] == found["height"] * OPERATIONS["readings"]
    least, most = bplus_heights(found["records"], page_items)
    assert least <= found["height"] <= most


def test_an_lsm_tree_writes_what_the_counter_of_its_levels_says() -> None:
    inserts = "storage.loads.1.mix={insert: 1}", "storage.engines.1.page_size=512B"
    found = on("readings", "lsm_tree", *inserts)
    memory, page_items = 32 * 1024 // 120, 512 // 120
    before, after = (lsm_items_written(count, memory, 4) for count in (RECORDS, RECORDS + 2000))
    assert found["pages_written"] * page_items == pytest.approx(after - before, rel=0.02)
    amplification = (after - before) / 2000 * 512 / page_items / (24 + 80)
    assert found["write_amplification"] == pytest.approx(amplification, rel=0.03)
