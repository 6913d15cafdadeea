"""What a summary tells of storage servers: a row a load, a row a server, and what does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from aio_sim import Scenario, simulate
from aio_sim.cli import main

SCENARIO = """
name: small
hosts: [{name: h1, memory: 1GiB, disk: {size: 2TB, read: 1GB/s, write: 1GB/s, latency: 1ms}}]
failures: [{host: h1, at: 60ms, for: 1s}]
storage:
  engines: [{name: db, on: h1, engine: document, buffer_pool: 4MiB, log: 8MiB}]
  loads: [{name: money, on: db, kind: ledger, records: 200, operations: 400, clients: 16}]
"""


def test_loads_and_servers_have_a_row_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(SCENARIO)
    assert main(["run", str(file)]) == 0
    told = capsys.readouterr().out
    assert "money" in told
    assert "a second" in told
    assert "hit rate" in told
    assert "storage.money." not in told  # nothing twice
    assert max(map(len, told.splitlines())) <= 80


def test_metrics_and_names_come_with_the_trace() -> None:
    run = simulate(Scenario.from_text(SCENARIO), audit=True)
    assert run.trace.meta["storage"] == {"loads": ["money"], "servers": ["db"]}
    assert run.metrics["storage.money.answered"] + run.metrics["storage.money.failed"] == 400
    violations = run.metrics["storage.money.violations"]
    sentences = run.trace.meta.get("storage_violations", {}).get("money", [])
    assert len(sentences) == violations
