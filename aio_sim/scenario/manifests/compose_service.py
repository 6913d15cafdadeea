"""A service of a compose file, as the containers of a scenario that are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.compose_values import (
    CONDITIONS,
    parse_cpus,
    parse_memory,
    parse_restart,
    parse_time,
    quota_in_cores,
)
from aio_sim.scenario.manifests.dependencies import (
    COMPLETED,
    HEALTHY,
    Dependency,
    dependencies,
)
from aio_sim.scenario.manifests.parts import Part
from aio_sim.scenario.yaml_tree import Node

T = TypeVar("T")

LEAST_MEMORY: Final = 6 * 2**20
"""Bytes: the least limit that Docker takes (docker run --memory, Resource constraints)."""

INTERVAL: Final = 30_000_000_000
START_INTERVAL: Final = 5_000_000_000
"""Nanoseconds from check to check, later and in the start period (Dockerfile, HEALTHCHECK)."""


@dataclass(frozen=True)
class Service:
    """A service: its part of the file, and what of it other services need to know."""

    part: Part
    name: str
    replicas: int
    waits: list[Dependency]
    profiles: list[str]
    healthy: int | None
    """Nanoseconds from its start to its first check of health; None where there are none."""


def service(part: Part, name: str) -> Service:
    """Return a service, of which only what concerns others has been read."""
    return Service(
        part, name, _replicas(part), dependencies(part), _profiles(part), _first_check(part)
    )


def _replicas(part: Part) -> int:
    deploy = part.field("deploy")
    found = _one_of([deploy.field("replicas"), part.field("scale")], lambda each: each.whole())
    deploy.field("mode").choice({"replicated": "", "global": ""})  # on one host there is one each
    return 1 if found is None else found


def _profiles(part: Part) -> list[str]:
    return [each.text() for each in part.field("profiles").entries()]


def _first_check(part: Part) -> int | None:
    check = part.field("healthcheck")
    test = check.field("test").data
    if not check.present or check.field("disable").truth() or test in ("NONE", ["NONE"]):
        return None
    interval = check.field("interval").read(parse_time)
    begins = check.field("start_period").read(parse_time)
    often = check.field("start_interval").read(parse_time)
    interval = INTERVAL if interval is None else interval
    if not begins:
        return interval
    return min(interval, START_INTERVAL if often is None else often)


def containers(service: Service, others: dict[str, Service], memory: int) -> Node:
    """Return the containers of a service, on a host with so many bytes of memory."""
    part, build = service.part, service.part.field("build")
    image = part.field("image")
    if not image.present and not build.present:
        part.wrong(_("needs an image, or how to build one"))
    grace, init = part.field("stop_grace_period"), part.field("init")
    pids = _one_of(
        [part.field("deploy").field("resources").field("limits").field("pids"), _pids(part)],
        lambda each: each.whole(1),
    )
    return part.made(
        {
            "name": service.name,
            "count": service.replicas if service.replicas > 1 else None,
            "image": image.made(image.text()) if image.present else service.name,
            "cpu": _cpu(part),
            "memory": _memory(part, memory),
            "processes": pids,
            "init": init.made_of(init.truth()),
            "restart": _restart(part),
            "grace": grace.made_of(_seconds(grace.read(parse_time))),
            "after": [
                _after(each, others[each.name]) for each in service.waits if each.name in others
            ]
            or None,
        }
    )


def _pids(part: Part) -> Part:
    """Return the limit of processes, which -1 lifts."""
    pids = part.field("pids_limit")
    if pids.data in (-1, 0, "-1"):
        pids.node = None
    return pids


def _after(dependency: Dependency, other: Service) -> dict[str, Any]:
    delay = other.healthy if dependency.condition == HEALTHY else None
    if dependency.condition == HEALTHY and other.healthy is None:
        told = _("{name} has no healthcheck here, and counts as healthy as soon as it runs")
        dependency.part.warn(told.format(name=other.name))
    state = "completed" if dependency.condition == COMPLETED else None
    return {"container": other.name, "state": state, "delay": _seconds(delay)}


def _seconds(time: int | None) -> str | None:
    return None if time is None else f"{time}ns"


def _cpu(part: Part) -> dict[str, Any]:
    limits = part.field("deploy").field("resources").field("limits")
    cores = _one_of([limits.field("cpus"), part.field("cpus")], lambda each: each.read(parse_cpus))
    quota, period = part.field("cpu_quota").whole(1), part.field("cpu_period").whole(1)
    if quota is not None and not cores:
        cores = quota_in_cores(quota, period)
    shares = part.field("cpu_shares")
    least = shares.whole()
    return {
        "limit": _first([limits.field("cpus"), part.field("cpus"), part.field("cpu_quota")], cores),
        "period": None if period is None else f"{period}us",
        "shares": shares.made_of(max(least, 2) if least else None),
    }


def _first(parts: list[Part], value: object) -> Node | None:
    """Return a value at the first of its parts that is there; None for no value, or 0."""
    return next((each.made(value) for each in parts if each.present and value), None)


def _memory(part: Part, most: int) -> dict[str, Any]:
    """Return the bounds of a dynamic limit: Docker reserves nothing, but takes up to the limit."""
    resources = part.field("deploy").field("resources")
    limits = [resources.field("limits").field("memory"), part.field("mem_limit")]
    asked = [resources.field("reservations").field("memory"), part.field("mem_reservation")]
    ceiling = _one_of(limits, lambda each: each.read(parse_memory))
    floor = _one_of(asked, lambda each: each.read(parse_memory))
    least = min(LEAST_MEMORY, ceiling or most)
    return {
        "floor": _first(asked, floor) or least,
        "ceiling": _first(limits, ceiling) or most,
    }


def _restart(part: Part) -> Node | None:
    """Return the policy: `restart`, or else that of `deploy`."""
    restart = part.field("restart")
    other = part.field("deploy").field("restart_policy")
    condition, attempts = other.field("condition"), other.field("max_attempts")
    if restart.present:
        return restart.made_of(restart.read(parse_restart))
    if not other.present:
        return None
    policy = condition.choice(CONDITIONS) or "always"
    retries = attempts.made_of(attempts.whole(1)) if policy == "on-failure" else None
    return other.made({"policy": policy, "retries": retries})


def _one_of(parts: list[Part], read: Callable[[Part], T | None]) -> T | None:
    """Return what one of several fields says; they must not say different things."""
    found = [(each, value) for each in parts if (value := read(each)) is not None]
    for each, value in found[1:]:
        if value != found[0][1]:
            each.wrong(_("says another thing than {field}").format(field=found[0][0].path))
    return found[0][1] if found else None
