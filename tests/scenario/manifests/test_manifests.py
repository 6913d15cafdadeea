"""Kubernetes manifests become the platform of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aio_sim import Scenario
from aio_sim.kernel.environment import SECOND
from aio_sim.scenario.manifests.importing import from_manifests
from tests.scenario.manifests.reading import (
    FILES,
    autoscaler,
    deployment,
    manifest,
    manifest_error,
    service,
)


@pytest.fixture(scope="module")
def shop() -> Any:
    """What becomes of a manifest as users write them."""
    return from_manifests([FILES / "shop.yaml"])


def test_a_manifest_runs_on_three_nodes_with_ten_requests_a_second_and_says_so(shop: Any) -> None:
    scenario = shop.scenario
    assert [(host.count, host.cores, host.memory) for host in scenario.hosts] == [(3, 8, 32 << 30)]
    assert scenario.until == 60 * SECOND
    assert [(each.kind, each.rate, each.on) for each in scenario.workload] == [
        ("poisson", 10, ("web",))
    ]
    said = "\n".join(shop.assumptions)
    for words in ("3 nodes of 8 cores and 32 GiB", "60 s", "10 requests a second", "web", "100 MB"):
        assert words in said


def test_all_that_is_simulated_is_taken_over(shop: Any) -> None:
    platform = shop.scenario.platform
    (web,) = platform.deployments
    assert (web.name, web.namespace, web.replicas, web.min_ready) == ("web", "shop", 3, 2 * SECOND)
    assert (web.strategy.max_surge, web.strategy.max_unavailable) == ("1", "0")
    pod = web.template
    assert pod.image == "registry.example.com/shop/web:2.4.1"
    assert (pod.requests.cpu, pod.requests.memory) == (250, 256 << 20)
    assert (pod.limits.cpu, pod.limits.memory) == (1000, 512 << 20)
    assert (pod.readiness.initial_delay, pod.readiness.period) == (SECOND, 2 * SECOND)
    assert (pod.liveness.failure_threshold, pod.grace) == (3, 45 * SECOND)
    assert pod.pod_anti_affinity.preferred[0].weight == 100
    assert pod.topology_spread[0].when_unsatisfiable == "schedule_anyway"
    assert pod.tolerations[0].effect == "no_execute"
    (scaler,) = platform.autoscalers
    assert (scaler.min_replicas, scaler.max_replicas) == (3, 10)
    assert [(each.metric, each.target) for each in scaler.metrics] == [("cpu_utilization", 70)]
    assert scaler.behavior.scale_down.stabilization_window == 120 * SECOND
    quota = platform.namespaces["shop"]
    assert (quota.cpu, quota.memory, quota.pods) == (8000, 16 << 30, 30)
    assert platform.disruption_budgets[0].min_available == "2"


def test_every_field_that_is_not_simulated_is_named_with_its_line(shop: Any) -> None:
    lines = (FILES / "shop.yaml").read_text(encoding="utf-8").splitlines()
    for path in (
        "spec.revisionHistoryLimit",
        "spec.template.spec.volumes",
        "spec.template.spec.initContainers",
        "spec.template.spec.containers[0].imagePullPolicy",
        "spec.template.spec.containers[0].env",
        "spec.template.spec.containers[0].ports",
        "spec.template.spec.containers[0].readinessProbe.httpGet",
        "spec.template.spec.containers[0].resources.requests.ephemeral-storage",
        "spec.template.spec.tolerations[0].tolerationSeconds",
        "spec.hard.limits.cpu",
        "spec.ports",
    ):
        told = next(each for each in shop.warnings if f": {path}: is not simulated" in each)
        line = int(told.split(":")[1])
        assert path.rpartition(".")[2] in lines[line - 1]
    assert any("a ConfigMap is not simulated" in each for each in shop.warnings)
    assert any("spec.metrics[1]: is not simulated" in each for each in shop.warnings)
    assert not any("averageUtilization" in each for each in shop.warnings)


def test_the_scenario_that_is_made_can_be_written_and_read_again(shop: Any) -> None:
    assert Scenario.from_text(shop.scenario.to_yaml()) == shop.scenario


def test_a_list_of_several_files_and_empty_documents_are_one_manifest(tmp_path: Path) -> None:
    first = tmp_path / "a.yaml"
    first.write_text("---\n" + deployment() + "---\n---\n", encoding="utf-8")
    second = tmp_path / "b.yaml"
    indented = deployment("api").replace("\n", "\n    ").replace("    apiVersion", "  - apiVersion")
    second.write_text(f"apiVersion: v1\nkind: List\nitems:\n{indented}", encoding="utf-8")
    found = from_manifests([first, second])
    platform = found.scenario.platform
    assert platform is not None
    assert [each.name for each in platform.deployments] == ["web", "api"]
    assert any("there is no service" in each for each in found.assumptions)


def test_overrides_reach_what_was_made(tmp_path: Path) -> None:
    found = manifest(tmp_path, deployment(), set=["platform.deployments.web.replicas=7"])
    platform = found.scenario.platform
    assert platform is not None
    assert platform.deployments[0].replicas == 7


def test_a_cluster_file_has_the_hosts_and_may_have_the_load(tmp_path: Path) -> None:
    cluster = tmp_path / "cluster.yaml"
    cluster.write_text(
        "name: small\nhosts: [{name: big, cores: 64, memory: 256GiB}]\n"
        "platform: {nodes: [{names: big, labels: {disk: ssd}}]}\n"
        "workload: [{kind: batch, count: 5, work: 1, on: web}]\n",
        encoding="utf-8",
    )
    found = manifest(tmp_path, deployment() + service(), cluster_file=cluster)
    scenario = found.scenario
    assert scenario.name == "small"
    assert [host.cores for host in scenario.hosts] == [64]
    assert [each.kind for each in scenario.workload] == ["batch"]
    assert scenario.until is None
    assert scenario.platform is not None
    assert scenario.platform.nodes is not None
    assert scenario.platform.nodes[0].labels == {"disk": "ssd"}
    assert [each for each in found.assumptions if "registry" not in each] == []


def test_what_containers_of_a_pod_ask_for_adds_up(tmp_path: Path) -> None:
    text = deployment(resources="{requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}")
    text += """        - name: sidecar
          image: envoy
          resources: {limits: {cpu: 50m, memory: 1Gi}}
"""
    found = manifest(tmp_path, text)
    assert found.scenario.platform is not None
    pod = found.scenario.platform.deployments[0].template
    assert (pod.requests.cpu, pod.requests.memory) == (150, (64 << 20) + (1 << 30))
    assert (pod.limits.cpu, pod.limits.memory) == (None, (128 << 20) + (1 << 30))
    assert any("containers[1]" in each and "first one's" in each for each in found.warnings)


def test_a_service_without_pods_is_left_out_with_a_warning(tmp_path: Path) -> None:
    found = manifest(tmp_path, deployment() + service("db", app="postgres"))
    assert found.scenario.platform is not None
    assert found.scenario.platform.services == ()
    assert any("spec.selector: selects no pods of a Deployment" in each for each in found.warnings)


def test_an_autoscaler_without_metrics_goes_by_the_usual_one(tmp_path: Path) -> None:
    found = manifest(tmp_path, deployment() + autoscaler())
    assert found.scenario.platform is not None
    (metric,) = found.scenario.platform.autoscalers[0].metrics
    assert (metric.metric, metric.target) == ("cpu_utilization", 80)


def test_an_autoscaler_of_pods_that_request_nothing_scales_nothing_and_says_so(
    tmp_path: Path,
) -> None:
    found = manifest(tmp_path, deployment(resources="{}") + autoscaler())
    assert found.scenario.platform is not None
    assert found.scenario.platform.autoscalers == ()
    assert any("request no CPU time" in each for each in found.warnings)


def test_a_field_that_is_misspelt_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    found = manifest(tmp_path, deployment().replace("replicas:", "replica:"))
    told = "spec.replica: is not simulated; did you mean 'replicas'?"
    assert any(told in each for each in found.warnings)


BAD = [
    ("kind: Deploymnt\napiVersion: apps/v1", "app.yaml:1:7: kind: unknown kind 'Deploymnt'; did you"
     " mean 'Deployment'?"),
    ("kind: StatefulSet\napiVersion: apps/v1", "kind: the pods of a StatefulSet are not simulated"),
    ("kind: Deployment\napiVersion: extensions/v1beta1", "apiVersion: Deployment is read in the "
     "version apps/v1, got 'extensions/v1beta1'"),
    ("metadata: {name: x}", "kind: is required"),
    ("[1, 2]", "expected an object with apiVersion and kind, got a list"),
    ("", "app.yaml: the file is empty"),
    ("# nothing\n---\n---", "app.yaml: the file is empty"),
    ("kind: [", "not valid YAML"),
    ("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}", "there is no Deployment to run"),
    (deployment(resources="{requests: {cpu: 250x}}"), "app.yaml:14:39: spec.template.spec."
     "containers[0].resources.requests.cpu: unknown suffix 'x' in '250x'"),
    (deployment(resources="{limits: {memory: 512MB}}"), "unknown suffix 'MB' in '512MB'; did you "
     "mean 'M'?"),
    (deployment(resources="{requests: {cpu: 64}}"), "app.yaml:14:39: spec.template.spec.containers"
     "[0].resources.requests.cpu: must be at most the cores of the largest node, 8, got 64"),
    (deployment(resources="{requests: {memory: 2Gi}, limits: {memory: 1Gi}}"),
     "resources.requests.memory: must be at most the limit"),
    (deployment(replicas="three"), "app.yaml:6:13: spec.replicas: must be a whole number of 0 or "
     "more, got 'three'"),
    (deployment(replicas=-1), "spec.replicas: must be a whole number of 0 or more, got -1"),
    (deployment().replace("matchLabels: {app: web}", "matchLabels: {app: other}"),
     "app.yaml:7:13: spec.selector: does not match the labels of the template"),
    (deployment().replace("          image: web:1\n", ""), "containers[0].image: is required"),
    (deployment() + autoscaler("wep"), "scaleTargetRef.name: there is no Deployment 'wep' in the "
     "namespace default; did you mean 'web'?"),
    (deployment() + autoscaler(kind="StatefulSet"), "scaleTargetRef.kind: must be Deployment"),
    (deployment() + "---" + deployment(), "there is already a deployment named 'web'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), BAD, ids=[told[:40] for _text, told in BAD])
def test_what_cannot_be_is_refused_with_line_and_field(
    text: str, told: str, tmp_path: Path
) -> None:
    assert told in manifest_error(tmp_path, text)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = deployment(replicas="many", resources="{limits: {cpu: much}}") + autoscaler("none")
    told = manifest_error(tmp_path, text).splitlines()
    assert [line.split(": ")[1].rpartition(".")[2] for line in told] == ["replicas", "cpu", "name"]
