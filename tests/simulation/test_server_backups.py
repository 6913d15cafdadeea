"""Backups of storage servers in a run: what comes back is what was committed, whatever fails."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim import Run, Scenario, simulate
from aio_sim.kernel.errors import ScenarioError

TEXT = """
name: t
until: 20s
hosts:
  - name: db
    memory: 1GiB
    cores: 2
    disk: {{size: 10GB, read: 100MB/s, write: 100MB/s, latency: 1ms}}
    network: {{bandwidth: 10Mbps}}
  - name: vault
    disk: {{size: 10GB, read: 100MB/s, write: 100MB/s}}
    network: {{bandwidth: 10Mbps}}
storage:
  engines:
    - {{name: bank, on: db, buffer_pool: {pool}, page_size: 4KiB, size: 64MB, log: {log}, {engine}}}
  loads:
    - {{on: bank, kind: {load}, operations: 600, rate: 40, records: 100}}
backups:
  - {{of: bank, to: vault, name: b, {plan}}}
{rest}
"""
EVERY_FIVE = "full: {every: 15s, at: 1s}, incremental: {every: 5s, at: 1s}"
LOST = "disasters: [{at: 9.3s, kind: disk_lost}]"


def run(
    plan: str = EVERY_FIVE, rest: str = "", load: str = "ledger, reads: 0.5", **other: str
) -> Run:
    """Run a scenario of one storage server that is backed up, audited."""
    fields = {"engine": "engine: relational", "log": "1MiB", "pool": "1MiB"} | other
    text = TEXT.format(plan=plan, rest=rest, load=load, **fields)
    return simulate(Scenario.from_text(text), level="full", audit=True)


def numbers(*arguments: str, **other: str) -> dict[str, Any]:
    """Return the numbers of the backups of such a run."""
    metrics = run(*arguments, **other).metrics
    return {k.removeprefix("backup."): v for k, v in metrics.items() if k.startswith("backup.")}


tenths = st.integers(0, 190)
disasters = st.lists(
    st.one_of(
        st.builds(
            "{{at: {}00ms, kind: {}, noticed: {}ms}}".format,
            tenths,
            st.sampled_from(["disk_lost", "corruption"]),
            st.sampled_from([0, 700]),
        ),
        st.builds("{{at: {}00ms, kind: backup_damaged, struck: any}}".format, tenths),
    ),
    max_size=4,
)
failures = st.lists(
    st.builds(
        "{{host: {}, at: {}00ms, for: {}ms}}".format,
        st.sampled_from(["db", "vault"]),
        tenths,
        st.sampled_from([3, 1500]),
    ),
    max_size=1,
)
plans = st.builds(
    "full: {{every: 6s, at: 1s}}, {}: 2s, log: {}, compression: zlib".format,
    st.sampled_from(["incremental", "differential"]),
    st.sampled_from(["null", "1s", "300ms"]),
)
engines = st.sampled_from(
    ["engine: relational", "engine: document", "durability: each_second", "workers: 2"]
)
loads = st.sampled_from(["ledger, reads: 0.5", "ycsb, workload: A, fields: 2"])


def _lives(plan: str, happens: list[str], fails: list[str], engine: str, load: str) -> None:
    rest = f"disasters: [{', '.join(happens)}]\nfailures: [{', '.join(fails)}]"
    found = run(plan, rest, load, engine=engine)
    assert found.metrics.get("storage.ledger.violations", 0) == 0 or "document" in engine
    assert found.metrics.get("backup.recoveries", 0) <= len(happens)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans, disasters, failures, engines, loads)
def test_any_life_of_a_server_and_its_backups_passes_the_audit(
    plan: str, happens: list[str], fails: list[str], engine: str, load: str
) -> None:
    _lives(plan, happens, fails, engine, load)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans, disasters, failures, engines, loads)
def test_many_lives_of_a_server_and_its_backups_pass_the_audit(
    plan: str, happens: list[str], fails: list[str], engine: str, load: str
) -> None:
    _lives(plan, happens, fails, engine, load)


def test_the_log_leads_to_the_last_time_that_it_was_archived_and_no_backup_does() -> None:
    without = numbers(EVERY_FIVE, LOST)
    assert without["recovery_point"] == pytest.approx(3.3)
    archived = numbers(f"{EVERY_FIVE}, log: 1s", LOST)
    assert archived["recovery_point"] == pytest.approx(0.3)
    assert archived["lost_writes"] < without["lost_writes"]
    assert without["lost_writes"] == pytest.approx(3.3 * 40 * 0.5, rel=0.25)


def test_pages_overwritten_during_a_copy_are_set_aside_but_by_who_never_overwrites_them() -> None:
    slow = f"{EVERY_FIVE}, rate_limit: 100kbps, request: 4KiB"
    load = "ycsb, workload: A, fields: 2, popularity: uniform"
    small = {"load": load, "pool": "256KiB"}
    assert numbers(slow, **small)["set_aside"] > 0
    assert numbers(slow, engine="engine: document", **small)["set_aside"] == 0


def test_a_server_that_is_down_is_not_backed_up_and_recovers_with_its_host() -> None:
    fails = "failures: [{host: db, at: 900ms, for: 4s}]"
    found = numbers(f"{EVERY_FIVE}, log: 1s", fails)
    assert found["skipped"] == 1
    assert found["failed"] == 0


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ("of: bnk, to: vault, full: 1s", "no storage server 'bnk'; did you mean 'bank'"),
        ("of: bank, to: db, full: 1s", "another host than the one that has the data"),
        ("of: bank, to: vault, full: 1s, host: db", "host: is of no use with `of`"),
        ("of: bank, to: vault, full: 1s, method: fuzzy", "method: is of no use with `of`"),
        ("to: vault, full: 1s", "needs `host` and `volume`, the data; or `of`"),
        ("of: bank, to: vault, full: 1s}\n  - {of: bank, to: vault, full: 1s", "backed up already"),
    ],
)
def test_what_cannot_be_is_refused(plan: str, reason: str) -> None:
    text = TEXT.format(
        plan="X", rest="", load="ledger", engine="workers: 2", log="1MiB", pool="1MiB"
    )
    text = text.replace("of: bank, to: vault, name: b, X", plan)
    with pytest.raises(ScenarioError, match=reason):
        Scenario.from_text(text)


def test_a_structure_has_no_log_and_is_not_backed_up() -> None:
    text = TEXT.format(
        plan="full: 1s",
        rest="",
        load="ycsb, workload: A",
        engine="engine: structure",
        log="1MiB",
        pool="1MiB",
    )
    text = text.replace("page_size: 4KiB, size: 64MB, log: 1MiB, ", "structure: skip_list, ")
    with pytest.raises(ScenarioError, match="no log: it cannot be backed up"):
        Scenario.from_text(text)


def test_nonsense_that_is_noticed_during_a_recovery_waits_for_its_end() -> None:
    both = "disasters: [{at: 8s, kind: corruption, noticed: 10ms}, {at: 8s, kind: disk_lost}]"
    found = run(f"{EVERY_FIVE}, log: 1s", both)
    first, second = sorted(found.trace.meta["recoveries"], key=lambda each: each["lost"])
    assert (first["disaster"], second["disaster"]) == ("disk_lost", "corruption")
    assert second["lost"] > first["took"]
    assert found.metrics["storage.ledger.violations"] == 0
