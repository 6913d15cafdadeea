"""What a run tells of its virtual machines, as totals of the trace; times in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aio_sim.kernel.units import seconds
from aio_sim.virtualization.machine import VirtualMachine, VmState

if TYPE_CHECKING:
    from aio_sim.simulation.virtual_machines import VirtualSystem

MOST_NAMED: Final = 100
"""Up to so many machines, each is told of by its name too."""

Totals = dict[str, int | float]


def virtual_totals(system: VirtualSystem) -> Totals:
    """Return the totals of virtual machines, guest memory, migrations and copies."""
    totals: Totals = {}
    if system.machines:
        totals |= _machines(system) | _memory(system)
        if len(system.machines) <= MOST_NAMED:
            for machine in system.machines.values():
                totals |= _named(machine, system)
    for worker in (system.migrator, system.copier):
        told = worker.totals() if worker is not None else {}
        if any(told.values()):
            totals |= {name: _converted(name, value) for name, value in told.items()}
    return totals


def refusals(system: VirtualSystem) -> dict[str, Any]:
    """Return why machines were refused, by name."""
    refused = {name: vm.refusal for name, vm in system.machines.items() if vm.refusal}
    return {"refused": refused} if refused else {}


def _machines(system: VirtualSystem) -> Totals:
    machines, monitors = system.machines.values(), system.monitors.values()
    ledgers = [monitor.room.ledger for monitor in monitors]
    boots = [time for monitor in monitors for time in monitor.boots]
    totals: Totals = {
        "vm.count": len(machines),
        "vm.booted": len(boots),
        "vm.refused": sum(monitor.refused for monitor in monitors),
        "vm.context_switches": sum(machine.cpu.switches for machine in machines),
        "vm.consolidation": max(ledger.most_machines for ledger in ledgers),
        "vm.overcommit.cores": float(max(ledger.most_core_ratio for ledger in ledgers)),
        "vm.overcommit.memory": float(max(ledger.most_memory_ratio for ledger in ledgers)),
    }
    for cause, count in _refusals(system).items():
        totals[f"vm.refused.{cause}"] = count
    if lost := sum(monitor.lost for monitor in monitors):
        totals["vm.lost"] = lost
    if boots:
        totals["vm.boot.mean"] = sum(boots) / len(boots) / 1e9
        totals["vm.boot.max"] = seconds(max(boots))
    if system.quotas:
        totals["vm.throttled"] = sum(quota.throttled for quota in system.quotas.values()) / 1e9
    return totals


def _refusals(system: VirtualSystem) -> dict[str, int]:
    counts: dict[str, int] = {}
    for monitor in system.monitors.values():
        for cause, count in monitor.room.ledger.refusals.items():
            counts[str(cause)] = counts.get(str(cause), 0) + count
    return counts


def _memory(system: VirtualSystem) -> Totals:
    """Return what happened in the memory of guests; only of those where a task had a locality."""
    each = [
        memory.totals
        for memory in (machine.guest_memory for machine in system.machines.values())
        if memory is not None and memory.totals.references
    ]
    if not each:
        return {}
    references = sum(one.references for one in each)
    faults = sum(one.faults for one in each)
    return {
        "memory.references": references,
        "memory.faults": faults,
        "memory.fault_rate": faults / references,
        "memory.evictions": sum(one.evictions for one in each),
        "memory.write_backs": sum(one.write_backs for one in each),
        "memory.read": sum(one.read for one in each),
        "memory.written": sum(one.written for one in each),
        "memory.compactions": sum(one.compactions for one in each),
        "memory.copied": sum(one.copied for one in each),
        "memory.tlb_misses": sum(one.tlb_misses for one in each),
        "memory.holes": sum(one.holes for one in each),
        "memory.blocks": sum(one.blocks for one in each),
        "memory.internal_fragmentation": _mean([one.internal_fragmentation for one in each]),
        "memory.external_fragmentation": _mean([one.external_fragmentation for one in each]),
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _named(machine: VirtualMachine, system: VirtualSystem) -> Totals:
    prefix = f"vm.{machine.name}"
    totals: Totals = {
        f"{prefix}.busy": machine.cpu.busy / 1e9,
        f"{prefix}.running": seconds(machine.times[VmState.RUNNING]),
        f"{prefix}.paused": seconds(machine.times[VmState.PAUSED]),
        f"{prefix}.steal": machine.stolen / 1e9,
        f"{prefix}.swapped_in": machine.swapped_in,
        f"{prefix}.swapped_out": machine.swapped_out,
    }
    if machine.memory != machine.size and not machine.refusal:
        totals[f"{prefix}.memory"] = machine.memory
    quota = system.quotas.get(machine.name)
    if quota is not None:
        totals[f"{prefix}.throttled"] = quota.throttled / 1e9
    return totals


def _converted(name: str, value: int) -> int | float:
    """Return times in seconds, all else as it is."""
    return value / 1e9 if name.rpartition(".")[2] in {"time", "downtime", "lost"} else value
