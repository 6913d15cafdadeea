"""Backups in a run: whatever fails when, what is restored is to the byte what there was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aio_sim import Run, Scenario, simulate
from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario.backups import VolumeSpec

HOSTS = """
hosts:
  - name: db
    disk: {size: 100GB, read: 500MB/s, write: 500MB/s}
    network: {bandwidth: 1Gbps}
  - name: vault
    disk: {size: 400GB, read: 200MB/s, write: 200MB/s}
    network: {bandwidth: 1Gbps}
"""
PLAN = """
    host: db
    to: vault
    volume: {size: 10GB, change_rate: 100kB/s, blocks: 48, block_size: 256}
    request: 200MB
"""


def run(backup: str, rest: str = "", until: str = "6d") -> Run:
    """Run a scenario of one backup, audited."""
    text = f"name: t\nuntil: {until}\n{HOSTS}\nbackups:\n  - name: b\n{PLAN}{backup}\n{rest}"
    return simulate(Scenario.from_text(text), level="full", audit=True)


def numbers(backup: str, rest: str = "", until: str = "6d") -> dict[str, Any]:
    """Return the numbers of the backups of such a run."""
    metrics = run(backup, rest, until).metrics
    return {k.removeprefix("backup."): v for k, v in metrics.items() if k.startswith("backup.")}


hours = st.integers(1, 140)
DATA, KEPT = ("disk_lost", "corruption"), ("backup_damaged", "backup_missing")
disasters = st.lists(
    st.one_of(
        st.builds("{{at: {}h, kind: {}, noticed: 90min}}".format, hours, st.sampled_from(DATA)),
        st.builds("{{at: {}h, kind: {}, struck: any}}".format, hours, st.sampled_from(KEPT)),
    ),
    max_size=5,
)
plans = st.builds(
    "\n    ".join(
        ["    full: {}", "{}: 12h", "log: {}", "method: {}", "merge: {}", "retention: {}"]
    ).format,
    st.sampled_from(["2d", "7d", "0 2 * * *"]),
    st.sampled_from(["incremental", "differential"]),
    st.sampled_from(["null", "1h", "5h"]),
    st.sampled_from(["snapshot", "fuzzy"]),
    st.sampled_from(["null", "2", "3"]),
    st.sampled_from(["null", "{count: 3}", "{age: 2d}", "{days: 2, weeks: 1}"]),
)
failures = st.sampled_from(
    ["", "failures: [{host: db, at: 20h, for: 30h}]", "failures: [{host: vault, at: 48h, for: 9h}]"]
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans, disasters, failures)
def test_any_life_of_data_and_backups_passes_the_audit(
    plan: str, happens: list[str], fails: str
) -> None:
    found = numbers(plan, f"disasters: [{', '.join(happens)}]\n{fails}")
    assert found.get("recoveries", 0) <= len(happens)
    assert found["kept"] <= found["kept.max"] <= 400e9


def test_a_host_that_dies_breaks_its_backup_off_and_leaves_the_old_chain() -> None:
    for host in ("db", "vault"):
        fails = f"failures: [{{host: {host}, at: 86420s, for: 1h}}]\n"
        lost = "disasters: [{at: 1.5d, kind: disk_lost}]"
        found = numbers("    full: 1d", fails + lost, until="2d")
        assert (found["count"], found["failed"]) == (1, 1)
        assert found["recovery_point"] == 36 * 3600  # the one of the beginning


def test_a_link_that_is_cut_breaks_a_backup_off() -> None:
    cut = "network: {failures: [{link: vault-switch, at: 86420s, for: 60s}]}"
    found = numbers("    full: 1d", cut, until="2d")
    assert (found["count"], found["failed"]) == (1, 1)
    assert found["kept"] == pytest.approx(10e9, rel=0.15)  # with its manifest


def test_a_snapshot_is_of_its_beginning_and_a_fuzzy_copy_of_its_end() -> None:
    lost = "disasters: [{at: 12h, kind: disk_lost}]"
    snapshot = numbers("    full: 1d", lost, until="1d")
    fuzzy = numbers("    full: 1d\n    method: fuzzy", lost, until="1d")
    assert snapshot["recovery_point"] == 12 * 3600
    assert snapshot["recovery_point"] - fuzzy["recovery_point"] <= snapshot["duration.max"]
    busy = "    full: 1d\n    rate_limit: 20Mbps"
    assert numbers(busy, until="2d")["set_aside"] > 0
    assert numbers(f"{busy}\n    method: fuzzy", until="2d")["set_aside"] == 0


def test_nonsense_that_is_noticed_late_is_undone_to_the_instant_before() -> None:
    happens = "disasters: [{at: 40h, kind: corruption, noticed: 10h, share: 0.5}]"
    plan = "    full: 7d\n    incremental: 1d\n"
    with_log = numbers(f"{plan}    log: 1h", happens)
    assert 10 * 3600 < with_log["recovery_point"] < 10 * 3600 + 4096
    without = numbers(plan, happens)
    assert without["recovery_point"] == 26 * 3600  # the backup at 24 h, at 50 h


def test_compressed_and_encrypted_backups_come_back() -> None:
    lost = "disasters: [{at: 30h, kind: disk_lost}]"
    for compression in ("zlib", "lz77", "lz78"):
        plan = f"    full: 1d\n    compression: {compression}\n    encryption: aes"
        found = numbers(plan, lost, until="2d")
        assert found["recovery_point"] == 6 * 3600
        assert found["ratio"] > (1 if compression == "zlib" else 0.8)


def test_who_promises_too_much_is_told() -> None:
    plan = "    full: 1d\n    promise: {recovery_point: 1h, recovery_time: 1min}"
    found = run(plan, "disasters: [{at: 30h, kind: disk_lost}]", until="2d")
    assert found.metrics["backup.promises_broken"] == 1
    (recovery,) = found.trace.meta["recoveries"]
    assert (recovery["lost"], recovery["promise_kept"]) == (6 * 3600, False)


@pytest.mark.parametrize(
    ("backup", "rest", "reason"),
    [
        ("    incremental: 1d", "", "`full` is required"),
        ("    full: 30 25 * * *", "", "from 0 to 23"),
        ("    full: 1d\n    room: 1TB", "", "would be on it"),
        ("    full: 1d", "disasters: [{at: 7d, kind: disk_lost}]", "before the end of the run"),
        ("    full: 1d", "disasters: [{backup: c, at: 1, kind: disk_lost}]", "no backup 'c'"),
        ("    full: 1d\n    retention: {}", "", "needs `count`"),
    ],
)
def test_what_cannot_be_is_refused(backup: str, rest: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=reason):
        run(backup, rest)


def test_a_volume_that_would_not_fit_into_memory_is_refused() -> None:
    held = VolumeSpec.model_validate({"size": "1TB", "blocks": 1024, "block_size": "1MiB"})
    assert held.real_blocks == 1024
    with pytest.raises(ValidationError, match="1 GiB at most, got 64 GiB"):
        VolumeSpec.model_validate({"size": "1TB", "blocks": 65536, "block_size": "1MiB"})
