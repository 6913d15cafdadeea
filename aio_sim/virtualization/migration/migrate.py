"""Moves virtual machines between hosts on the event loop, and never loses one."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from simpy import Interrupt
from simpy.events import Event
from simpy.events import Process as Story

from aio_sim.hardware.host import Host
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.virtualization.image_copier import ImageCopier
from aio_sim.virtualization.migration.dirty import FULL_SPEED
from aio_sim.virtualization.migration.methods import Method, MigrationOptions
from aio_sim.virtualization.migration.plan import DEFAULT, Round
from aio_sim.virtualization.migration.stories import cold, post_copy, pre_copy
from aio_sim.virtualization.migration.under_way import (
    Broken,
    MigratableMachine,
    Migration,
    Rooms,
)


@dataclass(frozen=True)
class MigrationResult:
    """What became of a migration: sizes in bytes, times in ns.

    `rounds` are the goes in which memory was sent, one that was cut short too; `bytes` also holds
    the image. `downtime` is for how long the machine stood still because of it, and `lost` the time
    of its virtual processors that tracking and faults took. `reason` says why it failed: the
    machine is then where it was, and runs if it ran before.
    """

    machine: str
    method: Method
    source: str
    destination: str
    rounds: tuple[Round, ...] = ()
    bytes: int = 0
    time: int = 0
    downtime: int = 0
    lost: int = 0
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the machine is on its new host."""
        return not self.reason


class Migrator:
    """Migrates machines over a network, into room that is promised before anything moves.

    In a scenario a machine's next step waits for its migration, so that none gives one up: `cancel`
    and `abandon` are for programs that drive machines themselves.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        network: Network,
        rooms: Rooms,
        copier: ImageCopier | None = None,
    ) -> None:
        self._env = env
        self._trace = trace
        self._network = network
        self._rooms = rooms
        self._copier = copier
        self._under_way: dict[str, Migration] = {}
        self._stories: dict[str, Story] = {}
        names = ("count", "refused", "failed", "bytes", "wasted", "time", "downtime", "lost")
        self._counts = dict.fromkeys(names, 0)

    def migrate(
        self, machine: MigratableMachine, destination: Host, options: MigrationOptions = DEFAULT
    ) -> Event:
        """Move a machine; the event fires with a MigrationResult, also where it fails.

        Cold and pre-copy fail where the way is cut, and the machine goes on where it was. Post-copy
        does until the machine has switched over; then it waits for `recover`.
        """
        reason = self._refusal(machine, destination, options)
        if reason:
            return self._refused(machine, destination, options, reason)
        record = Record(self._trace, f"migration {machine.name}")
        ways = self._env, self._network, self._rooms
        migration = Migration(*ways, record, machine, destination, options)
        self._under_way[machine.name] = migration
        self._stories[machine.name] = story = self._env.process(self._migrate(migration))
        return story

    def recover(self, machine: str | None = None) -> int:
        """Tell the machine of that name, or all, that its way is repaired; return how many waited.

        The rest of its memory is then sent, and it goes on.
        """
        waiting = [
            migration.repaired
            for name, migration in self._under_way.items()
            if machine in (None, name) and migration.repaired and not migration.repaired.triggered
        ]
        for repaired in waiting:
            repaired.succeed()
        return len(waiting)

    def cancel(self, machine: str) -> bool:
        """Give up what the machine of that name is being sent; return whether it could be.

        It then goes on where it was. After the machine has switched over there is no way back.
        """
        migration = self._under_way.get(machine)
        return migration is not None and not migration.switched and self._give_up(migration)

    def abandon(self, machine: str) -> None:
        """Stop moving the machine of that name, which is no more, and touch it no more.

        Its room on the host that it was not on is given back; the other one is its owner's.
        """
        if machine in self._under_way:
            self._stories[machine].interrupt()

    def migrating(self, machine: str) -> bool:
        """Return whether the machine of that name is being migrated."""
        return machine in self._under_way

    def drawing_on(self, host: str) -> list[str]:
        """Return the machines that have left a host while some of their memory is there still."""
        return [
            name
            for name, migration in self._under_way.items()
            if migration.switched and migration.source.name == host
        ]

    def totals(self) -> Mapping[str, int]:
        """Return migrations ended, under way, refused and failed, bytes, those lost, and ns."""
        counts = {"under_way": len(self._under_way)} | self._counts
        return {f"vm.migration.{name}": count for name, count in counts.items()}

    def close(self) -> None:
        """Write the spans of the stages that are under way when the run ends."""
        for migration in self._under_way.values():
            migration.end()
            migration.close()
            migration.note("migration under way")
        if self._copier is not None:
            self._copier.close()

    def _refusal(
        self, machine: MigratableMachine, destination: Host, options: MigrationOptions
    ) -> str:
        if self.migrating(machine.name):
            return _("{machine} is being migrated already").format(machine=machine.name)
        if machine.host is destination:
            return _("{machine} is on {host} already").format(
                machine=machine.name, host=destination.name
            )
        if options.image is not None and self._copier is None:
            return _("nobody is there to copy the image of {machine}").format(machine=machine.name)
        return self._rooms.promise(machine, destination, image=options.image is not None)

    def _refused(
        self,
        machine: MigratableMachine,
        destination: Host,
        options: MigrationOptions,
        reason: str,
    ) -> Event:
        self._counts["refused"] += 1
        source = machine.host.name
        record = Record(self._trace, f"migration {machine.name}")
        record.note(f"migration refused: {reason}", self._env.now)
        result = MigrationResult(
            machine.name, options.method, source, destination.name, reason=reason
        )
        return self._env.event().succeed(result)

    def _migrate(self, migration: Migration) -> Generator[Event, object, MigrationResult]:
        reason = ""
        try:
            yield from self._story(migration)
        except Broken as broken:
            reason = str(broken)
            self._undo(migration)
        except Interrupt:
            reason = _("the machine is no more")
            migration.end()
            self._give_up(migration)
        self._rooms.give_back(migration.machine, migration.left_behind)
        del self._under_way[migration.machine.name], self._stories[migration.machine.name]
        return self._result(migration, reason)

    def _give_up(self, migration: Migration) -> bool:
        """Stop what is on its way; return whether anything was."""
        if migration.flow is not None:
            migration.flow.cancel()
        elif migration.copy is not None and self._copier is not None:
            self._copier.cancel(migration.copy)
        else:
            return False
        return True

    def _story(self, migration: Migration) -> Generator[Event, object, None]:
        method = migration.options.method
        if method is Method.COLD:
            return cold(migration, self._copier)
        if method is Method.PRE_COPY:
            return pre_copy(migration)
        return post_copy(migration)

    def _undo(self, migration: Migration) -> None:
        """Let the machine go on where it was."""
        migration.end()
        migration.slow_down(FULL_SPEED)
        migration.start()

    def _result(self, migration: Migration, reason: str) -> MigrationResult:
        migration.close(reason)
        result = MigrationResult(
            migration.machine.name,
            migration.options.method,
            migration.source.name,
            migration.destination.name,
            tuple(migration.rounds),
            migration.sent,
            self._env.now - migration.begun,
            migration.downtime,
            migration.lost,
            reason,
        )
        self._count(result)
        return result

    def _count(self, result: MigrationResult) -> None:
        counts = self._counts
        counts["count"] += 1
        counts["failed"] += not result.succeeded
        counts["wasted"] += 0 if result.succeeded else result.bytes
        for name in ("bytes", "time", "downtime", "lost"):
            counts[name] += getattr(result, name)
