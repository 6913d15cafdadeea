"""The reference pages say all there is, and nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

from aio_sim import Scenario, simulate
from aio_sim.cli.app import app
from aio_sim.kernel.rejection import Cause
from aio_sim.scenario import scenario_schema

CONSTANT_WORK = """
name: constant
hosts: [{name: h}]
workload: [{kind: batch, count: 1, work: {kind: constant, value: 3}}]
"""
ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs/reference"
OPTION = re.compile(r"(?<!\S)--[a-z][\w-]*")


def commands() -> dict[str, Any]:
    """Return the commands by name."""
    found: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return found


def options(command: Any) -> set[str]:
    """Return the long options of a command, and of those below it."""
    own = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--") and option != "--help"
    }
    return own.union(*map(options, getattr(command, "commands", {}).values()))


def sections() -> dict[str, str]:
    """Return the part of the page of each command."""
    page = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    parts = re.split(r"^## `aio-sim (\w+)[^\n]*\n", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section() -> None:
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_options_of_a_command_are_those_of_its_section(command: str) -> None:
    words = re.sub(r"```.*?```", "", sections()[command], flags=re.DOTALL)
    named = {option for code in re.findall(r"`([^`]*)`", words) for option in OPTION.findall(code)}
    assert named == options(commands()[command])


def test_the_page_of_scenario_fields_is_what_the_schema_makes() -> None:
    # In a process of its own, where no test has registered a policy.
    program = "from scenario_reference import page; print(page(), end='')"
    made = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == (REFERENCE / "scenario.md").read_text(encoding="utf-8"), (
        "run tests/scenario_reference.py"
    )


def test_every_distribution_is_in_the_table() -> None:
    page = (REFERENCE / "scenario.md").read_text(encoding="utf-8")
    table = page.partition("## Distributions")[2]
    definitions = scenario_schema()["$defs"]
    kinds = definitions["BatchWorkload"]["properties"]["priority"]["discriminator"]["mapping"]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(kinds) | {"kind"}
    assert Scenario.from_text(CONSTANT_WORK).to_data()["workload"][0]["work"] == 3


def test_fields_of_a_log_that_are_not_those_of_generated_tasks_are_told() -> None:
    page = (REFERENCE / "scenario.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^#### `format: (\w+)`\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL))
    assert "| `memory` | false |" in parts["swf"]
    assert "| `memory` | true |" in parts["alibaba_gpu"]
    assert "`memory`" not in parts["csv"]


def test_every_cause_of_a_rejection_is_in_the_glossary() -> None:
    glossary = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:tasks\.rejected|vm\.refused)\.(\w+)`", glossary)
    assert set(named) == set(Cause)


# Of each machine, link and reason, or a statistic, is one row.
FAMILIES = (
    (re.compile(r"^vm\.(machine|large)\."), "vm.<vm>."),
    (re.compile(r"^network\..+\.utilization$"), "network.<link>.utilization"),
    (re.compile(r"\.(mean|p50|p95|p99|max)$"), ""),
)
MACHINES = """
name: machines
hosts:
  - {name: h1, cores: 2, memory: 8GiB, network: {bandwidth: 10Gbps}}
  - {name: h2, cores: 2, memory: 8GiB, network: {bandwidth: 10Gbps}}
  - {name: h3}
failures: [{host: h3, at: 0.01, for: 0.01}]
scheduler: {policy: rr, quantum: 10ms, switching: {strategy: fast}}
vmm: {overcommit: {cores: 1}}
vms:
  - name: machine
    host: h1
    booted: true
    memory: {size: 256KiB, allocation: paging, page_size: 4KiB}
    limit: {cores: 0.5}
    steps: [{at: 0.1, do: migrate, to: h2}, {at: 1, do: shut_down}, {at: 2, do: boot}]
  - {name: large, cores: 3, memory: 1GiB}
copies: [{at: 0, size: 1MiB, from: h1, to: h2}]
workload:
  - kind: batch
    count: 2
    work: 0.1
    locality: {kind: zipf, pages: 40, references: 100}
    "on": machine
"""


def unknown_metrics(numbers: Iterable[str]) -> list[str]:
    """Return the metrics that the glossary does not have."""
    glossary = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.<>]+)`", glossary))
    return [
        metric
        for metric in numbers
        if named.isdisjoint({metric, *(form.sub(name, metric) for form, name in FAMILIES)})
    ]


@pytest.mark.parametrize("name", ["silberschatz-rr", "placement", "edf-deadlines", "replay"])
def test_every_metric_of_a_run_is_in_the_glossary(name: str) -> None:
    assert not unknown_metrics(simulate(Scenario.load(name)).metrics)


def test_every_metric_of_virtual_machines_is_in_the_glossary() -> None:
    numbers = simulate(Scenario.from_text(MACHINES)).metrics
    families = {"vm.machine.throttled", "vm.migration.time", "vm.boot.mean", "memory.faults"}
    assert families | {"image.copy.time", "switching.traps", "vm.refused.too_large"} <= set(numbers)
    assert not unknown_metrics(numbers)
