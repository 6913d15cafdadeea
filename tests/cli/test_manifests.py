"""`aio-sim run --manifest`, `--compose` and `--cluster`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aio_sim import Scenario
from aio_sim.cli import main
from tests.scenario.manifests.reading import deployment, service

Captured = pytest.CaptureFixture[str]

FILES = Path(__file__).parents[1] / "scenario" / "manifests" / "files"
SHOP = str(FILES / "shop.yaml")
COMPOSE = str(FILES / "compose.yaml")


def run(captured: Captured, *arguments: str) -> tuple[Any, str]:
    """Return what a run prints as JSON, and what it says beside."""
    assert main(["run", *arguments, "--json", "--audit"]) == 0
    out, err = captured.readouterr()
    return json.loads(out), err


def test_a_deployment_with_service_and_autoscaler_runs_unchanged(capsys: Captured) -> None:
    result, said = run(capsys, "--manifest", SHOP)
    metrics = result["metrics"]
    assert metrics["container.web.replicas"] == metrics["container.web.ready"] == 3
    submitted = metrics["tasks.submitted"]
    assert 500 < submitted < 700  # ten a second, for a minute
    assert metrics["container.web.served"] + metrics["container.web.lost"] == submitted
    assert "imagePullPolicy: is not simulated" in said
    assert "3 nodes of 8 cores and 32 GiB" in said
    assert any("imagePullPolicy" in each for each in result["warnings"])
    assert any("32 GiB" in each for each in result["assumptions"])


def test_a_service_of_another_name_has_its_own_numbers(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(deployment("web", 2) + service("front", app="web"), encoding="utf-8")
    metrics = run(capsys, "--manifest", str(path))[0]["metrics"]
    for what in ("replicas", "ready", "served", "lost"):
        assert metrics[f"container.front.{what}"] == metrics[f"container.web.{what}"]
    assert metrics["container.front.ready"] == 2


def test_a_compose_file_of_three_tiers_runs_unchanged(capsys: Captured) -> None:
    result, said = run(capsys, "--compose", COMPOSE)
    metrics = result["metrics"]
    for name, replicas in {"proxy": 1, "api": 2, "db": 1}.items():
        assert metrics[f"container.{name}.replicas"] == replicas
        assert metrics[f"container.{name}.ready"] == replicas
        assert metrics[f"container.{name}.served"] > 500
        assert metrics[f"container.{name}.lost"] == 0
    assert metrics["container.api.served"] == sum(
        metrics[f"container.api-{number}.served"] for number in range(2)
    )
    assert metrics["container.migrate.cpu"] == 1
    assert metrics["container.migrate.ready"] == 0
    assert "services.proxy.ports: is not simulated" in said
    assert "one host of 8 cores and 32 GiB" in said


def test_the_scenario_made_of_a_manifest_is_written_and_runs_the_same(
    tmp_path: Path, capsys: Captured
) -> None:
    first, _said = run(capsys, "--manifest", SHOP, "--seed", "3", "--out", str(tmp_path / "out"))
    written = tmp_path / "out" / "scenario.yaml"
    again, _said = run(capsys, str(written))
    assert again["metrics"] == first["metrics"]
    assert Scenario.load(written).seed == 3


def test_a_cluster_file_and_overrides_change_the_run(tmp_path: Path, capsys: Captured) -> None:
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text("hosts: [{name: n, count: 2, cores: 1, memory: 1GiB}]\nuntil: 20\n")
    result, said = run(
        capsys, "--manifest", SHOP, "--cluster", str(cluster), "--set",
        "platform.deployments.web.replicas=5",
    )  # fmt: skip
    assert result["metrics"]["container.web.replicas"] == 5
    assert result["metrics"]["tasks.submitted"] < 300
    assert "no hosts are given" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "missing: a SCENARIO, or --manifest FILE, or --compose FILE"),
        (["load", "--manifest", SHOP], "give one of SCENARIO, --manifest and --compose"),
        (["--compose", COMPOSE, "--manifest", SHOP], "give one of SCENARIO, --manifest"),
        (["load", "--cluster", SHOP], "--cluster is where manifests run"),
        (["--manifest", "none.yaml"], "none.yaml: no such file"),
        (["--manifest", SHOP, "--cluster", "nowhere"], "unknown scenario 'nowhere'"),
        (["--manifest", COMPOSE], "apiVersion: is required"),
        (["--compose", SHOP], "here begins another"),
        (["--manifest", SHOP, "--set", "platform.deployments.wep.replicas=1"], "did you mean"),
        (["--compose", COMPOSE, "--set", "services.api.scale=3"], "as --out DIR writes it"),
    ],
)
def test_what_cannot_be_understood_is_told_with_exit_code_2(
    arguments: list[str], told: str, capsys: Captured
) -> None:
    assert main(["run", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


@pytest.mark.parametrize(("file", "option"), [(SHOP, "--manifest"), (COMPOSE, "--compose")])
def test_a_manifest_given_as_a_scenario_is_recognised(
    file: str, option: str, capsys: Captured
) -> None:
    assert main(["run", file]) == 2
    assert f"is no scenario; run it with `aio-sim run {option}" in capsys.readouterr().err
    assert main(["compare", file, "--vary", "hosts.0.cores=1,2"]) == 2
    assert f"`aio-sim run {option} {file} --out DIR` makes one of it" in capsys.readouterr().err
    assert main(["check", file]) == 0
    assert f"correct; run it with {option}" in capsys.readouterr().out


def test_what_is_made_of_a_compose_file_can_be_compared(tmp_path: Path, capsys: Captured) -> None:
    made = tmp_path / "made"
    assert main(["run", "--compose", COMPOSE, "--out", str(made)]) == 0
    capsys.readouterr()
    vary = ["--vary", "containers.api.count=1,3", "--metric", "container.api.replicas", "--json"]
    assert main(["compare", str(made / "scenario.yaml"), *vary]) == 0
    variants = json.loads(capsys.readouterr().out)["variants"]
    assert [each["metrics"]["container.api.replicas"]["mean"] for each in variants] == [1, 3]


def test_what_is_wrong_with_a_manifest_is_found_by_check(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("apiVersion: apps/v1\nkind: Deploymnt\n", encoding="utf-8")
    assert main(["check", str(path)]) == 2
    assert "did you mean 'Deployment'?" in capsys.readouterr().err
