"""What a run tells of its storage servers, as totals of the trace; times in seconds."""

from __future__ import annotations

from typing import Final

from aio_sim.scenario.storage import EngineSpec
from aio_sim.storage.server.database import Installation
from aio_sim.storage.server.server import Server

NANOSECONDS: Final = 1e9

Totals = dict[str, int | float]


def engine_totals(name: str, server: Server, spec: EngineSpec, now: int) -> Totals:
    """Return the totals of one server; `now` is the end of the run (ns)."""
    accounts = server.accounts
    prefix = f"storage.{name}"
    totals: Totals = {
        f"{prefix}.statements": accounts.statements,
        f"{prefix}.lock_waits": accounts.lock_waits,
        f"{prefix}.restarts": accounts.restarts,
        f"{prefix}.errors": accounts.errors,
        f"{prefix}.cpu": accounts.cpu_time / NANOSECONDS,
        f"{prefix}.disk": accounts.disk_time / NANOSECONDS,
    }
    if now:
        # What was asked of the disk last may end after the run.
        totals[f"{prefix}.disk.utilization"] = min(accounts.disk_time / now, 1.0)
    totals |= _pages(prefix, server, spec)
    if spec.engine != "structure":
        totals |= _log(prefix, server)
    if accounts.crashes:
        totals |= _crashes(prefix, server)
    return totals


def structure_totals(name: str, installation: Installation) -> Totals:
    """Return what is told of a data structure: what it counted, its shape and its bytes."""
    from aio_sim.storage.server.structure import StructureInstallation

    if not isinstance(installation, StructureInstallation):
        return {}
    prefix = f"storage.{name}"
    counted = installation.counted
    records, held = installation.records, installation.bytes_held
    return {
        f"{prefix}.steps": sum(counted.values()),
        **{f"{prefix}.{kind}": count for kind, count in counted.items()},
        **{f"{prefix}.{kind}": number for kind, number in installation.shape.items()},
        f"{prefix}.records": records,
        f"{prefix}.bytes": held,
        **({f"{prefix}.bytes_per_record": held / records} if records else {}),
    }


def _pages(prefix: str, server: Server, spec: EngineSpec) -> Totals:
    accounts = server.accounts
    cost = accounts.cost
    totals: Totals = {
        f"{prefix}.pages_read": cost.pages_read,
        f"{prefix}.pages_written": cost.pages_written,
        f"{prefix}.cleaned": server.cleaner.batches,
        f"{prefix}.payload": accounts.payload,
        f"{prefix}.written": cost.pages_written * spec.settings.page_size + cost.log_written_bytes,
    }
    if cost.pages_touched:
        totals[f"{prefix}.hit_rate"] = cost.buffer_hits / cost.pages_touched
    if accounts.payload:
        totals[f"{prefix}.write_amplification"] = totals[f"{prefix}.written"] / accounts.payload
    return totals


def _log(prefix: str, server: Server) -> Totals:
    cost = server.accounts.cost
    waits = server.group if server.commits_wait else server.lazy
    totals: Totals = {
        f"{prefix}.log_bytes": cost.log_bytes,
        f"{prefix}.flushes": cost.flushes,
        f"{prefix}.commits": waits.commits,
        f"{prefix}.log_flushes": waits.flushes,
    }
    if waits.flushes:
        totals[f"{prefix}.commits_per_flush"] = waits.commits / waits.flushes
    return totals


def _crashes(prefix: str, server: Server) -> Totals:
    accounts = server.accounts
    totals: Totals = {
        f"{prefix}.crashes": accounts.crashes,
        f"{prefix}.refused": accounts.refused,
        f"{prefix}.lost": accounts.lost,
    }
    if accounts.recoveries:
        times = [time / NANOSECONDS for time in accounts.recoveries]
        totals[f"{prefix}.recovery.mean"] = sum(times) / len(times)
        totals[f"{prefix}.recovery.max"] = max(times)
    return totals
