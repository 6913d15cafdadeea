"""Compose files become the containers of a scenario."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import UnitError
from aio_sim.scenario.manifests.compose_values import parse_memory, parse_time
from aio_sim.scenario.manifests.importing import from_compose
from tests.scenario.manifests.reading import FILES, compose, compose_error


@pytest.fixture(scope="module")
def shop() -> Any:
    """What becomes of a compose file as users write them."""
    return from_compose(FILES / "compose.yaml")


def test_services_are_containers_of_one_host_whose_requests_take_turns(shop: Any) -> None:
    scenario = shop.scenario
    assert scenario.name == "shop"
    assert [host.names for host in scenario.hosts] == [("docker",)]
    assert scenario.container_runtime.profile == "docker"
    assert scenario.dispatch.policy == "round_robin"
    names = [name for each in scenario.containers for name in each.names]
    assert names == ["proxy", "api-0", "api-1", "migrate", "db"]
    loads = [each.name for each in scenario.workload]
    assert dict(zip(loads, scenario.groups(), strict=True)) == {
        "proxy": ("proxy",),
        "api": ("api-0", "api-1"),
        "db": ("db",),
    }


@pytest.mark.parametrize(
    ("setting", "service", "containers"),
    [
        ("containers.api.count=3", "api", ("api-0", "api-1", "api-2")),
        ("containers.api.count=1", "api", ("api-0",)),
        ("containers.proxy.count=2", "proxy", ("proxy-0", "proxy-1")),
    ],
)
def test_requests_go_to_as_many_containers_as_a_setting_makes(
    setting: str, service: str, containers: tuple[str, ...]
) -> None:
    scenario = from_compose(FILES / "compose.yaml", set=[setting]).scenario
    loads = [each.name for each in scenario.workload]
    assert scenario.groups()[loads.index(service)] == containers


def test_all_that_is_simulated_is_taken_over(shop: Any) -> None:
    proxy, api, migrate, db = shop.scenario.containers
    assert api.image == "docker.io/shop/api:latest"
    assert (proxy.cpu.limit, api.cpu.limit, db.cpu.limit) == (0.5, 1.5, None)
    assert (db.cpu.shares, proxy.cpu.shares) == (2048, 1024)
    assert (api.memory.floor, api.memory.ceiling) == (128 << 20, 512 << 20)
    assert (db.memory.floor, db.memory.ceiling) == (512 << 20, 2 << 30)
    assert (migrate.memory.floor, migrate.memory.ceiling) == (6 << 20, 32 << 30)
    policies = [each.restart.policy for each in (proxy, api, migrate, db)]
    assert policies == ["unless-stopped", "on-failure", "no", "always"]
    assert (api.restart.retries, api.processes, api.grace) == (3, 200, 90 * SECOND)
    assert [(each.container, each.state, each.delay) for each in api.after] == [
        ("db", "running", 5 * SECOND),
        ("migrate", "completed", 0),
    ]
    assert migrate.program == "job"


def test_what_is_not_simulated_is_named_once_a_field(shop: Any) -> None:
    warned = "\n".join(shop.warnings)
    for field in ("container_name", "ports", "volumes", "networks", "healthcheck.timeout"):
        assert warned.count(f".{field}: is not simulated") == 1
    assert "services.adminer: is left out: it is of the profile debug" in warned
    assert "x-logging" not in warned
    assert "DB_PASSWORD" not in warned  # only fields that are not read have it


def test_variables_are_their_defaults_and_nothing_without_one(tmp_path: Path) -> None:
    text = 'services: {web: {image: "${A}x${B:-y${C:-z}}$$${D+no}", mem_limit: "${M:-64m}"}}'
    found = compose(tmp_path, text)
    (web,) = found.scenario.containers
    assert (web.image, web.memory.ceiling) == ("xyz$", 64 << 20)
    assert [each for each in found.warnings if "the variable A has no default" in each]


def test_a_service_without_replicas_is_left_out(tmp_path: Path) -> None:
    found = compose(tmp_path, "services: {a: {image: a}, b: {image: b, scale: 0}}")
    assert [each.name for each in found.scenario.containers] == ["a"]
    assert any("services.b: is left out: it has no replicas" in each for each in found.warnings)


def test_a_cluster_file_has_the_host(tmp_path: Path) -> None:
    cluster = tmp_path / "host.yaml"
    cluster.write_text("hosts: [{name: box, cores: 2, memory: 4GiB}]\nuntil: 5\n", encoding="utf-8")
    found = compose(tmp_path, "services: {a: {image: a}}", cluster_file=cluster)
    assert found.scenario.containers[0].memory.ceiling == 4 << 30
    assert found.scenario.until == 5 * SECOND
    assert found.scenario.workload[0].until == 5 * SECOND  # type: ignore[union-attr]


WEB = "services:\n  web:\n    image: web\n"

BAD = [
    (WEB + "    depends_on: [api]\n  api:\n    image: api\n    depends_on: {web: {condition: "
     "service_healthy}}", "depends_on[0]: waits for itself in a circle: web -> api -> web"),
    (WEB + "    depends_on: [web]", "app.yaml:4:18: services.web.depends_on[0]: waits for itself "
     "in a circle: web -> web"),
    (WEB + "    depends_on: [web2]", "there is no service 'web2'; did you mean 'web'?"),
    (WEB + "    depends_on: [db]\n  db: {image: db, profiles: [x]}", "the service db does not run"),
    (WEB + "    depends_on: {web: {condition: healthy}}", "condition: must be one of service_"),
    (WEB + "    mem_limit: lots", "app.yaml:4:16: services.web.mem_limit: expected a size: a "
     "number with b, k, m or g, such as 512m; got 'lots'"),
    (WEB + "    mem_limit: 64g", "services.web.mem_limit: must be at most the memory of docker"),
    (WEB + "    mem_limit: 1g\n    mem_reservation: 2g", "mem_reservation: must be at most the "
     "ceiling"),
    (WEB + "    cpus: many", "services.web.cpus: expected a number of cores, such as 0.5; got"),
    (WEB + "    cpus: 9", "services.web.cpus: 9 cores on average, and docker has 8 for it"),
    (WEB + "    cpus: 1\n    deploy: {resources: {limits: {cpus: '2'}}}", "services.web.cpus: says "
     "another thing than services.web.deploy.resources.limits.cpus"),
    (WEB + "    restart: sometimes", "unknown restart policy 'sometimes'; expected one of"),
    (WEB + "    restart: always:3", "restart: unknown restart policy 'always:3'"),
    (WEB + "    stop_grace_period: 1 minute 30", "stop_grace_period: expected a time"),
    (WEB + "    deploy: {replicas: some}", "deploy.replicas: must be a whole number of 0 or more"),
    (WEB + "    extends: {file: base.yaml, service: x}", "services.web.extends: is not followed"),
    ("services: {web: {restart: always}}", "services.web: needs an image, or how to build one"),
    ("services: {web: null}", "services.web: must be a mapping of fields, got nothing"),
    ("services: []", "services: must be a mapping of fields, got a list"),
    ("services: {}", "services: there is no service in it"),
    ("servces: {web: {image: a}}", "services: is required"),
    ("- a", "must be a mapping of fields, got a list"),
    ("", "app.yaml: the file is empty"),
    (WEB + "---\n" + WEB, "app.yaml:5:1: expected one document, and here begins another"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD, ids=[told[:40] for _text, told in BAD])
def test_what_cannot_be_is_refused_with_line_and_field(
    text: str, told: str, tmp_path: Path
) -> None:
    assert told in compose_error(tmp_path, text)


def test_sizes_and_times_are_read_as_compose_does() -> None:
    assert [parse_memory(each) for each in ("1", "2b", "1k", "300kb", "50M", "1.5gb", "2GiB")] == [
        1, 2, 1024, 300 << 10, 50 << 20, 3 << 29, 2 << 30,
    ]  # fmt: skip
    assert [parse_time(each) for each in ("10s", "1m30s", "1h", "500ms", "2us", 3)] == [
        10 * SECOND, 90 * SECOND, 3600 * SECOND, SECOND // 2, 2000, 3 * SECOND,
    ]  # fmt: skip


@given(st.text(alphabet="0123456789.kmgbsuhi -", max_size=12))
def test_any_text_is_a_size_or_an_error(text: str) -> None:
    for read in (parse_memory, parse_time):
        with suppress(UnitError):
            assert read(text) >= 0
