"""From manifests, or a compose file, to a checked scenario and all that was not taken over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aio_sim.kernel.errors import Problem, ScenarioError, UnitError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size, parse_size
from aio_sim.scenario.load import checked, read_text
from aio_sim.scenario.locate import find_scenario
from aio_sim.scenario.manifests import cluster
from aio_sim.scenario.manifests.compose_file import ComposeFile
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.manifests.platform import Objects
from aio_sim.scenario.yaml_tree import Mark, Node, compose_all

if TYPE_CHECKING:
    from aio_sim.scenario.schema import Scenario

LARGEST_HOST: Final = 64 * 2**30
"""Bytes of memory of a host that says nothing (scenario, hosts)."""


@dataclass(frozen=True)
class Imported:
    """A scenario made of files of another kind."""

    scenario: Scenario
    warnings: tuple[str, ...]
    """What is not simulated, or comes out otherwise than its author may think."""
    assumptions: tuple[str, ...]
    """What the files do not say, and what it was taken to be."""


def from_manifests(
    files: Sequence[str | Path], cluster_file: str | Path | None = None, set: Iterable[str] = ()
) -> Imported:
    """Return the scenario of Kubernetes manifests, on a cluster of its own or that of a file.

    Raises ScenarioError with all that is wrong, each with file, line and field.
    """
    notes = Notes()
    found = Objects([each for file in files for each in _documents(file)], notes)
    mark = Mark(str(files[0]))
    if not found.deployments and not notes.problems:
        notes.wrong(_("there is no Deployment to run"), mark, "")
    notes.raise_any()
    base = Base(mark, cluster_file)
    base.add("hosts", cluster.hosts("node", cluster.NODES))
    base.grow("platform", found.sections)
    where = _("{count} nodes of {cores} cores and {memory}").format(
        count=cluster.NODES, cores=cluster.CORES, memory=format_size(cluster.MEMORY)
    )
    return base.imported(notes, set, where, [each.name for each in found.services])


def from_compose(
    file: str | Path, cluster_file: str | Path | None = None, set: Iterable[str] = ()
) -> Imported:
    """Return the scenario of a compose file, on a host of its own or the first one of a file.

    Raises ScenarioError with all that is wrong, each with file, line and field.
    """
    notes = Notes()
    documents = _documents(file)
    root = documents[0]
    if len(documents) > 1:
        notes.wrong(_("expected one document, and here begins another"), documents[1].mark, "")
    found = ComposeFile(root, notes)
    notes.raise_any()
    base = Base(Mark(root.mark.file), cluster_file, found.name)
    base.add("container_runtime", {"profile": "docker"})
    base.add("dispatch", {"policy": "round_robin"})
    base.add("hosts", cluster.hosts("docker", None))
    for section, more in found.sections(base.host_memory()).items():
        base.grow(section, more)
    notes.raise_any()
    where = _("one host of {cores} cores and {memory}").format(
        cores=cluster.CORES, memory=format_size(cluster.MEMORY)
    )
    return base.imported(notes, set, where, found.servers)


class Base:
    """What manifests are put into: the tree of a cluster file, or next to nothing."""

    def __init__(self, mark: Mark, cluster_file: str | Path | None, name: str = "") -> None:
        self._mark = mark
        self._folder: Path | None = None
        self._fields: dict[str, Node] = {}
        self._keys: dict[str, Mark] = {}
        if cluster_file is not None:
            given, self._folder = cluster.read_cluster(cluster_file)
            assert isinstance(given.content, dict)
            self._mark, self._keys = given.mark, dict(given.keys)
            self._fields = dict(given.content)
        self._given = frozenset(self._fields)
        self.add("name", name or Path(mark.file).stem)

    def add(self, name: str, value: Any) -> None:
        """Add a field, unless it is there."""
        if name not in self._fields:
            self._fields[name] = cluster.node_of(value, self._mark)

    def grow(self, name: str, more: Any) -> None:
        """Add a field, or put more into it."""
        new = cluster.node_of(more, self._mark)
        old = self._fields.get(name)
        self._fields[name] = new if old is None else cluster.joined(old, new)

    def host_memory(self) -> int:
        """Return the bytes of memory of the first host; what is wrong with it is told later."""
        hosts = self._fields["hosts"].data()
        try:
            return parse_size(hosts[0].get("memory", LARGEST_HOST))
        except (AttributeError, IndexError, TypeError, UnitError):
            return LARGEST_HOST

    def imported(
        self,
        notes: Notes,
        set: Iterable[str],
        where: str,
        services: Sequence[str],
    ) -> Imported:
        """Return the scenario, with an end and a load where it has none, and what to say of it."""
        if "workload" not in self._given:
            self.add("until", cluster.SECONDS)
            self.add("workload", cluster.requests(services, self._fields["until"]))
        size = 1 + sum(each.size for each in self._fields.values())
        root = Node(self._mark, self._fields, self._keys, size)
        try:
            scenario = checked(root, self._folder, set)
        except ScenarioError as error:
            raise notes.in_manifest(_explained(error)) from None
        absent = self._fields.keys() - self._given | ({"registry"} - self._given)
        assumed = cluster.assumptions(absent, where, services)
        return Imported(scenario, notes.told(), tuple(assumed))


def _explained(error: ScenarioError) -> ScenarioError:
    """Return an error that tells, where a field of the file itself is set, what can be."""
    return ScenarioError(_of_the_scenario(each) for each in error.problems)


def _of_the_scenario(problem: Problem) -> Problem:
    from aio_sim.scenario.schema import Scenario

    first = problem.field.partition(".")[0].partition("[")[0]
    if not problem.file.startswith("--set ") or first in Scenario.model_fields:
        return problem
    form = _(
        "{message}; --set is for the scenario that is made of the file, as --out DIR writes it"
    )
    return replace(problem, message=form.format(message=problem.message))


def _documents(file: str | Path) -> list[Node]:
    """Return the documents of a file; ScenarioError where there is nothing in it."""
    shipped = Path(file).name == str(file) and not Path(file).suffix  # what a bare name would be
    path = find_scenario(f"./{file}" if shipped else file)
    documents = compose_all(read_text(path), str(path))
    if not any(document.content is not None for document in documents):
        raise ScenarioError([Problem(_("the file is empty"), str(path))])
    return documents
