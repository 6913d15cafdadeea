"""What is wrong in a section `storage` is said with its place, all at once."""

from __future__ import annotations

import pytest

from aio_sim import Scenario
from aio_sim.kernel.errors import ScenarioError

HOST = "{name: h1, memory: 64MiB}"
LOAD = "{on: db, kind: ledger, operations: 10}"


def told(engines: str, loads: str = LOAD) -> str:
    text = f"name: s\nhosts: [{HOST}]\nstorage:\n  engines: [{engines}]\n  loads: [{loads}]\n"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ("{name: db, on: h2}", "engines[0].on: there is no host 'h2'"),
        (
            "{name: db, on: h1, engine: document, page_size: 3KiB, log: 3MiB}",
            "page_size: a database with pages of 3072 bytes has 194055 pages or less",
        ),
        ("{name: db, on: h1, page_size: 1000}", "page_size: must be a multiple of 512 bytes"),
        ("{name: db, on: h1, buffer_pool: 128KiB}", "buffer_pool: must be 512 KiB or more"),
        ("{name: db, on: h1}", "h1 has 64 MiB, and its engines would take 128 MiB"),
        ("{name: db, on: h1, buffer_pool: 1MiB, size: 2TB}", "size: h1 has 931.3 GiB"),
        ("{name: db, on: h1, engine: mysql}", "engine: must be one of relational, document"),
        (
            "{name: db, on: h1, buffer_pool: 4MiB, engine: document, isolation: serialisable}",
            "isolation: only the relational engine has it",
        ),
        (
            "{name: db, on: h1, buffer_pool: 1MiB, durability: each_second, "
            "group_commit_window: 1ms}",
            "group_commit_window: is of no use",
        ),
        (
            "{name: db, on: h1, engine: structure}",
            "engines[0]: an engine `structure` needs one of dict",
        ),
        (
            "{name: db, on: h1, engine: structure, structure: bplustree}",
            "unknown structure 'bplustree'; did you mean 'bplus_tree'?",
        ),
        (
            "{name: db, on: h1, engine: structure, structure: trie}",
            "the lab measures 'trie', but it is no store of records by key; expected one of",
        ),
        (
            "{name: db, on: h1, buffer_pool: 1MiB, structure: dict}",
            "engines[0].structure: only the engine `structure` has it",
        ),
        (
            "{name: db, on: h1, engine: structure, structure: dict, durability: each_second}",
            "durability: a structure has no log and no transactions",
        ),
        ("{name: db, on: h1, engine: structure, structure: dict}", "would take 256 MiB"),
        (
            "{name: db, on: h1, engine: structure, structure: lsm_tree, growth: 1}",
            "growth: must be at least 2",
        ),
        (
            "{name: db, on: h1, buffer_pool: 1MiB}, {name: db, on: h1, buffer_pool: 1MiB}",
            "there is already an engine db",
        ),
    ],
)
def test_an_engine_that_cannot_be_is_told(engine: str, expected: str) -> None:
    assert expected in told(engine)


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        (
            "{on: bd, kind: ledger, operations: 1}",
            "loads[0].on: there is no engine 'bd'; expected one of db",
        ),
        ("{on: db, kind: ledgr, operations: 1}", "unknown kind 'ledgr'; did you mean 'ledger'?"),
        ("{on: db, kind: ycsb, workload: G, operations: 1}", "must be one of A, B, C, D, E, F"),
        ("{on: db, kind: ledger, operations: 9, rate: 1, clients: 2}", "together with `rate`"),
        ("{on: db, kind: ycsb, operations: 1}", "loads[0]: needs a `workload`, A to F, or a `mix`"),
        (
            "{on: db, kind: ycsb, workload: A, mix: {read: 1}, operations: 1}",
            "mix: cannot be given together with `workload`",
        ),
        ("{on: db, kind: ycsb, mix: {}, operations: 1}", "one weight must be above 0"),
        (
            "{on: db, kind: ycsb, mix: {reads: 1}, operations: 1}",
            "mix.reads: unknown field 'reads'; did you mean 'read'",
        ),
        ("{on: db, kind: ledger, operations: 9, warm_up: 9}", "must be less than the 9 operations"),
        ("{on: db, kind: ledger, operations: 9, name: db}", "there is already something called db"),
        (f"{LOAD}, {LOAD}", "loads[1].kind: db has a load of this kind already"),
        ("{on: h1, kind: block_trace, path: none.csv}", "no such file"),
        ("{on: db, kind: ycsb, workload: A}", "operations"),
    ],
)
def test_a_load_that_cannot_be_is_told(loads: str, expected: str) -> None:
    assert expected in told("{name: db, on: h1, buffer_pool: 1MiB}", loads)


def test_loads_are_called_as_they_say_or_by_their_kinds() -> None:
    scenario = Scenario.from_text(
        """
name: s
hosts: [{name: h1}]
storage:
  engines: [{name: a, on: h1}, {name: b, on: h1, engine: document}]
  loads:
    - {on: a, kind: ledger, operations: 1}
    - {on: b, kind: ledger, operations: 1}
    - {on: a, kind: ycsb, workload: A, operations: 1}
    - {on: b, kind: ycsb, workload: A, operations: 1, name: mine}
"""
    )
    assert scenario.storage is not None
    assert scenario.storage.labels() == ("ledger-0", "ledger-1", "ycsb", "mine")
    pools = [engine.settings.buffer_pool for engine in scenario.storage.engines]
    assert pools == [128 * 2**20, 256 * 2**20]  # of each profile


def test_a_load_of_transactions_is_not_for_a_structure() -> None:
    engine = "{name: db, on: h1, engine: structure, structure: dict, buffer_pool: 1MiB}"
    expected = "loads[0].kind: a structure keeps single records and no transactions; expected ycsb"
    assert expected in told(engine)


def test_a_record_of_which_three_do_not_go_into_a_page_is_told() -> None:
    engine = "{name: db, on: h1, engine: structure, structure: bplus_tree}"
    load = "{on: db, kind: ycsb, workload: A, operations: 1, field_length: 200}"
    assert "field_length: 3 records must go into a page, which leaves 1.294 KiB" in told(
        engine, load
    )
