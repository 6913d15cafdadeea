"""The section `platform`: what it takes, and what is wrong with what it does not."""

from __future__ import annotations

import pytest

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario import Scenario

START = """\
name: t
hosts: [{name: n, count: 3, cores: 4, memory: 8GiB}]
platform:
"""

WEB = "{name: web, template: {image: 'shop/web:1', requests: {cpu: 250m, memory: 64MiB}}}"


def load(*lines: str) -> Scenario:
    return Scenario.from_text(START + "".join(f"  {line}\n" for line in lines), file="f.yaml")


def problem(*lines: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        load(*lines)
    assert len(raised.value.problems) == 1, raised.value.problems
    return str(raised.value)


def web(**fields: str) -> str:
    """Return a deployment whose template has these fields."""
    told = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return f"deployments: [{{name: web, template: {{image: web, {told}}}}}]"


def test_the_smallest_platform_is_one_deployment() -> None:
    platform = load(f"deployments: [{WEB}]").platform
    assert platform is not None
    (deployment,) = platform.deployments
    assert (deployment.replicas, deployment.template.cpu) == (1, 250)
    assert (deployment.strategy.max_surge, platform.profile) == ("25%", "kubernetes")


def test_what_is_written_is_read_again_as_it_was() -> None:
    scenario = load(
        "nodes: ['n-*', {names: n-0, labels: {zone: a}, taints: [{key: gpu}]}]",
        "namespaces: {team: {cpu: 4, pods: 10}}",
        "deployments:",
        "  - name: web",
        "    namespace: team",
        "    template:",
        "      image: shop/web:1",
        "      requests: {cpu: 0.25, memory: 128MiB}",
        "      ready_after: never",
        "      node_affinity: {required: [{key: zone, values: [a, b]}]}",
        "      pod_anti_affinity: {preferred: [{selector: {app: web}, weight: 10}]}",
        "services: [{name: web, namespace: team, selector: {aio-sim/deployment: web}}]",
        "steps: [{at: 10s, do: update, deployment: web, template: {image: 'shop/web:2'}}]",
    )
    assert Scenario.from_text(scenario.to_yaml()) == scenario


@pytest.mark.parametrize(
    ("cpu", "memory", "requested", "fixed"),
    [
        ("limits: {cpu: 1, memory: 64MiB}", 64, 1000, True),  # requests are as the limits
        ("requests: {cpu: 100m, memory: 32MiB}, limits: {cpu: 1, memory: 64MiB}", 32, 100, False),
        ("requests: {cpu: 2, memory: 64MiB}, limits: {memory: 64MiB}", 64, 2000, True),
        ("requests: {memory: 16MiB}", 16, 0, False),
    ],
)
def test_requests_and_limits_are_those_of_kubernetes(
    cpu: str, memory: int, requested: int, fixed: bool
) -> None:
    platform = load(f"deployments: [{{name: web, template: {{image: web, {cpu}}}}}]").platform
    assert platform is not None
    pod = platform.deployments[0].template
    assert (pod.cpu, pod.fixed_memory) == (requested, fixed)
    assert pod.memory(2**33).initial == memory * 2**20


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("nodes: m-1", f"deployments: [{WEB}]"), "did you mean 'n-1'?"),
        ((web(requests="{cpu: 250q}"),), "unknown suffix 'q' in '250q'"),
        ((web(requests="{cpu: 5}"),), "must be at most the cores of the largest node, 4, got 5"),
        ((web(limits="{memory: 9GiB}"),), "must be at most the memory of the largest node, 8 GiB"),
        (
            (web(requests="{memory: 2GiB}", limits="{memory: 1GiB}"),),
            "requests.memory: must be at most the limit, 1 GiB, got 2 GiB",
        ),
        (
            (web(limits="{memory: 1GiB}", base_memory="2GiB"),),
            "must be at least base_memory, 2 GiB, which its program holds; got 1 GiB",
        ),
        ((web(readyness="{period: 1s}"),), "unknown field 'readyness'; did you mean 'readiness'?"),
        ((web(scheduler="{policy: ps}"),), "ps cannot be the policy of a container"),
        ((web(liveness="{success_threshold: 2}"),), "must be 1, for what was killed begins anew"),
        ((web(priority_class="hi"), "priority_classes: {high: {value: 1}}"), "'high'?"),
        ((f"deployments: [{WEB}, {WEB}]",), "there is already a deployment named 'web'"),
        ((f"deployments: [{WEB}]", "services: [{name: wep}]"), "did you mean 'web'?"),
        (
            (
                f"deployments: [{WEB}]",
                "services: [{name: n-1, selector: {aio-sim/deployment: web}}]",
            ),
            "there is already a machine named 'n-1'",
        ),
        (
            (
                f"deployments: [{WEB}]",
                "autoscalers: [{deployment: web, min_replicas: 3, max_replicas: 2,"
                " metrics: [{metric: cpu, target: 1}]}]",
            ),
            "must be at most max_replicas, 2, got 3",
        ),
        (
            (f"deployments: [{WEB}]", "steps: [{at: 1, do: drain, node: n-7}]"),
            "there is no node 'n-7'",
        ),
        (
            (f"deployments: [{WEB}]", "steps: [{at: 1, do: drian, node: n-1}]"),
            "unknown do 'drian'; did you mean 'drain'?",
        ),
        (
            (
                f"deployments: [{WEB}]",
                "steps: [{at: 1, do: update, deployment: web, template: {limits: {cpu: 100m}}}]",
            ),
            "steps[0].template: requests.cpu must be at most the limit, 100m, got 250m",
        ),
        (
            (f"deployments: [{WEB}]", "node_pools: [{nodes: n-1, min_nodes: 2}]"),
            "must be at most 1, which is how many the pool has; got 2",
        ),
        (
            ("deployments: [{name: web, namespace: tem, template: {image: a}}]",),
            "there is no namespace 'tem'; expected one of default",
        ),
        (
            ("deployments: [{name: a, template: {image: a}, strategy: {max_surge: a}}]",),
            "must be a number of pods, such as 2, or a share of them, such as 25%",
        ),
        (
            (
                "deployments: [{name: a, template: {image: a},"
                " strategy: {max_surge: 0, max_unavailable: 0}}]",
            ),
            "must not be 0 where max_surge is 0, too",
        ),
        (
            (
                web(limits="{memory: 1GiB}"),
                "vertical_autoscalers: [{deployment: web, min_memory: 1MiB, max_memory: 1GiB}]",
            ),
            "the memory limit of web is fixed; request less memory than the limit",
        ),
        (
            (
                f"deployments: [{WEB}]",
                "disruption_budgets: [{name: b, selector: {app: web}}]",
            ),
            "needs either min_available or max_unavailable, and not both",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest_name(
    lines: tuple[str, ...], expected: str
) -> None:
    told = problem(*lines)
    assert told.startswith("f.yaml:")
    assert expected in told
