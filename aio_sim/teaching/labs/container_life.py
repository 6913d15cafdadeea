"""The lab on the life of a container: its states, from its image to its removal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from json import dumps
from typing import Any, Final, NamedTuple

from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.profile import PROFILES, RuntimeProfile
from aio_sim.containers.restart import Restart
from aio_sim.kernel.errors import InputError, ScenarioError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size, seconds
from aio_sim.scenario import Scenario
from aio_sim.scenario.hosts import USUAL_DISK
from aio_sim.simulation import Run, simulate
from aio_sim.teaching.labs.drawing import integer, one_of, stream

SECOND: Final = 10**9
NAME: Final = "app"
AFTER: Final = 100 * SECOND
"""For how long the run goes on after the removal: a program that runs then ends by TERM or KILL."""

_IMAGES: Final = (40, 80, 200, 400)
"""Mebibytes of drawn images."""


@dataclass(frozen=True)
class ContainerProblem:
    """A container alone on a host, whose program works and ends with a code, again and again.

    `image` is bytes that come over a network of `bandwidth` bits a second, unless it is there
    (None); `work` ns of CPU time; the container is removed at `removed` ns.
    """

    profile: str
    image: int
    bandwidth: int | None
    work: int
    code: int
    restart: str
    retries: int | None
    removed: int

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it: times in seconds, sizes in bytes."""
        return {
            "profile": self.profile,
            "image": self.image,
            "bandwidth": self.bandwidth,
            "work": seconds(self.work),
            "exit_code": self.code,
            "restart": self.restart,
            "retries": self.retries,
            "removed": seconds(self.removed),
        }

    @cached_property
    def scenario(self) -> Scenario:
        """The problem as a scenario; InputError where it cannot be one."""
        try:
            return Scenario.from_text(dumps(_scenario(self)))  # JSON is YAML
        except ScenarioError as error:
            problems = (f"{each.field}: {each.message}" for each in error.problems)
            raise InputError("; ".join(problems)) from None


class Stay(NamedTuple):
    """A state, and from when to when the container is in it, in nanoseconds."""

    state: str
    begin: int
    end: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it, times in seconds."""
        return {"state": self.state, "from": seconds(self.begin), "to": seconds(self.end)}


@dataclass(frozen=True)
class ContainerAnswer:
    """What became of the container; `run` has all of it."""

    run: Run

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """The states that it was in for some time, in their order, until it is removed."""
        trace = self.run.trace
        states = {state.value for state in ContainerState} - {ContainerState.REMOVED}
        track = trace.code(NAME)
        found = (
            Stay(trace.text(kind), begin, end)
            for kind, where, _number, begin, end in trace.spans.rows()
            if where == track and end > begin and trace.text(kind) in states
        )
        return tuple(sorted(found, key=lambda stay: stay.begin))

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        return {
            "states": [stay.as_json() for stay in self.stays],
            "starts": self.run.metrics["container.starts"],
        }


def draw(
    seed: int,
    *,
    profile: str | None = None,
    image: int | None = None,
    bandwidth: int | None = 10**9,
    work: int | None = None,
    code: int | None = None,
    restart: str | None = None,
    retries: int | None = None,
    removed: int | None = None,
) -> ContainerProblem:
    """Return a problem with what is given, in bytes and nanoseconds, the rest drawn under `seed`.

    Raises UnknownName for another profile or restart policy.
    """

    def random(what: str) -> Any:
        return stream(seed, "container", what)

    policies = tuple(policy.value for policy in Restart)
    profile = profile or one_of(random("profile"), tuple(PROFILES))
    restart = restart or one_of(random("restart"), policies)
    for kind, name, known in (
        (_("profile of a container runtime"), profile, tuple(PROFILES)),
        (_("restart policy"), restart, policies),
    ):
        if name not in known:
            raise UnknownName(kind, name, known)
    if retries is None and restart == Restart.ON_FAILURE:
        retries = integer(random("retries"), 1, 3)
    _check(bandwidth, work, restart, retries)
    _check_image(image or 0)
    drawn_image = 2**20 * _IMAGES[integer(random("image"), 0, len(_IMAGES) - 1)]
    return ContainerProblem(
        profile,
        drawn_image if image is None else image,
        bandwidth,
        SECOND * integer(random("work"), 1, 5) if work is None else work,
        integer(random("code"), 0, 1) if code is None else code,
        restart,
        retries,
        SECOND * integer(random("removed"), 20, 40) if removed is None else removed,
    )


def _check(bandwidth: int | None, work: int | None, restart: str, retries: int | None) -> None:
    if bandwidth is not None and bandwidth < 8:
        raise InputError(_("the bandwidth must be at least 8 bits a second"))
    if work is not None and work < 1:
        raise InputError(_("a program works for more than no time"))
    if retries is not None and restart != Restart.ON_FAILURE:
        raise InputError(_("retries are counted only with the restart policy on-failure"))


def _check_image(size: int) -> None:
    if size > USUAL_DISK.size:
        sentence = _("an image of {size} does not fit on the disk of {disk}")
        disk = format_size(USUAL_DISK.size)
        raise InputError(sentence.format(size=format_size(size), disk=disk))


def _until(problem: ContainerProblem) -> int:
    """Return when the run ends, in ns: an image that is on its way is waited for."""
    made = 0
    if problem.bandwidth is not None:
        rates = (problem.bandwidth // 8, RuntimeProfile.named(problem.profile).unpack_rate)
        slowest = min(*rates, USUAL_DISK.write // 8)
        made = 3 * problem.image * SECOND // slowest
    return problem.removed + made + AFTER


def solve(problem: ContainerProblem) -> ContainerAnswer:
    """Return what becomes of the container, as any run of the simulator has it."""
    return ContainerAnswer(simulate(problem.scenario, level="full"))


def _scenario(problem: ContainerProblem) -> dict[str, Any]:
    card: dict[str, Any] = {}
    registry: dict[str, Any] = {}
    if problem.bandwidth is not None:
        card = {"network": {"bandwidth": problem.bandwidth}}
        image = {"name": NAME, "size": problem.image}
        registry = {"registry": {"host": "registry", "images": [image]}}
    work = {"do": "compute", "work": seconds(problem.work)}
    restart: dict[str, Any] = {"policy": problem.restart}
    if problem.retries is not None:
        restart |= {"retries": problem.retries}
    container = {
        "name": NAME,
        "image": NAME,
        "on": "node",
        "program": NAME,
        "restart": restart,
        "steps": [{"at": seconds(problem.removed), "do": "destroy"}],
    }
    return {
        "name": "container",
        "until": seconds(_until(problem)),
        "hosts": [{"name": "node", **card}, *([{"name": "registry", **card}] if card else [])],
        **registry,
        "container_runtime": {"profile": problem.profile},
        "programs": [{"name": NAME, "steps": [work, {"do": "exit", "code": problem.code}]}],
        "containers": [container],
    }
