"""What a scenario says of hosts: cores, memory, disk and network card."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from aio_sim.scenario.fields import Count, Name, Number, Rate, Size, Spec
from aio_sim.scenario.policies import SchedulerSpec
from aio_sim.scenario.protection import KindName
from aio_sim.scheduling.policy import Duration

Throughput = Annotated[Rate, Field(gt=0)]


def counted_names(name: str, count: int | None) -> tuple[str, ...]:
    """Return `name` where nothing is counted, else `name-0`, `name-1`, ..."""
    return (name,) if count is None else tuple(f"{name}-{number}" for number in range(count))


class DiskSpec(Spec):
    """A disk."""

    size: Size
    """How much it holds."""
    read: Throughput
    """How fast it reads, such as 500MB/s."""
    write: Throughput
    """How fast it writes."""
    latency: Duration = 0
    """What each access takes before the first byte."""


USUAL_DISK: Final = DiskSpec.model_validate(
    {"size": "1TB", "read": "550MB/s", "write": "520MB/s", "latency": "100us"}
)
"""The disk of hosts with virtual machines that say nothing of one: the sequential rates of a common
SATA drive (assumed)."""


class NetworkSpec(Spec):
    """A network card, with its link to the switch of the host's rack, or to the central switch."""

    bandwidth: Throughput
    """How fast it sends and receives, such as 1Gbps."""
    latency: Duration = 0
    """How long a message is under way."""
    encryption: KindName | None = None
    """How all that goes over its link is protected; as the scenario's `encryption` says where
    absent."""


class HostSpec(Spec):
    """A host, or `count` hosts that are alike."""

    name: Name
    """The name of the host; of several, `name-0`, `name-1`, ..."""
    count: Annotated[Count, Field(le=1_000_000)] = 1
    """How many such hosts there are."""
    cores: Annotated[Count, Field(le=1_000_000)] = 1
    """How many cores each has."""
    memory: Size = 64 * 2**30
    """How much memory each has."""
    speed: Annotated[Number, Field(ge=1e-6, le=1e6)] = 1.0
    """How many seconds of work a core does in a second."""
    disk: DiskSpec | None = None
    """The disk of each; where absent none, but with `vms` or `copies` one of 1TB that reads 550MB/s
    and writes 520MB/s, each access after 100us (assumed: a common SATA drive)."""
    network: NetworkSpec | None = None
    """The network card of each, if any."""
    scheduler: SchedulerSpec | None = None
    """How these hosts order their processes; as the scenario says, where absent."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the hosts; one that is not counted has the plain name."""
        return counted_names(self.name, self.count if "count" in self.model_fields_set else None)
