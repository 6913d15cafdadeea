"""Profiles of container runtimes: what creation, start and end cost, with their sources.

Times are nanoseconds, rates bytes a second. Work is CPU time of a core at full speed, which
competes with others on the node; time is what nothing shortens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

from aio_sim.containers.restart import DOCKER_BACK_OFF, KUBERNETES_BACK_OFF, BackOff
from aio_sim.kernel.errors import UnknownName
from aio_sim.kernel.units import DURATION_UNITS

_MS: Final = DURATION_UNITS["ms"]
_SECOND: Final = DURATION_UNITS["s"]


class Cost(NamedTuple):
    """What a step of a container's life takes."""

    time: int = 0
    work: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeProfile:
    """The costs and rules of one runtime."""

    name: str
    create: Cost
    """Names, the writable layer, the configuration."""
    start: Cost
    """Namespaces, control groups, mounts, network, and the first process."""
    stop: Cost
    """After the last process has ended."""
    destroy: Cost
    grace: int
    """From TERM to KILL."""
    downloads: int
    """Layers that a node downloads at once."""
    unpack_rate: int
    """Bytes a second that come out of a layer as a core unpacks it."""
    fork: int
    """CPU time of a fork and exec."""
    back_off: BackOff

    @classmethod
    def named(cls, name: str) -> RuntimeProfile:
        """Return the profile of that name; UnknownName for another."""
        if name not in PROFILES:
            raise UnknownName("profile of a container runtime", name, PROFILES)
        return PROFILES[name]


# An empty container, from the command to its end, takes 568 ms on an SSD, whatever the image's size
# (Khan, Decomposing Docker Container Startup Performance, arXiv 2602.15214, 2026). That 40 ms of
# it are the end, and how the rest divides into creation and start, work and time, are assumptions.
DOCKER: Final = RuntimeProfile(
    name="docker",
    create=Cost(time=60 * _MS, work=40 * _MS),
    start=Cost(time=268 * _MS, work=160 * _MS),  # 9 ms of it for the namespaces (ibid.)
    stop=Cost(time=30 * _MS, work=10 * _MS),
    destroy=Cost(time=30 * _MS, work=10 * _MS),  # assumption: as the end
    # docker container stop --time: 10 s on Linux (Docker documentation).
    grace=10 * _SECOND,
    # dockerd --max-concurrent-downloads (Docker documentation).
    downloads=3,
    unpack_rate=150 * 10**6,  # assumption: gzip, one core
    fork=500_000,  # assumption: 0.5 ms for fork and exec
    back_off=DOCKER_BACK_OFF,
)
"""Docker on one node."""

KUBERNETES: Final = replace(
    DOCKER,
    name="kubernetes",
    # The sandbox of a pod is a container of its own, which does nothing: its start is taken to cost
    # what one does, without the image (assumption).
    create=Cost(time=2 * DOCKER.create.time, work=2 * DOCKER.create.work),
    start=Cost(time=2 * DOCKER.start.time, work=2 * DOCKER.start.work),
    # terminationGracePeriodSeconds: 30 s (Kubernetes documentation, Pod Lifecycle).
    grace=30 * _SECOND,
    # serializeImagePulls, which is the default, pulls one image at a time, of which containerd
    # downloads three layers at once (max_concurrent_downloads).
    downloads=3,
    back_off=KUBERNETES_BACK_OFF,
)
"""A node of Kubernetes: the kubelet over a runtime of the same speed."""

PROFILES: Final[Mapping[str, RuntimeProfile]] = MappingProxyType(
    {each.name: each for each in (DOCKER, KUBERNETES)}
)
"""The profiles by name."""
