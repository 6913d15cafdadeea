"""What virtual machines and copies of images say of hosts, and of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.copies import CopySpec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.machine_groups import Machines, compared
from aio_sim.scenario.network import TopologySpec
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scenario.virtual_machines import VmSpec
from aio_sim.scenario.vm_steps import Migration
from aio_sim.scheduling.policy import SCHEDULING_POLICIES

MOST_VMS: Final = 100_000
MOST_VIRTUAL_CORES: Final = 100_000
"""Each is a process of its host, with accounts of its own, which a run makes at its beginning."""

Location = tuple[int | str, ...]


def check_vms(vms: tuple[VmSpec, ...]) -> tuple[VmSpec, ...]:
    """Return the virtual machines; raise where there are too many to simulate."""
    findings = Findings("vms")
    count = sum(vm.count for vm in vms)
    cores = sum(vm.count * vm.cores for vm in vms)
    if count > MOST_VMS:
        sentence = _("{found:,} virtual machines in all, and at most {most:,} can be simulated")
        findings.say(sentence.format(found=count, most=MOST_VMS))
    if cores > MOST_VIRTUAL_CORES:
        sentence = _(
            "{found:,} virtual cores in all, and at most {most:,} can be simulated; a machine "
            "gains nothing by more of them than its host has cores"
        )
        findings.say(sentence.format(found=cores, most=MOST_VIRTUAL_CORES))
    findings.raise_any()
    return vms


class HostReferences:
    """Looks at each name of a host that stands somewhere else."""

    def __init__(
        self, hosts: Sequence[HostSpec], network: TopologySpec | None, findings: Findings
    ) -> None:
        self._specs = hosts
        self._findings = findings
        self._hosts: Mapping[str, HostSpec] = {name: spec for spec in hosts for name in spec.names}
        links = network.links if network else ()
        self._linked = {end for link in links for end in link.between}

    def check(self, name: str, *location: int | str, network: bool = False) -> None:
        """Note a host that is not there, or has no link where what is done goes over a network."""
        host = self._hosts.get(name)
        if host is None:
            sentence = _("there is no host {name!r}{hint}")
            told = sentence.format(name=name, hint=hint(name, compared(self._specs)))
            self._findings.say(told, *location, value=name)
        elif network and host.network is None and name not in self._linked:
            sentence = _("{name} has no network card; give that host a `network`")
            self._findings.say(sentence.format(name=name), *location, value=name)


def check_machines(
    hosts: Sequence[HostSpec],
    network: TopologySpec | None,
    vms: Sequence[VmSpec],
    copies: Sequence[CopySpec],
    scheduler: SchedulerSpec,
    machines: Machines,
    findings: Findings,
) -> None:
    """Note names that are not there or not unique, and guests that cannot be scheduled so."""
    references = HostReferences(hosts, network, findings)
    _check_names(vms, machines, findings)
    for at, vm in enumerate(vms):
        _check_hosts_of(vm, at, references)
        _check_scheduler(vm, at, scheduler, findings)
    for at, copy in enumerate(copies):
        references.check(copy.source, "copies", at, "from", network=True)
        references.check(copy.destination, "copies", at, "to", network=True)


def _check_names(vms: Sequence[VmSpec], machines: Machines, findings: Findings) -> None:
    taken = set(machines.hosts)
    for at, vm in enumerate(vms):
        if twice := taken.intersection(vm.names):
            sentence = _("there is already a machine named {name!r}").format(name=min(twice))
            findings.say(sentence, "vms", at, "name", value=vm.name)
        taken.update(vm.names)


def _check_hosts_of(vm: VmSpec, at: int, references: HostReferences) -> None:
    migrations = [
        (number, step) for number, step in enumerate(vm.steps) if isinstance(step, Migration)
    ]
    if vm.host is not None:
        references.check(vm.host, "vms", at, "host", network=bool(migrations))
    for number, step in migrations:
        references.check(step.to, "vms", at, "steps", number, "to", network=True)


def _check_scheduler(vm: VmSpec, at: int, scenario: SchedulerSpec, findings: Findings) -> None:
    policy = (vm.scheduler or scenario).policy
    if SCHEDULING_POLICIES[policy].mechanism != "sharing":
        return
    sentence = _(
        "{policy} cannot be a guest's policy, for a virtual core has a clock of its own; expected "
        "another, such as rr"
    )
    location: Location = ("scheduler", "policy") if vm.scheduler else ("scheduler",)
    findings.say(sentence.format(policy=policy), "vms", at, *location, value=policy)
