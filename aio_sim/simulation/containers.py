"""Wires the containers of a scenario, and lets each go through its life."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from simpy.events import Event

from aio_sim.containers.container import Container
from aio_sim.containers.container_state import ContainerState
from aio_sim.containers.engine import ContainerEngine
from aio_sim.containers.processes.program import Program
from aio_sim.containers.profile import RuntimeProfile
from aio_sim.containers.report import MOST_NAMED, group_totals, totals
from aio_sim.containers.restart import Restart, RestartPolicy, Restarts
from aio_sim.kernel.messages import _
from aio_sim.scenario.containers.containers import ContainerGroupSpec
from aio_sim.scenario.containers.programs import build_programs
from aio_sim.scenario.containers.references import finite
from aio_sim.simulation.container_nodes import ContainerNodes
from aio_sim.simulation.container_steps import ContainerSteps
from aio_sim.simulation.ground import Ground
from aio_sim.simulation.node_gate import NodeGate
from aio_sim.simulation.part import Part
from aio_sim.simulation.switching import switches
from aio_sim.virtualization.machine import VirtualMachine

Story = Generator[Event, Any, None]


def containers_part(ground: Ground, nodes: ContainerNodes) -> Part | None:
    """Make the containers of a scenario, whose lives then begin; None where it has none."""
    if not ground.scenario.containers:
        return None
    return ContainerSystem(ground, nodes).part


@dataclass
class Lodger:
    """A container, what the scenario says of it, and where it is."""

    spec: ContainerGroupSpec
    container: Container
    engine: ContainerEngine
    gate: NodeGate
    begun: Event
    """Fires when it runs for the first time, or is given up."""
    refusal: str = ""
    """Why it could not be made, "" where it was."""
    waiting: list[Event] = field(default_factory=list)
    """What waits for its end."""


class ContainerSystem:
    """The containers that a scenario names, an engine for each machine that has some."""

    def __init__(self, ground: Ground, nodes: ContainerNodes) -> None:
        self._ground = ground
        self._nodes = nodes
        self._profile = RuntimeProfile.named(ground.scenario.container_runtime.profile)
        self._engines: dict[str, ContainerEngine] = {}
        self._gates: dict[str, NodeGate] = {}
        self._lodgers: dict[Container, Lodger] = {}
        self._alike: dict[str, list[Lodger]] = {}  # by the name that the scenario gives them
        programs = build_programs(ground.scenario.programs)
        self._steps = ContainerSteps(ground.env, programs)
        for spec in ground.scenario.containers:
            engine = self._engine(spec.on or ground.hosts[0].name)
            for name in spec.names:
                lodger = self._define(spec, name, engine, programs)
                ground.ending.story(self._life(lodger))

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            machines={each.name: each for each in self._lodgers},
            cpus=lambda: [each.cpu for each in self._lodgers],
            held=lambda: chain.from_iterable(each.held for each in self._lodgers),
            failed=self._failed,
            repaired=self._repaired,
            check=self._check,
            close=self._close,
            totals=lambda: totals(self._engines.values()) | self._group_totals(),
            meta=self._meta,
        )

    def _engine(self, machine: str) -> ContainerEngine:
        """Return the engine of a machine, which hears of the machine's end."""
        if machine not in self._engines:
            nodes, specs = self._nodes, self._ground.scenario.containers
            registry = nodes.registry(spec.image for spec in specs)
            engine = nodes.engine(machine, self._profile, registry, on_end=self._at_rest)
            self._engines[machine] = engine
            there = self._ground.machines[machine]
            guest = there if isinstance(there, VirtualMachine) else None
            self._gates[machine] = NodeGate(self._ground.env, engine, guest)
        return self._engines[machine]

    def _define(
        self,
        spec: ContainerGroupSpec,
        name: str,
        engine: ContainerEngine,
        programs: Mapping[str, Program],
    ) -> Lodger:
        scenario, streams = self._ground.scenario, self._ground.streams
        scheduler = spec.scheduler or scenario.scheduler
        registry = scenario.registry
        memory = 0 if registry is None else registry.memory_of(spec.image)

        def watch() -> None:
            self._ground.on_down(name, not (container.open or container.waited_for))

        container = engine.define(
            spec.build(name, memory, programs),
            scheduler.build(),
            switch_cost=switches(scenario, scheduler, streams, name),
            watch=watch,
        )
        gate, begun = self._gates[engine.node.name], Event(self._ground.env)
        lodger = Lodger(spec, container, engine, gate, begun)
        self._lodgers[container] = lodger
        self._alike.setdefault(spec.name, []).append(lodger)
        return lodger

    def _life(self, lodger: Lodger) -> Story:
        """Make and start a container, and take its steps, each when the one before is done."""
        env, spec = self._ground.env, lodger.spec
        if spec.start:
            yield env.timeout(spec.start)
        yield from self._await_others(lodger)
        if not lodger.refusal:
            yield from self._begin(lodger)
        lodger.begun.succeed()
        if lodger.refusal:
            lodger.engine.abandon(lodger.container)
            return
        for step in spec.steps:
            if step.at > env.now:
                yield env.timeout(step.at - env.now)
            yield from self._steps.take(lodger.engine, lodger.container, step)
        if finite(spec, self._ground.scenario.programs):
            yield from self._end(lodger)

    def _await_others(self, lodger: Lodger) -> Story:
        """Wait for what comes before a container, which is given up where that fails."""
        env = self._ground.env
        for after in lodger.spec.after:
            for other in self._alike[after.container]:
                yield other.begun
                if after.state == "completed" and not other.refusal:
                    yield from self._end(other)
                if other.refusal or (after.state == "completed" and not _succeeded(other)):
                    told = _("{name} failed, which it waits for")
                    lodger.refusal = told.format(name=other.container.name)
                    return
                ready = other.container.started_at + after.delay
                yield env.timeout(max(ready - env.now, 0))

    def _begin(self, lodger: Lodger) -> Story:
        """Make and start it, again and again with back-off where that fails, up to a bound."""
        attempts = self._ground.scenario.container_runtime.attempts
        delays = Restarts(RestartPolicy(Restart.ALWAYS), self._profile.back_off)
        while attempts:
            there: bool = yield lodger.gate.opened
            deaths = lodger.gate.deaths
            lodger.refusal = (yield from _attempt(lodger)) if there else lodger.gate.closed
            if not lodger.refusal or not there:
                return
            if deaths == lodger.gate.deaths:
                attempts -= 1
            elif not lodger.engine.comes_back(lodger.container):
                return
            delay = delays.after(1, 0)
            if attempts and delay is not None:
                yield self._ground.env.timeout(delay)

    def _end(self, lodger: Lodger) -> Story:
        """Wait until a container is at rest, if it is not."""
        container = lodger.container
        at_rest = (ContainerState.NEW, ContainerState.CREATED, ContainerState.REMOVED)
        if container.state not in at_rest and not lodger.engine.resting(container):
            lodger.waiting.append(Event(self._ground.env))
            yield lodger.waiting[-1]

    def _at_rest(self, container: Container) -> None:
        lodger = self._lodgers[container]
        waiting, lodger.waiting = lodger.waiting, []
        for event in waiting:
            event.succeed()

    def _failed(self, machine: str) -> None:
        if machine in self._gates:
            self._gates[machine].fail()

    def _repaired(self, machine: str) -> None:
        if machine in self._gates:
            self._gates[machine].repair()

    def _check(self) -> None:
        self._nodes.check()
        for engine in self._engines.values():
            engine.check()

    def _close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def _group_totals(self) -> dict[str, int | float]:
        alike = self._alike.items()
        return group_totals({name: [each.container for each in group] for name, group in alike})

    def _meta(self) -> Mapping[str, Any]:
        if len(self._lodgers) > MOST_NAMED:
            return {}
        return {"containers": {each.name: _told(self._lodgers[each]) for each in self._lodgers}}


def _succeeded(lodger: Lodger) -> bool:
    """Return whether a container has ended with the code 0."""
    status = lodger.container.status
    return status is not None and status.reported == 0


def _attempt(lodger: Lodger) -> Generator[Event, Any, str]:
    """Make and start a container, or what is left to do of that; return why it failed, or ""."""
    engine, container = lodger.engine, lodger.container
    reason: str = ""
    if container.starts:  # its engine was faster, as its machine has come back
        return reason
    if lodger.spec.started and container.state is ContainerState.NEW:
        reason = yield engine.adopt(container)
        return reason
    if container.state is ContainerState.NEW:
        reason = yield engine.create(container)
    if not reason:
        reason = yield engine.start(container)
    return reason


def _told(lodger: Lodger) -> Mapping[str, Any]:
    """Return what a report tells of a container beside its totals."""
    container = lodger.container
    told: dict[str, Any] = {"on": lodger.engine.node.name, "state": str(container.state)}
    if container.status is not None and container.state is ContainerState.EXITED:
        told["exit_code"] = container.status.reported
    return told | ({"refusal": lodger.refusal} if lodger.refusal else {})
