"""From manifests, or a compose file, to a checked scenario and all that was not taken over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.kernel.messages import _
from aio_sim.scenario.load import checked, read_text
from aio_sim.scenario.locate import find_scenario
from aio_sim.scenario.manifests import cluster
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.manifests.platform import Objects
from aio_sim.scenario.yaml_tree import Mark, Node, compose_all

if TYPE_CHECKING:
    from aio_sim.scenario.schema import Scenario

WANTED = ("hosts", "until", "workload", "registry")
"""What a cluster file may say, and is assumed where it does not."""


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
    services = {each.name: each.name for each in found.services}
    base = Base(mark, cluster_file)
    root = base.having("platform", cluster.node_of(found.sections, mark))
    where = _("{count} nodes of {cores} cores and {memory}")
    where = where.format(count=cluster.NODES, cores=cluster.CORES, memory="32 GiB")
    root = base.completed(root, cluster.hosts("node", cluster.NODES), services)
    return base.imported(root, notes, set, where, services)


class Base:
    """What manifests are put into: the tree of a cluster file, or next to nothing."""

    def __init__(self, mark: Mark, cluster_file: str | Path | None) -> None:
        self.mark = mark
        self.folder: Path | None = None
        self.root = cluster.node_of({"name": Path(mark.file).stem or "manifest"}, mark)
        if cluster_file is not None:
            given, self.folder = cluster.read_cluster(cluster_file)
            assert isinstance(given.content, dict)
            self.root = Node(
                given.mark,
                {**self.root.content, **given.content},  # type: ignore[dict-item]
                {**self.root.keys, **given.keys},
                given.size,
            )
        assert isinstance(self.root.content, dict)
        self.absent = [name for name in WANTED if name not in self.root.content]

    def having(self, name: str, more: Node) -> Node:
        """Return the tree with more in one of its fields."""
        return cluster.merged(self.root, name, more)

    def completed(
        self, root: Node, hosts: list[dict[str, object]], services: dict[str, str]
    ) -> Node:
        """Return the tree with hosts, an end and a load where it has none."""
        assert isinstance(root.content, dict)
        until = root.content.get("until", cluster.SECONDS)
        usual = {
            "hosts": hosts,
            "until": until,
            "workload": cluster.requests(services, until) or None,
        }
        if "workload" in root.content:  # which may have an end of its own
            del usual["until"]
        for name, value in usual.items():
            if name in self.absent and value is not None:
                root = cluster.merged(root, name, cluster.node_of(value, self.mark))
        return root

    def imported(
        self, root: Node, notes: Notes, set: Iterable[str], where: str, services: Iterable[str]
    ) -> Imported:
        """Return the scenario of a tree, with what there is to say about it."""
        try:
            scenario = checked(root, self.folder, set)
        except ScenarioError as error:
            raise notes.in_manifest(error) from None
        assert isinstance(root.content, dict)
        absent = [name for name in self.absent if name in root.content or name != "until"]
        assumed = cluster.assumptions(absent, where, services)
        return Imported(scenario, notes.told(), tuple(assumed))


def _documents(file: str | Path) -> list[Node]:
    """Return the documents of a file; ScenarioError where there is nothing in it."""
    path = find_scenario(Path(file) if Path(file).suffix else f"./{file}")
    documents = compose_all(read_text(path), str(path))
    if not any(document.content is not None for document in documents):
        raise ScenarioError([Problem(_("the file is empty"), str(path))])
    return documents
