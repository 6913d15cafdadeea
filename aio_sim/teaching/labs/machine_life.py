"""The lab on the life of a virtual machine: its state after each step, and what each step costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import seconds
from aio_sim.scenario.hosts import USUAL_DISK, DiskSpec
from aio_sim.scenario.vm_life import LIVES, impossible
from aio_sim.teaching.labs.drawing import integer, one_of, stream
from aio_sim.virtualization.profile import PROFILES, Profile, Stage

GIB: Final = 2**30
SECOND: Final = 10**9
STEPS: Final = ("create", "boot", "pause", "resume", "snapshot", "shut_down", "destroy")
"""What one host's monitor does with a machine; migrations and balloons take more than one."""
MOST_STEPS: Final = 1000
"""The most steps of a problem."""
ABSENT: Final = "absent"
"""The state of a machine that is not yet made."""

_IMAGES: Final = (200 * 10**6, 500 * 10**6, 2 * 10**9, 20 * 10**9)
"""Sizes of drawn images: of the smaller ones a boot reads all."""


def transitions() -> Mapping[str, Mapping[str, str]]:
    """Return what can be done in each state, and the state after it."""
    lives = {
        state: {step: after for step, after in steps.items() if step in STEPS}
        for state, steps in LIVES.items()
    }
    order = (ABSENT, "off", "running", "paused", "destroyed")
    return {state: ({ABSENT: {"create": "off"}} | lives)[state] for state in order}


@dataclass(frozen=True)
class LifeProblem:
    """A machine of `cores`, `memory` and `image` bytes, alone on a host, and what is done to it.

    `profiles` are the monitors under which it lives.
    """

    profiles: tuple[Profile, ...]
    cores: int
    memory: int
    image: int
    disk: DiskSpec
    steps: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it: sizes in bytes, rates in bytes a second."""
        return {
            "profiles": [profile.name for profile in self.profiles],
            "cores": self.cores,
            "memory": self.memory,
            "image": self.image,
            "disk": {
                "read": self.disk.read / 8,
                "write": self.disk.write / 8,
                "latency": seconds(self.disk.latency),
            },
            "steps": list(self.steps),
        }


class Spent(NamedTuple):
    """What one stage takes when nothing else is on the host, in nanoseconds."""

    stage: Stage
    disk: int
    core: int

    @property
    def time(self) -> int:
        """All of it; a stage's parts come one after the other."""
        return self.stage.time + self.disk + self.core

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it, times in seconds, sizes in bytes."""
        return {
            "stage": self.stage.name,
            "fixed": seconds(self.stage.time),
            "disk": seconds(self.disk),
            "core": seconds(self.core),
            "time": seconds(self.time),
        }


class Done(NamedTuple):
    """One step of a life: the state before and after it, and the stages that it went through."""

    step: str
    before: str
    after: str
    stages: tuple[Spent, ...]

    @property
    def time(self) -> int:
        """How long it took, in nanoseconds."""
        return sum(each.time for each in self.stages)

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "step": self.step,
            "state": self.after,
            "time": seconds(self.time),
            "stages": [each.as_json() for each in self.stages],
        }


@dataclass(frozen=True)
class Life:
    """The life of a machine under one monitor."""

    profile: Profile
    overhead: int
    """Bytes that the monitor needs for it."""
    steps: tuple[Done, ...]

    @property
    def time(self) -> int:
        """How long all steps take, in nanoseconds."""
        return sum(step.time for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {
            "profile": self.profile.name,
            "overhead": self.overhead,
            "time": seconds(self.time),
            "steps": [step.as_json() for step in self.steps],
        }


@dataclass(frozen=True)
class LifeAnswer:
    """A life for each profile, in the order in which they were given."""

    lives: tuple[Life, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it, times in seconds, sizes in bytes."""
        return {"lives": [life.as_json() for life in self.lives]}


def draw(
    seed: int,
    *,
    profiles: Sequence[str] | None = None,
    cores: int | None = None,
    memory: int | None = None,
    image: int | None = None,
    disk: DiskSpec = USUAL_DISK,
    steps: Sequence[str] | None = None,
) -> LifeProblem:
    """Return a problem with what is given, sizes in bytes, the rest drawn under `seed`.

    UnknownName for a profile that there is not, InputError for one that is given twice.
    """
    if profiles is None:
        profiles = [one_of(stream(seed, "machine", "profile"), tuple(PROFILES))]
    if len(set(profiles)) < len(profiles):
        raise InputError(_("each profile can be given once"))
    if cores is None:
        cores = integer(stream(seed, "machine", "cores"), 1, 4)
    if memory is None:
        memory = GIB * integer(stream(seed, "machine", "memory"), 1, 8)
    if image is None:
        image = _IMAGES[integer(stream(seed, "machine", "image"), 0, len(_IMAGES) - 1)]
    named = tuple(Profile.named(name) for name in profiles)
    return LifeProblem(
        named, cores, memory, image, disk, tuple(_draw_steps(seed) if steps is None else steps)
    )


def _draw_steps(seed: int) -> list[str]:
    """Return a life from its beginning to its end, with a few steps between them."""
    random = stream(seed, "machine", "steps")
    steps, state, possible = ["create", "boot"], "running", transitions()
    for _step in range(integer(random, 2, 5)):
        steps.append(one_of(random, tuple(step for step in possible[state] if step != "destroy")))
        state = possible[state][steps[-1]]
    return [*steps, "destroy"]


def solve(problem: LifeProblem) -> LifeAnswer:
    """Return the state after each step, and what it costs when the machine is alone on its host.

    UnknownName for a step that there is not; InputError for one that is impossible in its state,
    for no steps or more than MOST_STEPS, and for a machine without cores, memory or image.
    """
    if min(problem.cores, problem.memory, problem.image) < 1:
        raise InputError(_("a machine has at least 1 core, and memory and an image of 1 byte"))
    if not 1 <= len(problem.steps) <= MOST_STEPS:
        raise InputError(
            _("expected 1 to {most:,} steps, got {count:,}").format(
                most=MOST_STEPS, count=len(problem.steps)
            )
        )
    states = _states(problem.steps)
    return LifeAnswer(tuple(_life(problem, profile, states) for profile in problem.profiles))


def _states(steps: Sequence[str]) -> list[str]:
    """Return the state before each step, and the last one."""
    states, possible = [ABSENT], transitions()
    for number, step in enumerate(steps, start=1):
        ways = possible[states[-1]]
        if step not in ways:
            _refuse(number, step, states[-1], ways)
        states.append(ways[step])
    return states


def _refuse(number: int, step: str, state: str, possible: Collection[str]) -> NoReturn:
    if step in STEPS:
        reason = impossible(step, state, possible)
    elif any(step in steps for steps in LIVES.values()):
        reason = _("it takes a scenario, where there are other hosts and machines")
    else:
        raise UnknownName("step of a machine's life", step, STEPS)
    sentence = _("step {number}, {step}: {reason}")
    raise InputError(sentence.format(number=number, step=step, reason=reason))


def _life(problem: LifeProblem, profile: Profile, states: Sequence[str]) -> Life:
    done = (
        Done(step, before, after, tuple(_spent(problem, profile, step, before)))
        for step, before, after in zip(problem.steps, states[:-1], states[1:], strict=True)
    )
    return Life(profile, profile.overhead(problem.cores, problem.memory), tuple(done))


def _spent(problem: LifeProblem, profile: Profile, step: str, before: str) -> list[Spent]:
    return [
        _stage(stage, profile, problem.disk) for stage in _stages(problem, profile, step, before)
    ]


def _stages(problem: LifeProblem, profile: Profile, step: str, before: str) -> tuple[Stage, ...]:
    if step == "create":
        return profile.create_cost()
    if step == "boot":
        return profile.boot_cost(problem.image, problem.memory)
    if step == "snapshot":  # one that is off has no memory to write
        return profile.snapshot_cost(0 if before == "off" else problem.memory)
    plain = {
        "pause": profile.pause_cost,
        "resume": profile.resume_cost,
        "shut_down": profile.shut_down_cost,
        "destroy": profile.destroy_cost,
    }
    return plain[step]()


def _stage(stage: Stage, profile: Profile, disk: DiskSpec) -> Spent:
    """Return what a stage takes: time, then the disk, then a core, each less efficient by some."""
    served = 0
    for size, bits in ((stage.read, disk.read), (stage.written, disk.write)):
        if size:
            served += disk.latency + -(-int(size / profile.disk_efficiency) * SECOND // (bits // 8))
    speed = profile.speed
    return Spent(stage, served, -(-stage.work * speed.denominator // speed.numerator))
