"""What the parts of a platform say of each other, and of the machines that are its nodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings, Location
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.platform.nodes import traits_of
from aio_sim.scenario.platform.pod_references import check_pods, check_schedulers
from aio_sim.scenario.platform.section import PlatformSpec
from aio_sim.scenario.platform.steps import NodeStep, ScaleStep, UpdateStep
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scenario.virtual_machines import VmSpec

Sizes = Mapping[str, tuple[int, int]]
"""Cores, and bytes of memory, of machines by name."""


def check_platform(
    platform: PlatformSpec,
    hosts: Sequence[HostSpec],
    vms: Sequence[VmSpec],
    scheduler: SchedulerSpec,
    findings: Findings,
) -> None:
    """Note names that are not there or not unique, and pods that no node can ever take.

    `scheduler` is that of the scenario, which pods have that have none.
    """
    sizes = sizes_of(hosts, vms)
    nodes = node_names(platform, hosts, vms)
    _check_nodes(platform, sizes, findings)
    _check_pools(platform, nodes, findings)
    _check_namespaces(platform, findings)
    _check_unique(platform, sizes, findings)
    _check_deployments_named(platform, findings)
    _check_steps(platform, nodes, findings)
    check_schedulers(platform, scheduler, findings)
    check_pods(platform, {name: sizes[name] for name in nodes}, findings)


def sizes_of(hosts: Sequence[HostSpec], vms: Sequence[VmSpec]) -> dict[str, tuple[int, int]]:
    """Return the cores and the bytes of memory of each machine by its name, in their order."""
    found = {name: (host.cores, host.memory) for host in hosts for name in host.names}
    return found | {name: (vm.cores, vm.memory.size) for vm in vms for name in vm.names}


def node_names(
    platform: PlatformSpec, hosts: Sequence[HostSpec], vms: Sequence[VmSpec]
) -> tuple[str, ...]:
    """Return the names of the nodes of a platform, in the order of the machines."""
    if platform.nodes is None:
        return tuple(name for spec in (vms or hosts) for name in spec.names)
    return tuple(traits_of(platform.nodes, sizes_of(hosts, vms)))


def _check_nodes(platform: PlatformSpec, sizes: Sizes, findings: Findings) -> None:
    for at, spec in enumerate(platform.nodes or ()):
        place = "platform", "nodes", at
        _check_names(spec.names, sizes, _("machine"), (*place, "names"), findings)
        for name in matching(spec.names, sizes):
            cores, memory = sizes[name]
            if spec.cpu is not None and spec.cpu > cores * 1000:
                told = _("{node} has {cores} cores, and cannot give pods more")
                findings.say(told.format(node=name, cores=cores), *place, "cpu", value=spec.cpu)
                break
            if spec.memory is not None and spec.memory > memory:
                told = _("{node} has {memory} bytes, and cannot give pods more")
                told = told.format(node=name, memory=memory)
                findings.say(told, *place, "memory", value=spec.memory)
                break


def _check_names(
    patterns: Sequence[str],
    known: Collection[str],
    kind: str,
    location: Location,
    findings: Findings,
) -> None:
    """Note names or patterns that nothing answers to."""
    for number, pattern in enumerate(patterns):
        if not matching([pattern], known):
            sentence = _("there is no {kind} {name!r}{hint}")
            told = sentence.format(kind=kind, name=pattern, hint=hint(pattern, known))
            place = location if len(patterns) == 1 else (*location, number)
            findings.say(told, *place, value=pattern)


def _check_pools(platform: PlatformSpec, nodes: Sequence[str], findings: Findings) -> None:
    taken: dict[str, int] = {}
    for at, pool in enumerate(platform.node_pools):
        place = "platform", "node_pools", at
        _check_names(pool.nodes, nodes, _("node"), (*place, "nodes"), findings)
        names = matching(pool.nodes, nodes)
        if names and pool.min_nodes > len(names):
            told = _("must be at most {count}, which is how many the pool has; got {value}")
            told = told.format(count=len(names), value=pool.min_nodes)
            findings.say(told, *place, "min_nodes", value=pool.min_nodes)
        if twice := next((name for name in names if name in taken), None):
            told = _("{node} is in another pool already").format(node=twice)
            findings.say(told, *place, "nodes", value=twice)
        taken |= dict.fromkeys(names, at)


def _check_namespaces(platform: PlatformSpec, findings: Findings) -> None:
    known = {"default", *platform.namespaces}
    for section in ("deployments", "services", "disruption_budgets"):
        for at, spec in enumerate(getattr(platform, section)):
            if spec.namespace not in known:
                told = _("there is no namespace {name!r}{hint}")
                told = told.format(name=spec.namespace, hint=hint(spec.namespace, known))
                place = "platform", section, at, "namespace"
                findings.say(told, *place, value=spec.namespace)
    defaults = [name for name, each in platform.priority_classes.items() if each.default]
    if len(defaults) > 1:
        told = _("{name} is the default already").format(name=defaults[0])
        findings.say(told, "platform", "priority_classes", defaults[1], "default", value=True)


def _check_unique(platform: PlatformSpec, machines: Collection[str], findings: Findings) -> None:
    kinds = {
        "deployments": _("deployment"),
        "services": _("service"),
        "disruption_budgets": _("budget"),
    }
    for section, kind in kinds.items():
        taken: set[str] = set()
        for at, spec in enumerate(getattr(platform, section)):
            told = ""
            if spec.name in taken:
                told = _("there is already a {kind} named {name!r}")
            elif section == "services" and spec.name in machines:
                told = _("there is already a machine named {name!r}")
            if told:
                told = told.format(kind=kind, name=spec.name)
                findings.say(told, "platform", section, at, "name", value=spec.name)
            taken.add(spec.name)


def _check_deployments_named(platform: PlatformSpec, findings: Findings) -> None:
    known = {each.name: each for each in platform.deployments}
    for section in ("autoscalers", "vertical_autoscalers"):
        taken: set[str] = set()
        for at, spec in enumerate(getattr(platform, section)):
            place = "platform", section, at, "deployment"
            _check_names([spec.deployment], known, _("deployment"), place, findings)
            if spec.deployment in taken:
                told = _("two autoscalers of one kind scale {name}").format(name=spec.deployment)
                findings.say(told, *place, value=spec.deployment)
            taken.add(spec.deployment)


def _check_steps(platform: PlatformSpec, nodes: Sequence[str], findings: Findings) -> None:
    known = {each.name: each for each in platform.deployments}
    for at, step in enumerate(platform.steps):
        place = "platform", "steps", at
        if isinstance(step, NodeStep):
            _check_names(step.node, nodes, _("node"), (*place, "node"), findings)
        elif isinstance(step, UpdateStep | ScaleStep):
            name = step.deployment
            _check_names([name], known, _("deployment"), (*place, "deployment"), findings)
            if name in known and step.at < known[name].start:
                told = _("{name} is not deployed before {start} s")
                told = told.format(name=name, start=known[name].start / 10**9)
                findings.say(told, *place, "at", value=step.at)
