"""Whether the pods of deployments, as they are and as updates make them, can be at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aio_sim.containers.platform.selector import selects
from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.findings import Findings, Location
from aio_sim.scenario.platform.deployments import DeploymentSpec
from aio_sim.scenario.platform.pods import PodSpec, faults, shares
from aio_sim.scenario.platform.section import PlatformSpec
from aio_sim.scenario.platform.steps import UpdateStep
from aio_sim.scenario.policies import SchedulerSpec

Sizes = Mapping[str, tuple[int, int]]


def templates(platform: PlatformSpec) -> Iterator[tuple[DeploymentSpec, PodSpec, Location]]:
    """Yield each template that a deployment ever has, in order of time, and where it is given."""
    newest: dict[str, tuple[DeploymentSpec, PodSpec]] = {}
    for at, spec in enumerate(platform.deployments):
        newest[spec.name] = spec, spec.template
        yield spec, spec.template, ("platform", "deployments", at, "template")
    for at, step in updates(platform):
        if step.deployment in newest:
            spec, before = newest[step.deployment]
            after = before.changed(step.template)
            newest[step.deployment] = spec, after
            yield spec, after, ("platform", "steps", at, "template")


def updates(platform: PlatformSpec) -> list[tuple[int, UpdateStep]]:
    """Return the updates in order of time, each with its place among the steps."""
    found = [(at, step) for at, step in enumerate(platform.steps) if isinstance(step, UpdateStep)]
    return sorted(found, key=lambda each: each[1].at)


def check_pods(platform: PlatformSpec, nodes: Sizes, findings: Findings) -> None:
    """Note pods that no node can ever take, classes that are not there, and labels of none."""
    for _spec, pod, location in templates(platform):
        if location[1] == "steps":  # an own template has been looked at by itself
            for sentence, place, value in faults(pod):
                told = _("{field} {sentence}").format(field=".".join(place), sentence=sentence)
                findings.say(told, *location, value=value)
        _check_class(platform, pod, location, findings)
        if nodes:
            _check_size(pod, nodes, location, findings)
    _check_services(platform, findings)
    _check_metrics(platform, findings)


def check_schedulers(platform: PlatformSpec, scheduler: SchedulerSpec, findings: Findings) -> None:
    """Note deployments whose pods have no scheduler, where that of the scenario will not do."""
    if not shares(scheduler.policy):
        return
    for at, spec in enumerate(platform.deployments):
        if spec.template.scheduler is None:
            told = _(
                "needs a scheduler: {policy}, which is the scenario's, cannot be a container's"
            )
            place = "platform", "deployments", at, "template"
            findings.say(told.format(policy=scheduler.policy), *place)


def check_ends(platform: PlatformSpec, findings: Findings) -> None:
    """Note programs that hang for ever, so that a run would not end with its work."""
    for _spec, pod, location in templates(platform):
        if pod.hangs_after is not None and pod.liveness is None:
            told = _("needs a liveness probe, or the scenario an `until`: it would hang for ever")
            findings.say(told, *location, "hangs_after", value=pod.hangs_after)


def _check_class(
    platform: PlatformSpec, pod: PodSpec, location: Location, findings: Findings
) -> None:
    name, known = pod.priority_class, platform.priority_classes
    if name is not None and name not in known:
        told = _("there is no priority class {name!r}{hint}")
        told = told.format(name=name, hint=hint(name, known))
        findings.say(told, *location, "priority_class", value=name)


def _check_size(pod: PodSpec, nodes: Sizes, location: Location, findings: Findings) -> None:
    """Note what is more than the largest node has."""
    cores, memory = (max(each) for each in zip(*nodes.values(), strict=True))
    for field in ("requests", "limits"):
        given = getattr(pod, field)
        if given.cpu is not None and given.cpu > cores * 1000:
            told = _("must be at most the cores of the largest node, {most}, got {value}")
            told = told.format(most=cores, value=f"{given.cpu / 1000:g}")
            findings.say(told, *location, field, "cpu", value=given.cpu)
        if given.memory is not None and given.memory > memory:
            told = _("must be at most the memory of the largest node, {most}, got {value}")
            told = told.format(most=format_size(memory), value=format_size(given.memory))
            findings.say(told, *location, field, "memory", value=given.memory)


def _check_services(platform: PlatformSpec, findings: Findings) -> None:
    """Note services that never reach a pod."""
    names = {each.name for each in platform.deployments}
    labels = [
        (spec.namespace, {**spec.own_labels, **pod.labels})
        for spec, pod, _location in templates(platform)
    ]
    for at, service in enumerate(platform.services):
        place = "platform", "services", at
        reached = (
            space == service.namespace and selects(service.reaches, each) for space, each in labels
        )
        if any(reached):
            continue
        if service.selector is None:
            told = _("needs a selector, or the name of a deployment in its namespace{hint}")
            told = told.format(hint=hint(service.name, names))
            findings.say(told, *place, "name", value=service.name)
        else:
            told = _("no deployment in the namespace {name} has pods with these labels")
            findings.say(told.format(name=service.namespace), *place, "selector")


def _check_metrics(platform: PlatformSpec, findings: Findings) -> None:
    """Note autoscalers that measure shares of what is not requested, or move what is fixed."""
    pods = {each.name: each.template for each in platform.deployments}
    for at, scaler in enumerate(platform.autoscalers):
        pod = pods.get(scaler.deployment)
        for number, each in enumerate(scaler.metrics):
            if pod is not None and not pod.cpu and each.metric == "cpu_utilization":
                told = _("the pods of {name} request no CPU time, of which that is a share")
                place = "platform", "autoscalers", at, "metrics", number
                told = told.format(name=scaler.deployment)
                findings.say(told, *place, "metric", value=each.metric)
    for at, vertical in enumerate(platform.vertical_autoscalers):
        pod = pods.get(vertical.deployment)
        if pod is not None and pod.fixed_memory:
            told = _("the memory limit of {name} is fixed; request less memory than the limit")
            told = told.format(name=vertical.deployment)
            location = "platform", "vertical_autoscalers", at, "deployment"
            findings.say(told, *location, value=vertical.deployment)
