"""YCSB: the mixes, the records and the keys are those of the core workloads."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from aio_sim.storage.server.statements import Change, Get, Put, Scan
from aio_sim.storage.workloads.ycsb import (
    INSERT,
    KINDS,
    MIXES,
    READ,
    READ_MODIFY_WRITE,
    SCAN,
    UPDATE,
    Mix,
    Shape,
    Ycsb,
)


def ycsb(mix: Mix, records: int = 100) -> Ycsb:
    generator = np.random.Generator(np.random.PCG64(3))
    return Ycsb(MIXES[mix], Shape(records, fields=3, field_length=10), generator)


def drawn(workload: Ycsb, count: int) -> list[tuple[int, list[Any]]]:
    found = []
    for _operation in range(count):
        kind, program = workload.draw()
        found.append((kind, list(program())))
    return found


@pytest.mark.parametrize(
    ("mix", "shares"),
    [
        ("A", {READ: 0.5, UPDATE: 0.5}),
        ("B", {READ: 0.95, UPDATE: 0.05}),
        ("C", {READ: 1.0}),
        ("D", {READ: 0.95, INSERT: 0.05}),
        ("E", {SCAN: 0.95, INSERT: 0.05}),
        ("F", {READ: 0.5, READ_MODIFY_WRITE: 0.5}),
    ],
)
def test_operations_come_in_their_shares(mix: Mix, shares: dict[int, float]) -> None:
    counts = Counter(kind for kind, _statements in drawn(ycsb(mix), 4000))
    assert set(counts) == set(shares)
    for kind, share in shares.items():
        assert counts[kind] / 4000 == pytest.approx(share, abs=0.03), KINDS[kind]


def test_an_update_writes_one_field_and_a_scan_up_to_a_hundred_records() -> None:
    for kind, statements in drawn(ycsb("A"), 200):
        if kind == UPDATE:
            (change,) = statements
            assert isinstance(change, Change)
            assert [len(text) for text in change.fields.values()] == [10]  # type: ignore[arg-type]
    lengths = {
        statement.limit
        for _kind, statements in drawn(ycsb("E"), 2000)
        for statement in statements
        if isinstance(statement, Scan)
    }
    assert (min(lengths), max(lengths)) == (1, 100)


def test_a_read_modify_write_updates_the_record_that_it_read() -> None:
    for kind, statements in drawn(ycsb("F"), 100):
        if kind == READ_MODIFY_WRITE:
            read, write = statements
            assert isinstance(read, Get)
            assert isinstance(write, Change)
            assert read.key == write.key


def test_inserted_records_have_new_keys_and_are_read_later() -> None:
    workload = ycsb("D")
    first = {record["key"] for record in workload.records("usertable")}
    assert "user6284781860667377211" in first
    operations = [statement for _kind, (statement,) in drawn(workload, 8000)]
    new = [statement.record["key"] for statement in operations if isinstance(statement, Put)]
    assert len(set(new)) == len(new)
    assert first.isdisjoint(new)
    read = {statement.key for statement in operations if isinstance(statement, Get)}
    assert read.intersection(new)


def test_the_same_stream_draws_the_same_operations() -> None:
    assert drawn(ycsb("A"), 100) == drawn(ycsb("A"), 100)
