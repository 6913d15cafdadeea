"""What files, distributions and adversaries say of hosts, links and each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.file_system import FileSystemSpec
from aio_sim.scenario.file_system.steps import GetStep, RenameStep, RotStep
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.name_patterns import matching
from aio_sim.scenario.networked_hosts import NetworkedHosts, linked_hosts
from aio_sim.scenario.one_to_many import DistributionSpec
from aio_sim.scenario.protection import AdversarySpec
from aio_sim.scenario.wiring import Wiring
from aio_sim.scenario.workloads import ListWorkload

Location = tuple[int | str, ...]


class DistributedReferences:
    """Looks at the names of hosts and links in what goes over the network."""

    def __init__(self, wiring: Wiring, findings: Findings) -> None:
        self._wiring = wiring
        self._findings = findings
        self._hosts = NetworkedHosts(wiring, findings)

    def check_files(self, spec: FileSystemSpec) -> None:
        """Note nodes, clients and paths of a file system that are not there."""
        place = ("file_system",)
        nodes = data_nodes(spec, self._wiring)
        if spec.data_nodes is not None:
            self._hosts.check_all(spec.data_nodes, *place, "data_nodes")
        elif not nodes:
            sentence = _("needs hosts with a network card; give them a `network`")
            self._findings.say(sentence, *place)
        if spec.name_node is not None:
            self._hosts.check(spec.name_node, *place, "name_node")
        for at, file in enumerate(spec.files):
            if file.client is not None:
                self._hosts.check(file.client, *place, "files", at, "client")
        for at, step in enumerate(spec.steps):
            self._check_step(spec, step, nodes, (*place, "steps", at))

    def check_distributions(self, distributions: Sequence[DistributionSpec]) -> None:
        """Note hosts that are not there, and distributions to nobody."""
        for at, spec in enumerate(distributions):
            place = ("distributions", at)
            self._hosts.check(spec.source, *place, "from")
            self._hosts.check_all(spec.to, *place, "to")
            if matching(spec.to, self._wiring.hosts) == [spec.source]:
                self._findings.say(_("must be other hosts than `from`"), *place, "to")

    def check_adversaries(self, adversaries: Sequence[AdversarySpec]) -> None:
        """Note links that are not there."""
        names = [link.name for link in self._wiring.links()] if adversaries else []
        for at, spec in enumerate(adversaries):
            if spec.link not in names:
                sentence = _("there is no link {name!r}{hint}")
                told = sentence.format(name=spec.link, hint=hint(spec.link, names))
                self._findings.say(told, "adversaries", at, "link", value=spec.link)

    def check_inputs(self, workloads: Sequence[object], spec: FileSystemSpec | None) -> None:
        """Note tasks that read files that are not there, or data of hosts on no network."""
        paths = [path for file in spec.files for path in file.paths] if spec is not None else []
        for at, workload in enumerate(workloads):
            if not isinstance(workload, ListWorkload):
                continue
            for number, task in enumerate(workload.tasks):
                place = ("workload", at, "tasks", number)
                if task.data_size:
                    for holder in task.data:
                        self._hosts.check(holder, *place, "data")
                if task.reads is not None and spec is None:
                    told = _("is of a file system; give the scenario a `file_system`")
                    self._findings.say(told, *place, "reads", value=task.reads)
                elif task.reads is not None and task.reads not in paths:
                    sentence = _("there is no file {name!r}{hint}")
                    told = sentence.format(name=task.reads, hint=hint(task.reads, paths[:1000]))
                    self._findings.say(told, *place, "reads", value=task.reads)

    def _check_step(
        self, spec: FileSystemSpec, step: object, nodes: Sequence[str], place: Location
    ) -> None:
        patterns = getattr(step, "node", None)
        if patterns is not None:
            given = [patterns] if isinstance(patterns, str) else patterns
            self._among(given, nodes, _("data node"), (*place, "node"))
        if isinstance(step, GetStep) and step.client is not None:
            self._hosts.check_all(step.client, *place, "client")
        renamed = any(isinstance(other, RenameStep) for other in spec.steps)
        if isinstance(step, GetStep | RotStep) and not renamed:
            paths = [path for file in spec.files for path in file.paths]
            self._among([step.path], paths, _("file"), (*place, "path"))

    def _among(
        self, patterns: Iterable[str], names: Sequence[str], what: str, place: Location
    ) -> None:
        """Note each pattern that matches none of the names."""
        for pattern in patterns:
            if not matching([pattern], names):
                sentence = _("there is no {what} {name!r}{hint}")
                near = hint(pattern, names[:1000])
                told = sentence.format(what=what, name=pattern, hint=near)
                self._findings.say(told, *place, value=pattern)


def data_nodes(spec: FileSystemSpec, wiring: Wiring) -> list[str]:
    """Return the hosts that hold data: those named, or all that are on the network."""
    if spec.data_nodes is not None:
        return matching(spec.data_nodes, wiring.hosts)
    linked = linked_hosts(wiring)
    return [name for name in wiring.hosts if name in linked]
