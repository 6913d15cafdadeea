"""What containers and their engines hand in at the end of a run: totals by metric name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aio_sim.containers.container import Container
from aio_sim.containers.engine import ContainerEngine
from aio_sim.kernel.environment import SECOND

MOST_NAMED: Final = 100
"""Up to so many containers, each is told of by its name too."""

COUNTS: Final[Mapping[str, str]] = {
    "starts": "starts",
    "served": "served",
    "lost": "lost",
    "oom_kills": "oom_kills",
    "refused": "processes.refused",
}
"""Counts of a container, and the last parts of their metrics."""


def container_totals(container: Container) -> dict[str, int | float]:
    """Return what became of one container: counts, seconds and bytes."""
    totals: dict[str, int | float] = {
        metric: getattr(container, name) for name, metric in COUNTS.items()
    }
    totals["cpu"] = container.cpu.busy / SECOND
    totals["processes.most"] = container.most_processes
    quota, memory, files = container.group.quota, container.memory, container.files
    if quota is not None:
        totals["throttled"] = quota.throttled / SECOND
        totals["throttled_periods"] = quota.throttled_periods
    if memory is not None:
        totals["memory.peak"] = memory.peak
        totals["memory.reclaimed"] = memory.reclaimed
        totals["memory.failures"] = memory.failures
    if files is not None:
        totals["files"] = files.layer.used
        totals["files.copied"] = files.layer.copied
    return totals


def totals(engines: Iterable[ContainerEngine]) -> dict[str, int | float]:
    """Return the totals of all engines and of each container, as `container.<name>.<what>`."""
    engines = list(engines)
    containers = [each for engine in engines for each in engine.containers.values()]
    if not containers:
        return {}
    found = {f"container.{name}": value for name, value in _sums(engines, containers).items()}
    for engine in engines if len(containers) <= MOST_NAMED else ():
        for container in engine.containers.values():
            of_one = container_totals(container) | {"restarts": engine.restarts_of(container)}
            found |= {f"container.{container.name}.{name}": one for name, one in of_one.items()}
    return found


def group_totals(groups: Mapping[str, Sequence[Container]]) -> dict[str, int | float]:
    """Return the totals of containers that are alike, as `container.<name>.<what>`."""
    found: dict[str, int | float] = {}
    for name, containers in groups.items():
        found |= {
            f"container.{name}.replicas": len(containers),
            f"container.{name}.ready": sum(each.running for each in containers),
            f"container.{name}.served": sum(each.served for each in containers),
            f"container.{name}.lost": sum(each.lost for each in containers),
        }
    return found


def _sums(engines: list[ContainerEngine], containers: list[Container]) -> dict[str, int | float]:
    quotas = [each.group.quota for each in containers if each.group.quota is not None]
    pullers = [engine.puller for engine in engines]
    starts = [time for engine in engines for time in engine.start_times]
    found: dict[str, int | float] = {
        metric: sum(getattr(each, name) for each in containers) for name, metric in COUNTS.items()
    }
    found |= {
        "created": len(containers),
        "restarts": sum(engine.restarts for engine in engines),
        "throttled": sum(quota.throttled for quota in quotas) / SECOND,
        "throttled_periods": sum(quota.throttled_periods for quota in quotas),
        "pulls": sum(puller.pulls for puller in pullers),
        "pulls.failed": sum(puller.failed for puller in pullers),
        "pulled": sum(puller.bytes for puller in pullers),
        "layers.shared": sum(puller.hits for puller in pullers),
        "layers.evicted": sum(puller.store.cache.evicted for puller in pullers),
    }
    if starts:
        found["start.mean"] = sum(starts) / len(starts) / SECOND
    return found
