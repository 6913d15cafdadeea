"""What containers say of machines, images and programs that stand elsewhere in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.containers.containers import MOST, ContainerGroupSpec
from aio_sim.scenario.containers.images import RegistrySpec
from aio_sim.scenario.containers.order import check_order
from aio_sim.scenario.containers.programs import ProgramSpec, ends, unknown_program
from aio_sim.scenario.containers.runtime import ContainerRuntimeSpec
from aio_sim.scenario.containers.steps import ExecContainer
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.machine_groups import compared
from aio_sim.scenario.machine_references import HostReferences
from aio_sim.scenario.network import TopologySpec
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scenario.virtual_machines import VmSpec

FIELD: Final = "containers"


def check_count(
    containers: tuple[ContainerGroupSpec, ...],
) -> tuple[ContainerGroupSpec, ...]:
    """Return the containers; raise where there are too many to simulate."""
    count = sum(container.count for container in containers)
    if count > MOST:
        findings = Findings(FIELD)
        sentence = _("{found:,} containers in all, and at most {most:,} can be simulated")
        findings.say(sentence.format(found=count, most=MOST))
        findings.raise_any()
    return containers


class Scope(Protocol):
    """What a scenario says that containers refer to."""

    @property
    def hosts(self) -> tuple[HostSpec, ...]: ...
    @property
    def vms(self) -> tuple[VmSpec, ...]: ...
    @property
    def network(self) -> TopologySpec | None: ...
    @property
    def workload(self) -> Sequence[object]: ...
    @property
    def until(self) -> int | None: ...
    @property
    def scheduler(self) -> SchedulerSpec: ...
    @property
    def host_scheduler(self) -> SchedulerSpec: ...
    @property
    def registry(self) -> RegistrySpec | None: ...
    @property
    def container_runtime(self) -> ContainerRuntimeSpec: ...
    @property
    def programs(self) -> tuple[ProgramSpec, ...]: ...
    @property
    def containers(self) -> tuple[ContainerGroupSpec, ...]: ...


class Place(NamedTuple):
    """What a machine has for containers."""

    name: str
    cores: int
    memory: int
    queue: str


class ContainerReferences:
    """Looks at each container of a scenario."""

    def __init__(self, scope: Scope, findings: Findings) -> None:
        self._scope = scope
        self._findings = findings
        self._programs = {program.name for program in scope.programs}
        self._places = _places(scope)
        self._first = scope.hosts[0].names[0]

    def check(self) -> None:
        """Note names that are not there or not unique, and limits that cannot be."""
        taken = set(self._places)
        for at, container in enumerate(self._scope.containers):
            if twice := taken.intersection(container.names):
                sentence = _("there is already a machine named {name!r}").format(name=min(twice))
                self._say(sentence, at, "name", value=container.name)
            taken.update(container.names)
            self._check_programs(at, container)
            self._check_scheduler(at, container)
            place = self._places.get(container.on or self._first)
            if place is None:
                known = compared((*self._scope.hosts, *self._scope.vms))
                sentence = _("there is no host or virtual machine {name!r}{hint}")
                told = sentence.format(name=container.on, hint=hint(str(container.on), known))
                self._say(told, at, "on", value=container.on)
            else:
                self._check_cpu(at, container, place)
                self._check_memory(at, container, place)

    def _say(self, sentence: str, *location: int | str, value: object = None) -> None:
        self._findings.say(sentence, FIELD, *location, value=value)

    def _check_programs(self, at: int, container: ContainerGroupSpec) -> None:
        named: list[tuple[str, tuple[int | str, ...]]] = [
            (step.program, ("steps", number, "program"))
            for number, step in enumerate(container.steps)
            if isinstance(step, ExecContainer)
        ]
        if container.program is not None:
            named.append((container.program, ("program",)))
        for name, place in named:
            if name not in self._programs:
                self._say(unknown_program(name, self._programs), at, *place, value=name)

    def _check_scheduler(self, at: int, container: ContainerGroupSpec) -> None:
        if container.scheduler is None and self._scope.scheduler.policy == "ps":
            sentence = _("is needed here, for the scenario's is ps, which a container cannot have")
            self._say(sentence, at, "scheduler")

    def _check_cpu(self, at: int, container: ContainerGroupSpec, place: Place) -> None:
        cpu = container.cpu
        average = cpu.average
        allowed = place.cores if cpu.cores is None else len(set(cpu.cores))
        if average is not None and average > allowed:
            field = "quota" if cpu.quota is not None else "limit"
            sentence = _("{found:g} cores on average, and {machine} has {cores} for it")
            told = sentence.format(found=float(average), machine=place.name, cores=allowed)
            self._say(told, at, "cpu", field)
        beyond = [core for core in cpu.cores or () if core >= place.cores]
        for number, core in enumerate(cpu.cores or ()):
            if core in beyond:
                sentence = _("{machine} has {cores} cores, which count from 0; got {core}")
                told = sentence.format(machine=place.name, cores=place.cores, core=core)
                self._say(told, at, "cpu", "cores", number, value=core)
        if cpu.cores is not None and not beyond and place.queue == "shared":
            sentence = _(
                "{machine} has one ready queue for all cores; give it a `scheduler` with "
                "`queue: per_core`, so that a container can be kept on some"
            )
            self._say(sentence.format(machine=place.name), at, "cpu", "cores")

    def _check_memory(self, at: int, container: ContainerGroupSpec, place: Place) -> None:
        sentence = _("must be at most the memory of {machine}, {most}, got {value}")
        for field, size in container.memory.bounds:
            if size > place.memory:
                sizes = {"most": format_size(place.memory), "value": format_size(size)}
                told = sentence.format(machine=place.name, **sizes)
                self._say(told, at, "memory", field, value=size)
        self._check_needs(at, container)

    def _check_needs(self, at: int, container: ContainerGroupSpec) -> None:
        """Note a limit below what the image needs."""
        registry = self._scope.registry
        needs = container.base_memory
        if needs is None:
            needs = registry.memory_of(container.image) if registry is not None else 0
        field, most = container.memory.bounds[-1]
        if needs > most:
            sentence = _("must be at least what image {image} needs, {needs}, got {most}")
            sizes = {"needs": format_size(needs), "most": format_size(most)}
            told = sentence.format(image=container.image, **sizes)
            self._say(told, at, "memory", field, value=most)


def _places(scope: Scope) -> Mapping[str, Place]:
    """Return what each machine has, by name."""
    runtime = scope.container_runtime.scheduler
    places = {}
    for host in scope.hosts:
        queue = (host.scheduler or scope.host_scheduler).queue
        for name in host.names:
            places[name] = Place(name, host.cores, host.memory, queue)
    for vm in scope.vms:
        queue = (vm.scheduler or runtime).queue
        for name in vm.names:
            places[name] = Place(name, vm.cores, vm.memory.size, queue)
    return places


def check_containers(scope: Scope, findings: Findings) -> None:
    """Note what containers name that is not there, and what cannot be."""
    ContainerReferences(scope, findings).check()
    check_order({each.name: each.after for each in scope.containers}, findings)
    if scope.registry is not None:
        hosts = HostReferences(scope.hosts, scope.network, findings)
        hosts.check(scope.registry.host, "registry", "host", network=True)
    alone = not scope.workload and scope.until is None
    if alone and endless(scope.containers, scope.programs):
        sentence = _("`until` is needed, for the programs in containers never end by themselves")
        findings.say(sentence, "until")


def endless(containers: Sequence[ContainerGroupSpec], programs: Sequence[ProgramSpec]) -> bool:
    """Return whether there are programs in containers, and none of them ends by itself."""
    names = {each.name for each in programs}
    running = [each for each in containers if each.program in names]
    return bool(running) and not any(finite(each, programs) for each in running)


def finite(container: ContainerGroupSpec, programs: Sequence[ProgramSpec]) -> bool:
    """Return whether a container ends by itself: with its program, and for good."""
    if container.program is None or container.restart.policy in ("always", "unless-stopped"):
        return False
    return ends(container.program, programs)
