"""Containers in a scenario: what is understood, and what is refused, at its place."""

from __future__ import annotations

import pytest

from aio_sim.containers.memory_limits import DynamicLimit, FixedLimit
from aio_sim.containers.processes.program import Compute, Exit, Spawn, Wait
from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.scenario import Scenario
from aio_sim.scenario.containers.programs import build_programs

SHOP = """\
name: shop
hosts: [{name: h1, cores: 4, memory: 4GiB, network: {bandwidth: 1Gbps}}]
registry:
  host: h1
  images:
    - {name: shop/web, layers: [{name: base, size: 80MB, unpacked: 200MB}], memory: 64MiB}
    - {name: db, size: 10MB, unpack: 2.5, files: [{name: /data, size: 1GB}]}
programs:
  - {name: child, steps: [{do: compute, work: 1ms}, {do: exit, code: 3}]}
  - {name: main, steps: [{do: spawn, program: child, count: 2}, wait, {do: spawn, program: main}]}
containers:
  - {name: web, count: 2, image: shop/web, cpu: {limit: 0.5}, restart: unless-stopped}
  - {name: db, image: db, memory: {floor: 64MiB, ceiling: 1GiB}, program: main, restart: no}
"""


def one(container: str, more: str = "", hosts: str = "[{name: h1, memory: 1GiB}]") -> str:
    """Return a scenario with one container, or several; YAML in one line."""
    return f"name: one\nhosts: {hosts}\ncontainers: [{container}]\n{more}"


def problems(text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, file="x.yaml")
    assert caught.value.exit_code == 2
    return caught.value.problems


def test_containers_are_understood() -> None:
    shop = Scenario.from_text(SHOP)
    web, db = shop.containers
    assert web.names == ("web-0", "web-1")
    assert web.memory.build() == FixedLimit(512 << 20)
    assert db.memory.build() == DynamicLimit(64 << 20, 1 << 30)
    assert web.cpu.build().quota == 50_000_000
    assert (web.restart.policy, db.restart.policy) == ("unless-stopped", "no")
    assert shop.registry is not None
    layers = [image.build().layers[0] for image in shop.registry.images]
    assert [(layer.size, layer.unpacked) for layer in layers] == [
        (80_000_000, 200_000_000),
        (10_000_000, 25_000_000),
    ]
    assert Scenario.from_text(shop.to_yaml()) == shop


def test_cores_alone_are_a_limit() -> None:
    short = Scenario.from_text(one("{name: a, image: i, cpu: 0.5}"))
    assert short == Scenario.from_text(one("{name: a, image: i, cpu: {limit: 0.5}}"))
    assert Scenario.from_text(short.to_yaml()) == short


def test_a_program_that_names_itself_forks() -> None:
    programs = build_programs(Scenario.from_text(SHOP).programs)
    child = programs["child"]
    assert child.steps == (Compute(1_000_000), Exit(3))
    assert programs["main"].steps == (Spawn(child), Spawn(child), Wait(), Spawn())


def test_machines_with_containers_order_them_by_weight() -> None:
    shop = Scenario.from_text(SHOP)
    assert shop.host_scheduler.policy == "fair"
    assert shop.having(["container_runtime.scheduler.policy=lottery"]).host_scheduler.policy == (
        "lottery"
    )


WRONG = [
    ("{name: a}", "containers[0].image", "is required"),
    ("{name: h1, image: i}", "containers[0].name", "already a machine named 'h1'"),
    ("{name: a, image: i}, {name: a, image: i}", "containers[1].name", "named 'a'"),
    ("{name: a, image: i, on: h2}", "containers[0].on", "'h2'; expected one of h1"),
    ("{name: a, image: i, memory: 2GiB}", "memory", "at most the memory of h1, 1 GiB"),
    (
        "{name: a, image: i, memory: {floor: 1MiB, ceiling: 2GiB}}",
        "memory.ceiling",
        "at most the memory of h1, 1 GiB, got 2 GiB",
    ),
    (
        "{name: a, image: i, memory: {floor: 2MiB, ceiling: 1MiB}}",
        "memory.floor",
        "at most the ceiling, 1 MiB, got 2 MiB",
    ),
    (
        "{name: a, image: i, memory: {floor: 2MiB}}",
        "memory",
        "needs a `limit`, or `floor` and `ceiling`",
    ),
    (
        "{name: a, image: i, memory: {limit: 2MiB, floor: 1MiB}}",
        "memory",
        "either a fixed `limit`, or `floor` and `ceiling`",
    ),
    (
        "{name: a, image: i, memory: 1MiB, base_memory: 2MiB}",
        "memory",
        "at least what image i needs, 2 MiB, got 1 MiB",
    ),
    ("{name: a, image: i, memory: 1MIB}", "memory", "did you mean 'MiB'?"),
    ("{name: a, image: i, cpu: {limit: 2}}", "cpu.limit", "2 cores on average, and h1 has 1"),
    (
        "{name: a, image: i, cpu: {quota: 3s, period: 1s}}",
        "cpu.quota",
        "3 cores on average, and h1 has 1",
    ),
    ("{name: a, image: i, cpu: {limit: 0.5, quota: 1ms}}", "cpu.quota", "give one of them"),
    ("{name: a, image: i, cpu: {quota: 1us}}", "cpu.quota", "at least"),
    ("{name: a, image: i, cpu: {shares: 1}}", "cpu.shares", "at least 2"),
    ("{name: a, image: i, cpu: 2}", "cpu", "2 cores on average, and h1 has 1"),
    ("{name: a, image: i, cpu: 500m}", "cpu", "must be a number, got '500m'"),
    ("{name: a, image: i, cpu: {cores: [0]}}", "cpu.cores", "`queue: per_core`"),
    ("{name: a, image: i, cpu: {cores: [1]}}", "cpu.cores[0]", "h1 has 1 cores"),
    ("{name: a, image: i, program: p}", "program", "there is no program 'p'"),
    ("{name: a, image: i, scheduler: {policy: ps}}", "scheduler", "rr is near it"),
    ("{name: a, image: i, restart: often}", "restart", "must be one of no, on-failure"),
    (
        "{name: a, image: i, restart: {policy: always, retries: 2}}",
        "restart.retries",
        "only counted with `policy: on-failure`",
    ),
    ("{name: a, image: i, oom: none}", "oom", "must be one of one, all"),
    ("{name: a, image: i, processes: 0}", "processes", "at least 1"),
    ("{name: a, image: i, steps: [{at: 1, do: resume}]}", "steps[0].do", "running by then cannot"),
    ("{name: a, image: i, steps: [{at: 1, do: stoop}]}", "steps[0].do", "did you mean 'stop'?"),
    (
        "{name: a, image: i, steps: [{at: 2, do: stop}, {at: 1, do: start}]}",
        "steps[1].at",
        "is before the step above it",
    ),
    (
        "{name: a, image: i, steps: [{at: 2, do: destroy}, {at: 3, do: start}]}",
        "steps[1].do",
        "gone for good",
    ),
    ("{name: a, image: i, steps: [{at: 1, do: exec, program: x}]}", "steps[0].program", "'x'"),
    ("{name: a, image: i, steps: [{at: 1, do: kill, signal: TERN}]}", "signal", "'TERM'"),
]


@pytest.mark.parametrize(("container", "field", "told"), WRONG)
def test_what_is_wrong_is_told_at_its_place(container: str, field: str, told: str) -> None:
    (problem,) = problems(one(container))
    assert problem.field.endswith(field)
    assert told in problem.message
    assert problem.line == 3


PROGRAMS = [
    ("{name: a, steps: []}", "needs at least 1 entry"),
    ("{name: a, repeat: true, steps: [{do: wait}]}", "must take time"),
    ("{name: a, steps: [{do: spawn, program: b}]}", "there is no program 'b'"),
    ("{name: a, steps: [wait]}, {name: a, steps: [wait]}", "already a program named 'a'"),
    ("{name: a, steps: [{do: compute}]}", "is required"),
    ("{name: a, steps: [sleeep]}", "did you mean 'sleep'?"),
    ("{name: a, steps: [wait], oom_adjustment: -2000}", "at least -1000"),
    ("{name: a, steps: [{do: handle, signal: TERM, response: catch}]}", "must be one of default"),
]


@pytest.mark.parametrize(("program", "told"), PROGRAMS)
def test_what_is_wrong_with_programs_is_told(program: str, told: str) -> None:
    text = one("{name: c, image: i}", f"programs: [{program}]\n")
    assert any(told in problem.message for problem in problems(text))


def test_programs_in_a_circle_are_refused() -> None:
    steps = "steps: [{do: spawn, program: %s}]"
    circle = f"{{name: a, {steps % 'b'}}}, {{name: b, {steps % 'a'}}}"
    found = problems(one("{name: c, image: i}", f"programs: [{circle}]\n"))
    assert "only a program itself may be in a circle" in found[0].message


def test_programs_that_never_end_need_an_end() -> None:
    loop = "programs: [{name: p, repeat: true, steps: [{do: compute, work: 1}]}]\n"
    (problem,) = problems(one("{name: c, image: i, program: p}", loop))
    assert problem.message.startswith("`until` is needed")
    assert Scenario.from_text(one("{name: c, image: i, program: p}", loop + "until: 3\n"))


REGISTRIES = [
    ("{host: hub}", "there is no host 'hub'"),
    ("{host: h1}", "has no network card"),
    ("{host: h1, images: [{name: a}]}", "needs either `size` or `layers`"),
    ("{host: h1, images: [{name: a, size: 1}, {name: a, size: 2}]}", "already one named 'a'"),
    (
        "{host: h1, images: [{name: a, layers: [{name: l, size: 1}]}, "
        "{name: b, layers: [{name: l, size: 2}]}]}",
        "one name is one layer",
    ),
]


@pytest.mark.parametrize(("registry", "told"), REGISTRIES)
def test_what_is_wrong_with_a_registry_is_told(registry: str, told: str) -> None:
    found = problems(one("{name: c, image: i}", f"registry: {registry}\n"))
    assert any(told in problem.message for problem in found)


def test_an_image_needs_its_memory() -> None:
    card = "[{name: h1, network: {bandwidth: 1Gbps}}]"
    registry = "registry: {host: h1, images: [{name: i, size: 1MB, memory: 1GiB}]}\n"
    (problem,) = problems(one("{name: c, image: i, memory: 512MiB}", registry, card))
    assert problem.field == "containers[0].memory"
    assert problem.message == "must be at least what image i needs, 1 GiB, got 512 MiB"


def test_tasks_with_memory_go_to_hosts_or_to_containers() -> None:
    work = "workload: [{kind: batch, count: 1, work: 1, memory: 1MiB, on: [h1, c]}]\n"
    (problem,) = problems(one("{name: c, image: i}", work))
    assert problem.message == "tasks with `memory` go to hosts, or to containers, and not to both"
    cores = work.replace("memory: 1MiB, on: [h1, c]", "cores: 1, on: c")
    assert "c is no host" in problems(one("{name: c, image: i}", cores))[0].message
