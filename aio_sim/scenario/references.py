"""What parts of a scenario say of each other: names given once, tenants that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.workloads import ListWorkload, TraceWorkload, WorkloadSpec

MOST_HOSTS: Final = 1_000_000
MOST_CORES: Final = 10_000_000

_NUMBERED: Final = re.compile(r"(.+)-[0-9]+")


def labels(workloads: tuple[WorkloadSpec, ...]) -> tuple[str, ...]:
    """Return what each workload calls its tasks; a second one of a kind gets "-2" behind it."""
    taken = {workload.name for workload in workloads if workload.name}
    return tuple(workload.name or _free(workload.kind, taken) for workload in workloads)


def _free(kind: str, taken: set[str]) -> str:
    label, number = kind, 1
    while label in taken:
        number += 1
        label = f"{kind}-{number}"
    taken.add(label)
    return label


def check_hosts(hosts: tuple[HostSpec, ...]) -> tuple[HostSpec, ...]:
    """Return the hosts; raise where two have one name, or there are too many to simulate."""
    findings = Findings("hosts")
    count = sum(host.count for host in hosts)
    cores = sum(host.count * host.cores for host in hosts)
    if count > MOST_HOSTS:
        findings.say(_too_many(count, MOST_HOSTS, _("hosts")))
    elif cores > MOST_CORES:
        findings.say(_too_many(cores, MOST_CORES, _("cores")))
    else:
        _check_names(hosts, findings)
    findings.raise_any()
    return hosts


def _check_names(hosts: tuple[HostSpec, ...], findings: Findings) -> None:
    taken: set[str] = set()
    for at, host in enumerate(hosts):
        twice = taken.intersection(host.names)
        if twice:
            sentence = _("there is already a host named {name!r}").format(name=min(twice))
            findings.say(sentence, at, "name", value=host.name)
        taken.update(host.names)


def check_workload(workloads: tuple[WorkloadSpec, ...]) -> tuple[WorkloadSpec, ...]:
    """Return the workloads; raise where two, or two tasks of theirs, have one name."""
    findings = Findings("workload")
    names: set[str] = set()
    for at, workload in enumerate(workloads):
        if workload.name and workload.name in names:
            sentence = _("there is already a workload named {name!r}").format(name=workload.name)
            findings.say(sentence, at, "name", value=workload.name)
        names.add(workload.name or "")
    _check_ids(workloads, findings)
    findings.raise_any()
    return workloads


def _check_ids(workloads: tuple[WorkloadSpec, ...], findings: Findings) -> None:
    numbered = {
        label
        for label, workload in zip(labels(workloads), workloads, strict=True)
        if not isinstance(workload, ListWorkload)
    }
    taken: set[str] = set()
    for at, index, task in _listed(workloads):
        match = _NUMBERED.fullmatch(task)
        if task in taken:
            sentence = _("there is already a task with the id {id!r}").format(id=task)
            findings.say(sentence, at, "tasks", index, "id", value=task)
        elif match and match[1] in numbered:
            sentence = _("the tasks of the workload {label!r} have such ids").format(label=match[1])
            findings.say(sentence, at, "tasks", index, "id", value=task)
        taken.add(task)


def _listed(workloads: tuple[WorkloadSpec, ...]) -> Iterator[tuple[int, int, str]]:
    """Yield the id of each listed task, after the numbers of its workload and of itself."""
    for at, workload in enumerate(workloads):
        if isinstance(workload, ListWorkload):
            for index, task in enumerate(workload.tasks):
                yield at, index, task.id


def check_quotas(quotas: Mapping[str, object], workloads: tuple[WorkloadSpec, ...]) -> None:
    """Raise where a quota is for a tenant that no task has; a trace may bring any tenants."""
    if any(isinstance(workload, TraceWorkload) for workload in workloads):
        return
    tenants = set(_tenants(workloads))
    findings = Findings("quotas")
    for name in quotas:
        if name not in tenants:
            sentence = _("no task has the tenant {name!r}{hint}").format(
                name=name, hint=hint(name, tenants)
            )
            findings.unknown(sentence, "quotas", name, value=name)
    findings.raise_any()


def _tenants(workloads: tuple[WorkloadSpec, ...]) -> Iterator[str]:
    for workload in workloads:
        if isinstance(workload, ListWorkload):
            yield from (task.tenant for task in workload.tasks if task.tenant)
        elif not isinstance(workload, TraceWorkload) and workload.tenant:
            yield workload.tenant


def _too_many(found: int, most: int, what: str) -> str:
    return _("{found:,} {what} in all, and at most {most:,} can be simulated").format(
        found=found, what=what, most=most
    )
