"""What a scenario says of programs: what the processes of containers do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from aio_sim.containers.processes.program import Program
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.program_steps import ProgramStep, SpawnStep
from aio_sim.scenario.fields import Name, Number, Spec, Weight
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown

if TYPE_CHECKING:
    from collections.abc import Collection

Adjustment = Annotated[int, Field(ge=-1000, le=1000)]


class ProgramSpec(Spec):
    """What a process does: steps, after the last of which it ends with the code 0."""

    name: Name
    """What containers and `spawn` call it."""
    steps: Annotated[tuple[ProgramStep, ...], Field(min_length=1)]
    """What it does, one after the other."""
    repeat: bool = False
    """Whether it begins again after the last step, and never ends by itself."""
    priority: Number = 0
    """A smaller number runs first under `priority`."""
    weight: Weight = 1
    """Its share under `fair` and `lottery`."""
    oom_adjustment: Adjustment = 0
    """Added to its badness when memory runs out, in thousandths of all; -1000 spares it."""

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        ends = any(step.do in ("compute", "sleep", "exit") for step in self.steps)
        if self.repeat and not ends:
            findings = Findings("program")
            sentence = _("steps that repeat for ever must take time; add `compute` or `sleep`")
            findings.say(sentence, "repeat", value=self.repeat)
            findings.raise_any()
        return self

    @property
    def spawned(self) -> Iterator[str]:
        """Yield the names of the programs that it spawns, itself left out."""
        for step in self.steps:
            if isinstance(step, SpawnStep) and step.program != self.name:
                yield step.program


def check_programs(programs: tuple[ProgramSpec, ...]) -> tuple[ProgramSpec, ...]:
    """Return the programs; raise for names that are not there, there twice, or in a circle."""
    findings = Findings("programs")
    known = {program.name: program for program in programs}
    taken: set[str] = set()
    for at, program in enumerate(programs):
        if program.name in taken:
            sentence = _("there is already a program named {name!r}").format(name=program.name)
            findings.say(sentence, at, "name", value=program.name)
        taken.add(program.name)
        _check_spawns(program, at, known, findings)
    findings.raise_any()
    return programs


def _check_spawns(
    program: ProgramSpec, at: int, known: Mapping[str, ProgramSpec], findings: Findings
) -> None:
    for number, step in enumerate(program.steps):
        if not isinstance(step, SpawnStep):
            continue
        place = (at, "steps", number, "program")
        if step.program not in known:
            findings.say(unknown_program(step.program, known), *place, value=step.program)
        elif step.program != program.name and program.name in _reached(step.program, known):
            sentence = _("{name} spawns {other} again; only a program itself may be in a circle")
            told = sentence.format(name=step.program, other=program.name)
            findings.say(told, *place, value=step.program)


def unknown_program(name: str, known: Collection[str]) -> str:
    """Return that there is no such program, with the nearest there is."""
    return _("there is no program {name}{hint}").format(name=shown(name), hint=hint(name, known))


def _reached(start: str, known: Mapping[str, ProgramSpec]) -> set[str]:
    """Return the programs that processes come to run which begin with that one."""
    reached, left = set[str](), [start]
    while left:
        for name in known[left.pop()].spawned:
            if name in known and name not in reached:
                reached.add(name)
                left.append(name)
    return reached


def ends(name: str, programs: Sequence[ProgramSpec]) -> bool:
    """Return whether a process of that program ends by itself, for nothing it comes to repeats."""
    known = {program.name: program for program in programs}
    return not any(known[each].repeat for each in {name, *_reached(name, known)})


def build_programs(programs: Sequence[ProgramSpec]) -> dict[str, Program]:
    """Return programs by name, each with those that it spawns; no two are in a circle."""
    specs = {program.name: program for program in programs}
    built: dict[str, Program] = {}

    def build(name: str) -> Program:
        if name not in built:
            spec = specs[name]
            others = {other: build(other) for other in spec.spawned}
            built[name] = _program(spec, others)
        return built[name]

    for name in specs:
        build(name)
    return built


def _program(spec: ProgramSpec, others: Mapping[str, Program]) -> Program:
    steps = tuple(call for step in spec.steps for call in step.build(others))
    return Program(spec.name, steps, spec.repeat, spec.priority, spec.weight, spec.oom_adjustment)
