"""The page of scenario fields is made from the schema: this script writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aio_sim.kernel.units import format_size
from aio_sim.scenario import scenario_schema

PAGE = Path(__file__).parent.parent / "docs/reference/scenario.md"
Part = Mapping[str, Any]

HEAD = """# Scenario fields

<!-- Made from the schema by tests/scenario_reference.py; do not write here. -->

A plain number is seconds, bytes, bits a second or cores, by the field. `20ms`, `1h`, `4GiB` and
`1Gbps` are understood; so are `ns us ms s min h d`, `B kB MB GB TB KiB MiB GiB TiB`, and
`bps kbps Mbps Gbps` or `MB/s`. `aio-sim schema` prints all of this as a JSON Schema.
"""

KINDS = ("List", "Batch", "Poisson", "Periodic", "Bursty", "Closed")
STEPS = (
    "PauseStep",
    "ResumeStep",
    "SnapshotStep",
    "ShutDownStep",
    "BootStep",
    "DestroyStep",
    "BalloonStep",
    "ColdMigration",
    "PreCopyMigration",
    "PostCopyMigration",
)
CONTAINER_STEPS = (
    *("PauseContainer", "ResumeContainer", "StopContainer", "StartContainer"),
    *("RestartContainer", "KillContainer", "ExecContainer", "UpdateContainer"),
    "DestroyContainer",
)
PLATFORM_STEPS = (
    *("UpdateStep", "ScaleStep", "DrainStep", "CordonStep", "UncordonStep", "TaintStep"),
)
FILE_STEPS = (
    *("GetStep", "DeleteStep", "RenameStep", "FailStep", "ReviveStep", "RandomFailuresStep"),
    *("RotStep", "ScanStep", "DecommissionStep", "BalanceStep", "RestartStep"),
)
PROGRAM_STEPS = (
    *("ComputeStep", "SleepStep", "SpawnStep", "WaitStep", "KillStep", "HandleStep"),
    *("AllocateStep", "FreeStep", "WriteStep", "ExitStep"),
)
LOADS = ("YcsbLoad", "OrderEntryLoad", "CatalogueLoad", "LedgerLoad", "BlockTraceLoad")
MEMORIES = ("Paging", "Segmentation")
LOCALITIES = ("Uniform", "Zipf", "Loop", "Sequential", "Phases")
FORMATS = ("SwfTrace", "AzureLlmTrace", "AlibabaGpuTrace", "CsvTrace")
DISTRIBUTIONS = (
    "Constant",
    "Uniform",
    "Exponential",
    "LogNormal",
    "Pareto",
    "Weibull",
    "Empirical",
)

# The schema has a constant as the bare value, which is how one is written.
CONSTANT: Part = {
    "kind": {"const": "constant"},
    "value": {"description": "The one value; the same as that value alone, without a mapping"},
}


def page() -> str:
    """Return the whole page."""
    schema = scenario_schema()
    parts: Mapping[str, Part] = schema["$defs"]
    return "\n".join(
        [
            HEAD,
            *_machine(schema, parts),
            *_guests(parts),
            *_containers(parts),
            *_platform(parts),
            *_distributed_data(parts),
            *_mapreduce(parts),
            *_storage(parts),
            *_backups(parts),
            *_policies(parts),
            *_work(parts),
            "",
        ]
    )


def _machine(schema: Part, parts: Mapping[str, Part]) -> Iterator[str]:
    yield from ["## The scenario", "", schema["description"].split("\n\n")[0], ""]
    yield from _fields(schema["properties"], schema["required"])
    yield from _section("## `hosts`", parts["HostSpec"])
    yield from _section("### `disk`", parts["DiskSpec"])
    yield from _section("### `network`", parts["NetworkSpec"])
    yield from _network(parts)
    yield from _section("## `quotas`", parts["QuotaSpec"])


def _guests(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `vmm`", parts["VmmSpec"])
    yield from _section("### `overcommit`", parts["OvercommitSpec"])
    yield from _section("## `vms`", parts["VmSpec"])
    yield from _section("### `image`", parts["ImageSpec"])
    yield from _section("### `reservation`", parts["ReservationSpec"])
    yield from _section("### `limit`", parts["LimitSpec"])
    yield from _memory(parts)
    yield from _steps(parts)
    yield from _section("## `copies`", parts["CopySpec"])


def _containers(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `registry`", parts["RegistrySpec"])
    yield from _section("### `images` of `registry`", parts["ContainerImageSpec"])
    yield from _section("#### `layers` of an image", parts["LayerSpec"])
    yield from _section("#### `files` of an image", parts["ImageFileSpec"])
    yield from _section("## `container_runtime`", parts["ContainerRuntimeSpec"])
    yield from _section("## `programs`", parts["ProgramSpec"])
    yield from ["### `steps` of `programs`", ""]
    yield from _listed(parts, PROGRAM_STEPS)
    yield from _section("## `containers`", parts["ContainerGroupSpec"])
    yield from _section("### `cpu` of `containers`", parts["CpuLimitSpec"])
    yield from _section("### `memory` of `containers`", parts["MemoryLimitSpec"])
    yield from _section("### `restart` of `containers`", parts["RestartSpec"])
    yield from ["### `steps` of `containers`", "", _at(parts), ""]
    yield from _listed(parts, CONTAINER_STEPS)


def _platform(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `platform`", parts["PlatformSpec"])
    yield from _section("### `nodes` of `platform`", parts["NodeSpec"])
    yield from _section("### `pod_scheduler`", parts["PodSchedulerSpec"])
    yield from _section("### `namespaces`", parts["NamespaceSpec"])
    yield from _section("### `priority_classes`", parts["PriorityClassSpec"])
    yield from _section("### `deployments`", parts["DeploymentSpec"])
    yield from _section("#### `strategy`", parts["StrategySpec"])
    yield from _section("#### `template`", parts["PodSpec"])
    yield from _section("##### `requests`", parts["RequestsSpec"])
    yield from _section("##### `limits`", parts["LimitsSpec"])
    yield from _section("##### `readiness`, `liveness`", parts["ProbeSpec"])
    yield from _section("##### `node_affinity`", parts["NodeAffinitySpec"])
    yield from _section("##### `preferred` of `node_affinity`", parts["NodePreferenceSpec"])
    yield from _section("##### `pod_affinity`, `pod_anti_affinity`", parts["PodAffinitySpec"])
    yield from _section("##### `required` of `pod_affinity`", parts["PodTermSpec"])
    yield from _section("##### `preferred` of `pod_affinity`", parts["PodPreferenceSpec"])
    yield from _section("##### `topology_spread`", parts["SpreadSpec"])
    yield from _section("##### `taints`", parts["TaintSpec"])
    yield from _section("##### `tolerations`", parts["TolerationSpec"])
    yield from _section("##### Requirements of a selector", parts["RequirementSpec"])
    yield from _platform_services(parts)


def _backups(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `backups`", parts["BackupSpec"])
    yield from [
        "When something is due is a time from one to the next, `1d`; five fields of a crontab,",
        "`30 2 * * sun`; or both told apart, `{every: 1d, at: 2h}`, with when the first one is.",
        "",
    ]
    yield from _section("### `volume`", parts["VolumeSpec"])
    yield from _section("#### `hot`", parts["HotSpec"])
    yield from _section("### `retention`", parts["RetentionSpec"])
    yield from _section("### `promise`", parts["PromiseSpec"])
    yield from _section("## `disasters`", parts["DisasterSpec"])


def _platform_services(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("### `services`", parts["ServiceSpec"])
    yield from _section("### `autoscalers`", parts["HorizontalAutoscalerSpec"])
    yield from _section("#### `metrics`", parts["MetricSpec"])
    yield from _section("#### `behavior`", parts["BehaviorSpec"])
    yield from _section("#### `scale_up`, `scale_down`", parts["ScalingRulesSpec"])
    yield from _section("#### `policies`", parts["ScalingPolicySpec"])
    yield from _section("### `vertical_autoscalers`", parts["VerticalAutoscalerSpec"])
    yield from _section("### `node_pools`", parts["NodePoolSpec"])
    yield from _section("### `disruption_budgets`", parts["BudgetSpec"])
    at = _line(parts["UpdateStep"]["properties"]["at"]["description"])
    yield from ["### `steps` of `platform`", "", f"Each has `at` ({at.removesuffix('.')}).", ""]
    yield from _listed(parts, PLATFORM_STEPS)


def _memory(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from ["### `memory`", ""]
    yield from ["A size, which is paged memory; or a mapping, by its `allocation`.", ""]
    for name in MEMORIES:
        part = parts[name]
        allocation = part["properties"]["allocation"]["const"]
        yield from _section(f"#### `allocation: {allocation}`", part, {"allocation"})
    yield from _section("#### `tlb`", parts["TlbSpec"])
    yield from _section("#### `segments`", parts["SegmentSpec"])


def _steps(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from ["### `steps`", "", _at(parts), ""]
    yield from _listed(parts, STEPS)


def _listed(parts: Mapping[str, Part], names: Iterable[str]) -> Iterator[str]:
    """Yield a table of steps, a row each."""
    yield from ["| `do` | fields | |", "|---|---|---|"]
    for name in names:
        part = parts[name]
        fields = part["properties"]
        method = f", `method: {fields['method']['const']}`" if "method" in fields else ""
        first = part["description"].split("\n\n")[0]
        told = _told(part, {"at", "do", "method"})
        yield f"| `{fields['do']['const']}`{method} | {told} | {_line(first)} |"
    yield ""


def _at(parts: Mapping[str, Part]) -> str:
    at = _line(parts["PauseStep"]["properties"]["at"]["description"])
    return f"Each has `at` ({at.removesuffix('.')}), and waits for the end of the one before it."


def _told(part: Part, without: Iterable[str]) -> str:
    """Return the fields of a part in one line."""
    required = part.get("required", [])
    return ", ".join(
        f"`{name}`"
        + (" (required)" if name in required else _default(field, " = "))
        + _remark(field)
        for name, field in part["properties"].items()
        if name not in without
    )


def _network(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `network`", parts["TopologySpec"])
    for field, name in (("switches", "SwitchSpec"), ("links", "LinkSpec"), ("racks", "RackSpec")):
        yield from _section(f"### `{field}` of `network`", parts[name])
    yield from _section("### `sites` of `network`", parts["SiteSpec"])
    yield from _section("### `uplink` of racks, `wan` of sites", parts["WireSpec"])
    yield from _section("### `failures` of `network`", parts["FailureSpec"])


def _distributed_data(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `file_system`", parts["FileSystemSpec"])
    yield from _section("### `files`", parts["FileSpec"])
    yield from _section("### `reed_solomon`", parts["ReedSolomonSpec"])
    yield from _section("### `heartbeat`", parts["HeartbeatSpec"])
    yield from _section("### `repair`", parts["RepairSpec"])
    yield from _section("### `safe_mode`", parts["SafeModeSpec"])
    yield from _section("### `quotas` of `file_system`", parts["DirectoryQuotaSpec"])
    at = _line(parts["GetStep"]["properties"]["at"]["description"]).removesuffix(".")
    yield from ["### `steps` of `file_system`", "", f"Each has `at` ({at}); none waits.", ""]
    yield from _listed(parts, FILE_STEPS)
    yield from _section("## `distributions`", parts["DistributionSpec"])
    yield from _section("## `encryption`", parts["EncryptionSpec"])
    yield from _section("## `adversaries`", parts["AdversarySpec"])


def _storage(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `storage`", parts["StorageSpec"])
    yield from _section("### `engines`", parts["EngineSpec"])
    yield from ["### `loads`", ""]
    for name in LOADS:
        kind = parts[name]["properties"]["kind"]["const"]
        yield from _section(f"#### `kind: {kind}`", parts[name], {"kind"})
        if name == "YcsbLoad":
            yield from _section("##### `mix`", parts["MixSpec"])


def _mapreduce(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from _section("## `mapreduce`", parts["MapReduceSpec"])
    yield from _section("### `jobs`", parts["JobSpec"])
    yield from _section("#### `inputs`", parts["InputSpec"])
    yield from _section("#### `stragglers`", parts["StragglerSpec"])


def _policies(parts: Mapping[str, Part]) -> Iterator[str]:
    for field, name in (
        ("scheduler", "SchedulerSpec"),
        ("dispatch", "DispatchSpec"),
        ("allocation", "AllocationSpec"),
    ):
        variants = parts[name]["anyOf"]
        shared = set.intersection(*(set(variant["properties"]) for variant in variants))
        own = variants[0]["properties"]
        yield from [f"## `{field}`", "", parts[name]["description"], ""]
        yield from _fields({key: own[key] for key in own if key in shared - {"policy"}})
        if field == "allocation":
            yield from ["Its `policy` is any of those of `scheduler`.", ""]
        else:
            yield from _options(variants, shared)
    yield from _section("### `retry` of `dispatch`", parts["RetrySpec"])
    yield from _section("### `speculation` of `dispatch`", parts["SpeculationSpec"])
    yield from _section("### `switching` of `scheduler`", parts["SwitchingSpec"])
    yield from _section("### `estimate` of `sjf` and `srtf`", parts["Estimate"])


def _options(variants: Iterable[Part], shared: set[str]) -> Iterator[str]:
    yield from ["| `policy` | options | |", "|---|---|---|"]
    for variant in sorted(variants, key=lambda variant: str(variant["title"])):
        first = variant["description"].split("\n\n")[0]
        yield f"| `{variant['title']}` | {_told(variant, shared)} | {_line(first)} |"
    yield ""


def _work(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from ["## `workload`", "", "A list; `kind` says which of these each entry is.", ""]
    shared = set(parts["BatchWorkload"]["properties"]) - {"at", "count"}
    for kind in KINDS:
        part = parts[f"{kind}Workload"]
        yield from _section(f"### `kind: {kind.lower()}`", part, shared)
    yield from _section("#### `states` of `bursty`", parts["BurstState"])
    yield from _section("#### `tasks` of `list`", parts["TaskSpec"])
    batch = parts["BatchWorkload"]["properties"]
    every = shared & set(parts["ListWorkload"]["properties"])
    yield from ["### Fields of every workload", ""]
    yield from _fields({key: batch[key] for key in batch if key in every - {"kind"}})
    yield from ["### Fields of every generated task", ""]
    yield from ["Each a number, or a [distribution](#distributions).", ""]
    yield from _fields({key: batch[key] for key in batch if key in shared - every})
    yield from _traces(parts, shared)
    yield from _localities(parts)
    yield from _distributions(parts)


def _traces(parts: Mapping[str, Part], shared: set[str]) -> Iterator[str]:
    yield from ["### `kind: trace`", "", "`format` says which log it is.", ""]
    common = set.intersection(*(set(parts[name]["properties"]) for name in FORMATS))
    log, batch = parts[FORMATS[0]], parts["BatchWorkload"]["properties"]
    every = {key: log["properties"][key] for key in log["properties"] if key in common - shared}
    yield from _fields({key: every[key] for key in every if key != "format"}, log["required"])
    for name in FORMATS:
        part = parts[name]
        title = f"#### `format: {part['properties']['format']['const']}`"
        own = {key for key in shared if part["properties"].get(key) not in (None, batch[key])}
        yield from _section(title, part, (common | shared) - own)
    workflow = parts["WfFormatTrace"]
    yield from _section("#### `format: wfformat`", workflow, (shared | {"kind", "format"}) - {"at"})


def _localities(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from ["### `locality`", "", "A `kind`, and beside its own fields", ""]
    shared = set(parts["Uniform"]["properties"])
    own = parts["Uniform"]["properties"]
    yield from _fields({key: own[key] for key in own if key != "kind"})
    yield from ["| `kind` | fields | |", "|---|---|---|"]
    for name in LOCALITIES:
        part = parts[name]
        kind = part["properties"]["kind"]["const"]
        first = part["description"].split("\n\n")[0]
        yield f"| `{kind}` | {_told(part, shared)} | {_line(first)} |"
    yield ""


def _distributions(parts: Mapping[str, Part]) -> Iterator[str]:
    yield from [
        "## Distributions",
        "",
        "Where a quantity is wanted, a number will do, or one of",
        "",
    ]
    yield from ["| `kind` | fields |", "|---|---|"]
    for name in DISTRIBUTIONS:
        fields = parts[f"Number{name}"].get("properties", CONSTANT)
        told = [f"`{key}`{_remark(field)}" for key, field in fields.items() if key != "kind"]
        yield f"| `{fields['kind']['const']}` | {', '.join(told)} |"
    yield ""


def _remark(field: Part) -> str:
    text = _line(field.get("description", "")).removesuffix(".")
    return f" ({text})" if text else ""


def _section(title: str, part: Part, without: Iterable[str] = ()) -> Iterator[str]:
    own = {key: field for key, field in part["properties"].items() if key not in {*without, "kind"}}
    yield from [title, "", *part.get("description", "").split("\n"), ""]
    yield from _fields(own, part.get("required", []))


def _fields(fields: Mapping[str, Part], required: Iterable[str] = ()) -> Iterator[str]:
    if not fields:
        return
    yield from ["| field | default | |", "|---|---|---|"]
    for name, field in fields.items():
        default = "required" if name in required else _default(field)
        yield f"| `{name}` | {default} | {_line(field.get('description', ''))} |"
    yield ""


def _default(field: Part, before: str = "") -> str:
    value = field.get("default")
    if value in (None, "", {}, []):
        return ""
    if isinstance(value, list):
        names = ", ".join(str(entry["name"]) for entry in value)
        return f"{before}`{names}`"
    if "4GiB" in field.get("examples", []) and value:
        return f"{before}{format_size(value)}"
    return f"{before}{json.dumps(value) if not isinstance(value, str) else f'`{value}`'}"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
