"""What a scenario is: hosts, policies and workloads, checked as a whole and fixed once made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.scenario.backup_references import check_backups
from aio_sim.scenario.backups import BackupSpec, DisasterSpec
from aio_sim.scenario.containers.containers import ContainerGroupSpec
from aio_sim.scenario.containers.images import RegistrySpec
from aio_sim.scenario.containers.programs import ProgramSpec, check_programs
from aio_sim.scenario.containers.references import check_containers, check_count
from aio_sim.scenario.containers.runtime import ContainerRuntimeSpec
from aio_sim.scenario.copies import CopySpec
from aio_sim.scenario.distributed_references import DistributedReferences
from aio_sim.scenario.fields import Count, Name, Size, Spec, Whole, require_kind
from aio_sim.scenario.file_system import FileSystemSpec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.host_failures import HostFailureSpec, check_host_failures
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.machine_groups import Group, Machines, check_groups, names_of
from aio_sim.scenario.machine_references import check_machines, check_vms
from aio_sim.scenario.mapreduce import MapReduceSpec
from aio_sim.scenario.mapreduce_references import check_mapreduce
from aio_sim.scenario.network import TopologySpec
from aio_sim.scenario.network_references import check_network
from aio_sim.scenario.one_to_many import DistributionSpec
from aio_sim.scenario.platform.pod_references import check_ends
from aio_sim.scenario.platform.references import check_platform
from aio_sim.scenario.platform.section import PlatformSpec
from aio_sim.scenario.policies import AllocationSpec, DispatchSpec, SchedulerSpec
from aio_sim.scenario.protection import Adversary, Encryption, EncryptionSpec
from aio_sim.scenario.references import check_hosts, check_quotas, check_workload, labels
from aio_sim.scenario.replica_sets import ReplicaSetSpec, check_replica_sets
from aio_sim.scenario.storage import StorageSpec, check_storage
from aio_sim.scenario.virtual_machines import VmmSpec, VmSpec
from aio_sim.scenario.wiring import Wiring
from aio_sim.scenario.workloads import ListWorkload, WorkloadSpec
from aio_sim.scheduling.policy import Duration


class QuotaSpec(Spec):
    """What one tenant may hold at a time."""

    cores: Count | None = None
    """Whole cores; no limit where absent."""
    memory: Size | None = None
    """Bytes; no limit where absent."""


class Scenario(Spec):
    """A machine and its load: all that a run needs, but for its seed if another is wished.

    Times are nanoseconds, sizes bytes and rates bits per second, whatever they were written in.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """What to call it."""
    description: str = ""
    """What it shows, in a line."""
    seed: Whole = 0
    """What fixes all that is random."""
    until: Annotated[Duration, Field(gt=0)] | None = None
    """When the run ends; when its work is done, where absent."""
    hosts: Annotated[tuple[HostSpec, ...], Field(min_length=1), AfterValidator(check_hosts)]
    """The machines."""
    network: TopologySpec | None = None
    """How they are linked; each card to one central switch, where absent."""
    vmm: VmmSpec = Field(default_factory=VmmSpec)
    """The virtual machine monitor of every host."""
    vms: Annotated[tuple[VmSpec, ...], AfterValidator(check_vms)] = ()
    """The virtual machines, if any."""
    scheduler: SchedulerSpec = Field(default_factory=SchedulerSpec)
    """How each Cpu orders its processes."""
    dispatch: DispatchSpec = Field(default_factory=DispatchSpec)
    """Which machine a time-shared task goes to."""
    allocation: AllocationSpec = Field(default_factory=AllocationSpec)
    """How the resource manager orders and places what takes whole cores or memory."""
    quotas: dict[Name, QuotaSpec] = Field(default_factory=dict)
    """What each tenant may hold at a time, by its name."""
    workload: Annotated[
        tuple[Annotated[WorkloadSpec, BeforeValidator(require_kind)], ...],
        AfterValidator(check_workload),
    ] = ()
    """Where the tasks come from; needed unless something else is to be done."""
    copies: tuple[CopySpec, ...] = ()
    """Disk images that are copied from host to host."""
    registry: RegistrySpec | None = None
    """Where images of containers come from; where absent, all are on every machine already."""
    container_runtime: ContainerRuntimeSpec = Field(default_factory=ContainerRuntimeSpec)
    """The container runtime of every machine that has containers."""
    programs: Annotated[tuple[ProgramSpec, ...], AfterValidator(check_programs)] = ()
    """What processes in containers do."""
    containers: Annotated[tuple[ContainerGroupSpec, ...], AfterValidator(check_count)] = ()
    """The containers, if any, that are not a platform's."""
    platform: PlatformSpec | None = None
    """A platform that deploys containers, if there is one."""
    file_system: FileSystemSpec | None = None
    """A distributed file system on the hosts, if there is one."""
    mapreduce: MapReduceSpec | None = None
    """MapReduce jobs over files of the file system, if there are any."""
    distributions: tuple[DistributionSpec, ...] = ()
    """Things that go from one host to many."""
    encryption: Encryption = Field(default_factory=EncryptionSpec)
    """How links are protected that say nothing of it themselves: `none`, `aes`, `rsa` or
    `hybrid`, or a mapping with a `kind`."""
    adversaries: tuple[Adversary, ...] = ()
    """Who sits on links, if anybody."""
    storage: StorageSpec | None = None
    """Storage servers and what is asked of them, if there are any."""
    replica_sets: tuple[ReplicaSetSpec, ...] = ()
    """Sets of hosts that hold the same documents, and who writes to them."""
    backups: tuple[BackupSpec, ...] = ()
    """Data that are backed up to another host, by which plan."""
    disasters: tuple[DisasterSpec, ...] = ()
    """What happens to these data, and to their backups."""
    failures: tuple[HostFailureSpec, ...] = ()
    """Hosts that die, and when."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        findings = Findings("scenario")
        if not self._has_work():
            findings.say(_("is required: where the tasks come from"), "workload")
        findings.attempt(lambda: check_quotas(self.quotas, self.workload))
        findings.attempt(lambda: check_network(self.hosts, self.network))
        self._check_distributed(findings)
        if self.mapreduce is not None:
            wiring = Wiring(self.hosts, self.network)
            check_mapreduce(self.mapreduce, self.file_system, self.failures, wiring, findings)
        if self.failures:
            check_host_failures(self.failures, names_of(self.hosts), findings)
        if self.platform is not None:
            check_platform(self.platform, self.hosts, self.vms, self.scheduler, findings)
            if self.until is None:
                check_ends(self.platform, findings)
        if self.storage is not None:
            check_storage(self.storage, self.hosts, findings)
        check_backups(self, findings)
        check_replica_sets(self.replica_sets, self.hosts, self.network, findings)
        check_containers(self, findings)
        if self._names_machines():
            machines = self._machines()
            check_machines(
                self.hosts, self.network, self.vms, self.copies, self.scheduler, machines, findings
            )
            check_groups(self.workload, machines, findings)
        findings.raise_any()
        return self

    def _has_work(self) -> bool:
        """Return whether there is something to do."""
        stories = (
            self.copies
            or self.backups
            or self.replica_sets
            or self.file_system
            or self.distributions
            or self.platform
        )
        return bool(self.workload or self.has_guests or self.mapreduce or self.storage or stories)

    def _machines(self) -> Machines:
        """Return all machines by name."""
        services = () if self.platform is None else self.platform.services
        return Machines(self.hosts, self.vms, (*self.containers, *services))

    def _check_distributed(self, findings: Findings) -> None:
        """Note what files, distributions and adversaries name that is not there."""
        reading = any(isinstance(each, ListWorkload) and each.inputs for each in self.workload)
        sending = self.file_system is not None or self.distributions or self.adversaries
        if not sending and not reading:
            return
        references = DistributedReferences(Wiring(self.hosts, self.network), findings)
        if self.file_system is not None:
            references.check_files(self.file_system)
        references.check_distributions(self.distributions)
        references.check_inputs(self.workload, self.file_system)
        references.check_adversaries(self.adversaries)

    def _names_machines(self) -> bool:
        """Return whether some part says something of a machine that stands elsewhere."""
        chosen = any(workload.on or workload.locality for workload in self.workload)
        return bool(self.vms or self.copies or chosen)

    @classmethod
    def load(cls, reference: str | Path, set: Iterable[str] = ()) -> Scenario:
        """Return the scenario of a YAML file, or the shipped one of that name.

        `set` has overrides such as `scheduler.quantum=20ms`. Raises UnknownName where there is no
        such scenario, ScenarioError with all that is wrong in it.
        """
        from aio_sim.scenario.load import load

        return load(reference, set)

    @classmethod
    def from_text(cls, text: str, set: Iterable[str] = (), file: str = "") -> Scenario:
        """Return the scenario of a YAML text; `file` is what errors call it.

        Raises ScenarioError with all that is wrong in it.
        """
        from aio_sim.scenario.load import parse

        return parse(text, file, set=set)

    def having(self, set: Iterable[str]) -> Scenario:
        """Return this scenario with overrides such as `scheduler.quantum=20ms`.

        Raises ScenarioError with all that is wrong with them.
        """
        return type(self).from_text(self.to_yaml(), set, self.name)

    def to_yaml(self) -> str:
        """Return YAML that loads as an equal scenario: what was given, and the seed."""
        import yaml

        from aio_sim.scenario.yaml_tree import Dumper

        return yaml.dump(
            self.to_data(), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100
        )

    def to_data(self) -> dict[str, Any]:
        """Return what was given, and the seed, as JSON has it: times in seconds, sizes in bytes."""
        given = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {field: given.get(field, self.seed) for field in _in_order(given)}

    @property
    def host_scheduler(self) -> SchedulerSpec:
        """How hosts order their processes that do not say it themselves."""
        if self.vms:
            return self.vmm.scheduler
        return self.container_runtime.scheduler if self.has_containers else self.scheduler

    def guest_scheduler(self, vm: VmSpec) -> SchedulerSpec:
        """Return how a virtual machine orders its processes, containers among them."""
        hosting = self.platform is not None or any(each.on in vm.names for each in self.containers)
        return vm.scheduler or (self.container_runtime.scheduler if hosting else self.scheduler)

    @property
    def has_containers(self) -> bool:
        """Whether machines run containers: those named here, or a platform's."""
        return bool(self.containers) or self.platform is not None

    @property
    def has_guests(self) -> bool:
        """Whether there are virtual machines, or containers of its own."""
        return bool(self.vms or self.containers)

    @property
    def uses_disks(self) -> bool:
        """Whether something is kept on the disks of hosts, so that each has one."""
        kept = self.copies or self.backups or self.replica_sets or self.file_system
        return bool(self.vms or kept or self.has_containers or self.storage)

    @property
    def is_secured(self) -> bool:
        """Whether something is encrypted on its way, or somebody listens."""
        users: list[object] = [*self.copies, *self.distributions, self.file_system]
        users += [host.network for host in self.hosts]
        if self.network is not None:
            users += [*self.network.links, *(rack.uplink for rack in self.network.racks)]
            users += [site.wan for site in self.network.sites]
        said = {getattr(user, "encryption", None) for user in users}
        return bool(self.adversaries or {*said, self.encryption.kind} - {None, "none"})

    def labels(self) -> tuple[str, ...]:
        """Return what each workload calls its tasks: its name, or its kind with a number."""
        return labels(self.workload)

    def machine_names(self) -> Group:
        """Return the names of all machines: the hosts, then the virtual machines, then others."""
        return tuple(self._machines().all)

    def groups(self) -> tuple[Group, ...]:
        """Return the names of the machines that the tasks of each workload go to."""
        machines = self._machines()
        return tuple(machines.group(workload) for workload in self.workload)


def _in_order(given: Mapping[str, Any]) -> list[str]:
    return [field for field in Scenario.model_fields if field in given or field == "seed"]
