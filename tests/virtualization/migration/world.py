"""A world to migrate in: a link of its own for every transfer, a machine that counts, rooms."""

from __future__ import annotations

from fractions import Fraction

from simpy.events import Event

from aio_sim.hardware.device import Disk
from aio_sim.hardware.host import Host
from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.virtualization.migration import MigratableMachine

MIB = 1 << 20


class Sending:
    """A flow at a constant rate, for which no one else is on the way."""

    def __init__(self, env: Environment, size: int, bandwidth: int) -> None:
        self._env, self._size, self._bandwidth, self._begun = env, size, bandwidth, env.now
        self.done = Event(env)
        end = env.timeout(-(-size * 8 * SECOND // bandwidth))
        assert end.callbacks is not None
        end.callbacks.append(self._arrive)

    @property
    def sent(self) -> int:
        return min((self._env.now - self._begun) * self._bandwidth // (8 * SECOND), self._size)

    @property
    def rate(self) -> float:
        return float(self._bandwidth)

    def cancel(self) -> None:
        self.cut("given up")

    def _arrive(self, _end: Event) -> None:
        if not self.done.triggered:
            self.done.succeed(self)

    def cut(self, reason: str) -> None:
        if not self.done.triggered:
            self.done.fail(TransferFailed(reason, self))  # type: ignore[arg-type]
            self.done.defused = True


class Wire:
    """A network where nobody shares; `cut` it at an instant and `repair` it at another."""

    def __init__(self, env: Environment, bandwidth: int) -> None:
        self._env = env
        self.bandwidth = bandwidth
        self.whole = True
        self.sendings: list[Sending] = []
        self.sizes: list[int] = []

    def transfer(
        self,
        source: str,
        destination: str,
        size: int,
        *,
        rate_limit: int | None = None,
        name: str = "",
    ) -> Sending:
        sending = Sending(self._env, size, min(self.bandwidth, rate_limit or self.bandwidth))
        self.sendings.append(sending)
        self.sizes.append(size)
        if not self.whole:
            sending.cut("no way")
        return sending

    def cut_at(self, instant: int) -> None:
        self._at(instant, self._cut)

    def repair_at(self, instant: int) -> None:
        self._at(instant, self._repair)

    def _at(self, instant: int, act: object) -> None:
        moment = self._env.timeout(instant - self._env.now)
        assert moment.callbacks is not None
        moment.callbacks.append(lambda _moment: act())  # type: ignore[operator]

    def _cut(self) -> None:
        self.whole = False
        for sending in self.sendings:
            sending.cut("the link is cut")

    def _repair(self) -> None:
        self.whole = True


class Guest:
    """A machine that runs whenever it is not paused, and notes what is done to it."""

    def __init__(
        self, env: Environment, host: Host, memory: int, dirty_rate: int, cores: int = 1
    ) -> None:
        self._env, self._since = env, env.now
        self.name, self.host, self.cores = "vm", host, cores
        self.memory, self.dirty_rate = memory, dirty_rate
        self.running = self.up = True
        self.speed = Fraction(1)
        self.stood_still: list[tuple[int, int]] = []
        self._ran = 0

    @property
    def ran(self) -> int:
        return self._ran + (self._env.now - self._since if self.running else 0)

    def pause(self) -> None:
        assert self.running
        self._ran, self.running, self._since = self.ran, False, self._env.now

    def resume(self) -> None:
        assert not self.running
        self.stood_still.append((self._since, self._env.now))
        self.running, self._since = True, self._env.now

    def slow_down(self, factor: Fraction) -> None:
        assert 0 < factor <= 1
        self.speed = factor

    def relocate(self, host: Host) -> None:
        self.host = host

    @property
    def downtime(self) -> int:
        return sum(end - start for start, end in self.stood_still)


class Ledger:
    """Room for `most` machines on every host, and who has it."""

    def __init__(self, most: int = 10) -> None:
        self._most = most
        self.there: dict[str, list[str]] = {}

    def promise(self, machine: MigratableMachine, host: Host, *, image: bool = False) -> str:
        there = self.there.setdefault(host.name, [])
        if len(there) >= self._most:
            return f"{host.name} is full"
        there.append(machine.name)
        return ""

    def moved(self, machine: MigratableMachine, source: Host) -> None:
        assert machine.name in self.there[machine.host.name]
        assert machine.host is not source

    def give_back(self, machine: MigratableMachine, host: Host) -> None:
        if machine.name in self.there.get(host.name, []):
            self.there[host.name].remove(machine.name)


class Space:
    """Bytes set aside on the disks of hosts."""

    def __init__(self, size: int = 1 << 50) -> None:
        self._size = size
        self.used: dict[str, int] = {}

    def promise(self, host: Host, size: int) -> str:
        used = self.used.get(host.name, 0)
        if used + size > self._size:
            return f"{host.name} has no space"
        self.used[host.name] = used + size
        return ""

    def give_back(self, host: Host, size: int) -> None:
        self.used[host.name] -= size


def make_host(
    env: Environment,
    name: str,
    *,
    trace: Trace | None = None,
    cores: int = 2,
    read: int = 0,
    write: int = 0,
) -> Host:
    """Return a host, with a disk where `read` and `write` say how many bytes a second."""
    cpu = Cpu(env, trace or Trace(), name, cores, FirstComeFirstServed())
    disk = Disk(env, 1 << 50, read, write, 0) if read else None
    return Host(name, cpu, 1 << 40, disk)
