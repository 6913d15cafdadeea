"""Which machines the tasks of each workload go to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.virtual_machines import VmSpec
from aio_sim.scenario.workloads import ListWorkload, WorkloadSpec

Group = tuple[str, ...]
"""Names of machines, in the order of the scenario."""

MOST_COMPARED: Final = 1000
"""Beyond so many names, only the first and last of each kind are compared with a wrong one."""


class Named(Protocol):
    """What a scenario says of one machine, or of some that are alike."""

    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def names(self) -> tuple[str, ...]: ...


def names_of(specs: Iterable[Named]) -> Group:
    """Return the names of machines, in their order."""
    return tuple(name for spec in specs for name in spec.names)


class Machines:
    """The machines of a scenario by name: hosts, then virtual machines, then all that take tasks
    only where a workload names them: containers and services."""

    def __init__(
        self, hosts: Sequence[HostSpec], vms: Sequence[VmSpec], others: Sequence[Named] = ()
    ) -> None:
        self._specs: tuple[Named, ...] = (*hosts, *vms, *others)
        self.hosts = names_of(hosts)
        self.vms = names_of(vms)
        self.all: dict[str, int] = {name: at for at, name in enumerate(names_of(self._specs))}
        """The place of each name."""
        self._alike = {spec.name: spec.names for spec in self._specs if spec.name not in self.all}

    def named(self, patterns: Iterable[str]) -> Group:
        """Return the machines that a name or pattern stands for, each once, in their order.

        A name that several alike have in common stands for all of them.
        """
        names = (name for each in patterns for name in self._alike.get(each, (each,)))
        return tuple(matching(names, self.all))

    def group(self, workload: WorkloadSpec) -> Group:
        """Return the machines that a workload's tasks go to."""
        if workload.on is not None:
            return self.named(workload.on)
        reserves = workload.takes_cores or workload.takes_memory
        return self.vms if self.vms and not reserves else self.hosts

    def is_host(self, name: str) -> bool:
        """Return whether it is a host's name."""
        return self.all.get(name, len(self.hosts)) < len(self.hosts)

    def is_vm(self, name: str) -> bool:
        """Return whether it is a virtual machine's name."""
        return 0 <= self.all.get(name, -1) - len(self.hosts) < len(self.vms)

    def hint(self, name: str) -> str:
        """Return the end of an error about a name that is not there: the nearest that is."""
        return hint(name, compared(self._specs))


def compared(specs: Sequence[Named]) -> set[str]:
    """Return the names that a wrong one is compared with: all, unless there are very many."""
    if sum(spec.count for spec in specs) <= MOST_COMPARED:
        return set(names_of(specs))
    return {name for spec in specs[:MOST_COMPARED] for name in (spec.names[0], spec.names[-1])}


def check_groups(workloads: Sequence[WorkloadSpec], machines: Machines, findings: Findings) -> None:
    """Note names that match nothing, and machines that have not what the tasks want of them."""
    for at, workload in enumerate(workloads):
        for number, pattern in enumerate(workload.on or ()):
            if not machines.named([pattern]):
                sentence = _("no machine is called {name!r}{hint}")
                told = sentence.format(name=pattern, hint=machines.hint(pattern))
                findings.say(told, "workload", at, "on", number, value=pattern)
        group = machines.group(workload)
        if told := _unfit(workload, group, machines):
            findings.say(told, "workload", at, "on", value=workload.on)
        other = next((name for name in group if not machines.is_vm(name)), None)
        if workload.locality is not None and other is not None:
            sentence = _("{name} is no virtual machine, and only the memory of one has pages")
            findings.say(sentence.format(name=other), "workload", at, "locality")


def _unfit(workload: WorkloadSpec, group: Group, machines: Machines) -> str:
    """Return why a workload's tasks cannot be on those machines, "" where they can."""
    other = next((name for name in group if not machines.is_host(name)), None)
    if other is not None and workload.takes_cores:
        sentence = _("{name} is no host, and tasks with `cores` hold cores of a host")
        return sentence.format(name=other)
    if workload.takes_memory and (told := _no_memory(group, machines)):
        return told
    if told := _no_place(workload, group, machines):
        return told
    if workload.takes_cores and 1 < len(group) < len(machines.hosts):
        return _("tasks with `cores` go to one host, or may go to any; name one, or all")
    return ""


def _no_place(workload: WorkloadSpec, group: Group, machines: Machines) -> str:
    """Return why data cannot be sent to those machines: containers and services have no card."""
    if not isinstance(workload, ListWorkload):
        return ""
    sent = any(each.size for task in workload.tasks for each in task.after)
    known = machines.is_vm, machines.is_host
    other = next((name for name in group if not any(is_one(name) for is_one in known)), None)
    if other is None or not (workload.has_data or sent):
        return ""
    form = _("{name} is neither a host nor a virtual machine, to which data could be sent")
    return form.format(name=other)


def _no_memory(group: Group, machines: Machines) -> str:
    """Return why tasks cannot hold memory of those machines; hosts lend it, containers have it."""
    vm = next((name for name in group if machines.is_vm(name)), None)
    if vm is not None:
        sentence = _("{name} is a virtual machine, and tasks with `memory` hold memory of a host")
        return sentence.format(name=vm)
    if len({machines.is_host(name) for name in group}) > 1:
        return _("tasks with `memory` go to hosts, or to containers, and not to both")
    return ""
