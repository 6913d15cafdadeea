"""Which machines of a trace stand on which: hosts, and guests whose cores are processes of them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from aio_sim.kernel.trace import NO_TASK

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace


class VirtualCoreName(NamedTuple):
    """A core of a guest, by the guest's name and the core's index."""

    guest: str
    core: int


class Levels:
    """The hosts of a run, and the guests on them, with their cores."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    @cached_property
    def hosts(self) -> dict[str, int]:
        """How many cores each host has."""
        cores: dict[str, int] = {}
        for host in self._trace.meta.get("hosts", []):
            cores |= dict.fromkeys(_counted(host), host.get("cores", 1))
        return cores

    @cached_property
    def guests(self) -> dict[str, int]:
        """How many virtual cores each guest has; in the order of the scenario."""
        cores: dict[str, int] = {}
        for virtual_core in self.virtual_cores.values():
            cores[virtual_core.guest] = cores.get(virtual_core.guest, 0) + 1
        return cores

    @cached_property
    def virtual_cores(self) -> dict[int, VirtualCoreName]:
        """The cores of guests, by their numbers as processes."""
        names = self._trace.meta.get("processes", ())
        return dict(_virtual_cores(enumerate(names, NO_TASK), self._machines))

    @cached_property
    def limited(self) -> frozenset[str]:
        """The virtual machines with a limit of cores, and all containers.

        A quota alone can hold a container back that has something to run: its weight changes while
        it stays.
        """
        specs = (spec for spec in self._specs if spec.get("limit", {}).get("cores") is not None)
        machines = {name for spec in self._specs for name in _counted(spec)}
        limited = {name for spec in specs for name in _counted(spec)}
        return frozenset(limited | (self.guests.keys() - machines))

    @cached_property
    def _machines(self) -> set[str]:
        """The names of virtual machines, and of other Cpus that are not hosts'."""
        found = set(self._trace.meta.get("criteria", ())) - set(self.hosts)
        return found.union(*map(_counted, self._specs))

    @property
    def _specs(self) -> Sequence[Mapping[str, Any]]:
        scenario = self._trace.meta.get("scenario", {})
        specs: Sequence[Mapping[str, Any]] = (
            scenario.get("vms", ()) if isinstance(scenario, dict) else ()
        )
        return specs


def _counted(spec: Mapping[str, Any]) -> list[str]:
    """Return the names that an entry of a scenario stands for."""
    count = spec.get("count")
    return [f"{spec['name']}-{number}" for number in range(count)] if count else [spec["name"]]


def _virtual_cores(
    processes: Iterable[tuple[int, str]], machines: Container[str]
) -> Iterator[tuple[int, VirtualCoreName]]:
    for number, name in processes:
        guest, _, core = name.rpartition("/")
        if guest in machines and core.isdecimal():
            yield number, VirtualCoreName(guest, int(core))
