"""One migration under way: the machine, what has been sent, and for how long it stood still."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from typing import Protocol

from simpy.events import Event

from aio_sim.hardware.host import Host
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Flow, Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.span_record import Record
from aio_sim.virtualization.migration.dirty import FULL_SPEED
from aio_sim.virtualization.migration.methods import MigrationOptions
from aio_sim.virtualization.migration.plan import Round


class MigratableMachine(Protocol):
    """A machine that can move to another host."""

    @property
    def name(self) -> str: ...

    @property
    def cores(self) -> int: ...

    @property
    def host(self) -> Host: ...

    @property
    def memory(self) -> int:
        """The bytes of memory that its guest has now: without what is in its balloon."""

    @property
    def dirty_rate(self) -> int:
        """How many bytes a second it writes while it runs."""

    @property
    def up(self) -> bool:
        """Whether it has something in its memory: it is not shut down."""

    @property
    def running(self) -> bool:
        """Whether it runs: not paused, not shut down."""

    @property
    def ran(self) -> int:
        """For how many nanoseconds it has run so far: what its dirty rate counts."""

    def pause(self) -> None:
        """Stop where it is."""

    def resume(self) -> None:
        """Go on."""

    def slow_down(self, factor: Fraction) -> None:
        """Run at this share of its full speed."""

    def relocate(self, host: Host) -> None:
        """Run on another host from now on."""


class Rooms(Protocol):
    """Who lends machines their room on hosts."""

    def promise(self, machine: MigratableMachine, host: Host, *, image: bool = False) -> str:
        """Set room for the machine aside on a host and return "", or return why there is none.

        `image` says whether that is room for its disk image, too.
        """

    def moved(self, machine: MigratableMachine, source: Host) -> None:
        """Have a machine use its room on the host that it is on now, no more that on `source`."""

    def give_back(self, machine: MigratableMachine, host: Host) -> None:
        """Take back the room that the machine had on a host."""


class Broken(Exception):  # noqa: N818  # ends a story, and is no error of anybody's
    """What was being sent did not arrive."""


class Migration:
    """The accounts of a migration, and the verbs that its story is told in."""

    def __init__(
        self,
        env: Environment,
        network: Network,
        rooms: Rooms,
        record: Record,
        machine: MigratableMachine,
        destination: Host,
        options: MigrationOptions,
    ) -> None:
        self.env = env
        self.machine = machine
        self.memory = machine.memory
        """What its guest has of memory when the migration begins, in bytes: what must be sent."""
        self.source = machine.host
        self.destination = destination
        self.options = options
        self.begun = env.now
        self.rounds: list[Round] = []
        self.sent = 0
        self.downtime = 0
        self.lost = 0
        self.flow: Flow | None = None
        """What is on its way."""
        self.copy: Event | None = None
        """What fires when the image of the machine is there."""
        self.switched = False
        """Whether the machine is on its new host, so that there is no way back."""
        self.repaired: Event | None = None
        """What a machine waits for that stands still after its way was cut."""
        self._network = network
        self._rooms = rooms
        self._record = record
        self._stage = ("", env.now)
        self._stopped_at: int | None = None
        self._speed = FULL_SPEED
        self._ran = machine.ran
        self._worked = 0

    def transfer(self, size: int) -> Flow:
        """Begin to send bytes of the machine to its new host."""
        self.flow = self._network.transfer(
            self.source.name,
            self.destination.name,
            size,
            rate_limit=self.options.rate_limit,
            name=f"migration {self.machine.name}",
        )
        return self.flow

    def arrival(self, flow: Flow, size: int, stage: str) -> Generator[Event, object, None]:
        """Wait until all has arrived; Broken, with what was sent counted, where it cannot."""
        self.begin(stage)
        begun = self.env.now
        try:
            yield flow.done
        except TransferFailed as failure:
            self._sent(flow.sent, begun)
            raise Broken(str(failure)) from failure
        self._sent(size, begun)
        self.end()

    def send(self, size: int, stage: str) -> Generator[Event, object, None]:
        """Send bytes and wait until they have arrived."""
        yield from self.arrival(self.transfer(size), size, stage)

    def switch_over(self) -> Generator[Event, object, None]:
        """Put the machine, which stands still, on its new host."""
        self.begin("migration switch over")
        yield self.env.timeout(self.options.switch_over)
        self.machine.relocate(self.destination)
        self._rooms.moved(self.machine, self.source)
        self.switched = True
        self.end()

    def stop(self) -> None:
        """Let the machine stand still, if it runs."""
        self.work()
        if self.machine.running:
            self.machine.pause()
            self._stopped_at = self.env.now

    def start(self) -> None:
        """Let the machine go on, if it stands still because of this migration."""
        if self._stopped_at is not None:
            self.downtime += self.env.now - self._stopped_at
            self._stopped_at = None
            self.machine.resume()
        self.work()

    def slow_down(self, speed: Fraction) -> None:
        """Let the machine run at that share of its speed from now on."""
        self.work()
        if speed != self._speed:
            self.machine.slow_down(speed)
            self._speed = speed

    def work(self) -> int:
        """Return the nanoseconds of the guest's own work since the migration began."""
        ran = self.machine.ran - self._ran
        self._ran += ran
        worked = ran * self._speed.numerator // self._speed.denominator
        self._worked += worked
        self.lost += (ran - worked) * self.machine.cores
        return self._worked

    @property
    def left_behind(self) -> Host:
        """The host that the machine is not on."""
        return self.source if self.switched else self.destination

    def begin(self, stage: str) -> None:
        """Note which stage begins."""
        self._stage = (stage, self.env.now)

    def end(self) -> None:
        """Write the span of the stage under way, if there is one."""
        name, begun = self._stage
        if name:
            self._record.span(name, begun, self.env.now)
        self._stage = ("", self.env.now)

    def note(self, text: str) -> None:
        """Write what happened now, in words."""
        self._record.note(text, self.env.now)

    def close(self, reason: str = "") -> None:
        """Write the span of the whole migration, and why it failed, if it did."""
        ends = f"from {self.source.name} to {self.destination.name}"
        name = f"migration {ends}, {self.options.method}"
        self._record.span(name, self.begun, self.env.now)
        if reason:
            self.note(f"migration failed: {reason}")

    def _sent(self, size: int, begun: int) -> None:
        self.flow = None
        self.sent += size
        self.rounds.append(Round(size, self.env.now - begun))
