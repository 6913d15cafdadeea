"""A compose file, as the section `containers` of a scenario: one host, and no orchestration.

Source: the Compose Specification (compose-spec/compose-spec, spec.md).
"""

from __future__ import annotations

from typing import Final

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.compose_service import Service, containers, service
from aio_sim.scenario.manifests.dependencies import COMPLETED, check
from aio_sim.scenario.manifests.interpolation import interpolated
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.yaml_tree import Node

JOB: Final = "job"
"""The program of services that others wait for to complete."""

JOB_WORK: Final = "1s"
"""CPU time of such a service: an assumption."""

ELSEWHERE: Final = ("include", "extends")
"""Fields that name services which stand elsewhere."""


class ComposeFile:
    """The services of a compose file that run."""

    def __init__(self, root: Node, notes: Notes) -> None:
        self._notes = notes
        self._root = Part(interpolated(root, notes), root.mark, "", notes)
        listed = self._root.needed("services")
        self._refuse(self._root, "include")
        found = {name: self._service(part, name) for name, part in listed.fields().items()}
        if listed.present and not found:
            listed.wrong(_("there is no service in it"))
        left_out = self._left_out(found)
        self.services = {name: each for name, each in found.items() if name not in left_out}
        check({name: each.waits for name, each in self.services.items()}, left_out)

    @property
    def name(self) -> str:
        """What the file calls itself, or ""."""
        return self._root.field("name").text()

    def sections(self, memory: int) -> dict[str, list[Node]]:
        """Return what a scenario has of them, on a host with so many bytes of memory.

        To be called only where nothing is wrong with what they depend on.
        """
        jobs = self._jobs()
        found: dict[str, list[Node]] = {"containers": []}
        for name, each in self.services.items():
            node = containers(each, self.services, memory)
            found["containers"].append(_as_job(each.part, node) if name in jobs else node)
        if jobs:
            steps = [{"do": "compute", "work": JOB_WORK}]
            found["programs"] = [self._root.made({"name": JOB, "steps": steps})]
        self._settle()
        return found

    @property
    def servers(self) -> list[str]:
        """The services that wait for requests; each is the name of its containers, too."""
        jobs = self._jobs()
        return [name for name in self.services if name not in jobs]

    def _jobs(self) -> set[str]:
        """Return the services that others wait for to complete."""
        waits = (dependency for each in self.services.values() for dependency in each.waits)
        return {each.name for each in waits if each.condition == COMPLETED}

    def _service(self, part: Part, name: str) -> Service:
        if not part.present:
            part.wrong(_("must be a mapping of fields, got nothing"))
        self._refuse(part, "extends")
        return service(part, name)

    def _refuse(self, part: Part, name: str) -> None:
        if part.field(name).present:
            told = _("is not followed; give one file with everything in it")
            part.field(name).wrong(told)

    def _left_out(self, found: dict[str, Service]) -> dict[str, str]:
        """Return the services that do not run, and why; each is warned of."""
        reasons: dict[str, str] = {}
        for name, each in found.items():
            if each.profiles:
                told = _("it is of the profile {name}, and only services of none run")
                reasons[name] = told.format(name=", ".join(each.profiles))
            elif each.replicas == 0:
                reasons[name] = _("it has no replicas")
        for name, reason in reasons.items():
            found[name].part.leave_out(_("is left out: {reason}").format(reason=reason))
        return reasons

    def _settle(self) -> None:
        content = self._root.data
        for name in content if isinstance(content, dict) else ():
            if name.startswith("x-"):  # for people, and for YAML's anchors
                self._root.field(name).pass_over()
        self._root.field("name")
        self._root.field("version")
        self._root.settle()


def _as_job(part: Part, node: Node) -> Node:
    assert isinstance(node.content, dict)
    program = part.made(JOB)
    fields = {**node.content, "program": program}
    return Node(node.mark, fields, {**node.keys, "program": program.mark}, node.size)
