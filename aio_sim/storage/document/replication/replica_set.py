"""A replica set on the event loop: what clients, failures and reports see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simpy.events import Event

from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import COMPLETION, NEVER, Environment, Timer
from aio_sim.kernel.errors import AuditError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.replication.clients import Clients, Operation, Reader
from aio_sim.storage.document.replication.elections import Elections
from aio_sim.storage.document.replication.feeding import Feeding
from aio_sim.storage.document.replication.group import Group, Happening, Spend
from aio_sim.storage.document.replication.member import Member, Role
from aio_sim.storage.document.replication.progress import Progress
from aio_sim.storage.document.replication.settings import (
    MemberSpec,
    ReadConcern,
    ReadPreference,
    ReplicaSettings,
    WriteConcern,
    checked_members,
)
from aio_sim.storage.document.settings import Volume

if TYPE_CHECKING:
    import numpy as np


def _no_time(_member: str, _cost: Cost) -> int:
    return 0


class ReplicaSet:
    """Members on hosts that hold the same documents, one of them primary.

    `volumes` gives the files of each member's database; `spend` charges what is done there to the
    devices of its host. The first election begins at once. Whoever drives it says when hosts fail
    and are repaired, and when links do (`links_changed`); all else follows.

    Raises InputError where there can be no such set.
    """

    def __init__(
        self,
        env: Environment,
        network: Network,
        members: Iterable[MemberSpec],
        volumes: Callable[[str], Volume],
        random: np.random.Generator,
        *,
        settings: ReplicaSettings | None = None,
        spend: Spend = _no_time,
    ) -> None:
        settings = settings or ReplicaSettings()
        specs = checked_members(tuple(members))
        made = {
            spec.name: Member(spec, volumes(spec.name), settings.oplog_entries) for spec in specs
        }
        self._env = env
        self._group = Group(env, network, made, settings, random, spend)
        self._progress = Progress(self._group)
        self._feeding = Feeding(self._group, self._progress, self._on_term)
        self._elections = Elections(self._group, self._on_elected, self._on_term)
        self._changed = env.event()
        self._clients = Clients(self._group, self._progress, self._on_write, lambda: self._changed)
        self._syncs = {
            name: Timer(env, partial(self._sync, member), COMPLETION)
            for name, member in made.items()
        }
        self._elections.begin()

    @property
    def primary(self) -> str | None:
        """The host of the primary of the latest term, None where there is none."""
        primary = self._group.primary
        return None if primary is None else primary.name

    @property
    def members(self) -> Mapping[str, Member]:
        """The members by the names of their hosts."""
        return self._group.members

    @property
    def history(self) -> list[Happening]:
        """Elections, failures and rollbacks so far, in order."""
        return self._group.history

    @property
    def changed(self) -> Event:
        """Fires at the next change of who leads, or of who reaches whom."""
        return self._changed

    def write(
        self,
        client: str,
        operation: Operation,
        concern: WriteConcern | None = None,
        size: int = 0,
    ) -> Event:
        """Do an operation on the primary's engine for a client on a host; `size` bytes are sent.

        The event gives `Written`, once the write is where its concern wants it (a majority, where
        None), or fails: NoMemberError, UncertainWriteError, WriteConcernError, or the operation's
        own error.
        """
        story = self._clients.write(client, operation, concern or WriteConcern(), size)
        return self._env.process(story)

    def read(
        self,
        client: str,
        query: Callable[[Reader], Any],
        preference: ReadPreference = ReadPreference.PRIMARY,
        concern: ReadConcern = ReadConcern.LOCAL,
    ) -> Event:
        """Ask a member for a client on a host; the event gives what `query` gives of its `Reader`.

        Fails with NoMemberError.
        """
        return self._env.process(self._clients.read(client, query, preference, concern))

    def fail(self, host: str) -> None:
        """Let the member on a host lose its power; nothing where it is down already."""
        member = self._member(host)
        if not member.is_up:
            return
        member.crash()
        self._syncs[host].cancel()
        self._group.note("down", member)
        self._on_term()

    def repair(self, host: str) -> None:
        """Let the member on a host come back with what was durable; nothing where it is up."""
        member = self._member(host)
        if member.is_up:
            return
        self._group.spend(host, member.restart(lambda: bool(self._group.draw(2))))
        self._group.note("up", member)
        self.links_changed()

    def links_changed(self) -> None:
        """Look anew at who reaches whom; to be told whenever links are cut or mended."""
        self._tell()
        for member in self._leading():
            self._feeding.kick(member)

    def step_down(self) -> None:
        """Let the primary become a secondary; nothing where there is none."""
        primary = self._group.primary
        if primary is not None:
            primary.step_down()
            self._group.note("step down", primary)
            self._on_term()

    def check(self) -> None:
        """Raise AuditError where two primaries have one term, or members differ in what is safe.

        Entries up to the number that a member knows to be a majority's are the same on all that
        have them.
        """
        terms = [member.term for member in self._leading()]
        if len(set(terms)) < len(terms):
            raise AuditError(_("two primaries have one term"))
        members = list(self._group.members.values())
        for one in members:
            safe = one.oplog.term_at(one.commit_index)
            for other in members:
                known = other.oplog.term_at(one.commit_index)
                if other.commit_index >= one.commit_index and None not in (safe, known):
                    self._require_equal(one, safe == known)

    def close(self) -> None:
        """Bring the accounts up to now."""
        self._group.account()

    def totals(self) -> Mapping[str, int]:
        """Return what it has done and lost, by the names of `Totals`; times in ns."""
        return self._group.totals.as_metrics()

    def _member(self, host: str) -> Member:
        try:
            return self._group.members[host]
        except KeyError:
            raise UnknownName(_("member of the replica set"), host, self._group.members) from None

    def _leading(self) -> list[Member]:
        return [each for each in self._group.members.values() if each.role is Role.PRIMARY]

    def _require_equal(self, member: Member, equal: bool) -> None:
        if not equal:
            raise AuditError(
                _("{member} has other entries than the rest below {number}").format(
                    member=member.name, number=member.commit_index
                )
            )

    def _on_elected(self, member: Member) -> None:
        self._progress.begin(member)
        self._progress.update(member)
        self._on_term()
        self._feeding.kick(member)

    def _on_term(self) -> None:
        """See to it that clients of members that lead no more are told."""
        for member in self._group.members.values():
            if member.role is not Role.PRIMARY:
                self._progress.give_up(member)
        self._tell()

    def _on_write(self, primary: Member) -> None:
        """Feed the others; make the write durable when the commit interval ends, at the latest."""
        timer = self._syncs[primary.name]
        if primary.durable == primary.last:
            self._progress.update(primary)
        elif timer.due == NEVER:
            interval = primary.volume.settings.commit_interval
            timer.set(self._env.now - self._env.now % interval + interval)
        self._feeding.kick(primary)

    def _sync(self, member: Member) -> None:
        if not member.is_up:
            return
        self._group.time_of(member, member.sync)
        member.engine.advance(self._env.now)
        if member.role is Role.PRIMARY:
            self._progress.update(member)
            self._feeding.kick(member)

    def _tell(self) -> None:
        """Let all that watch look again."""
        self._group.account()
        self._elections.watch()
        waiting, self._changed = self._changed, self._env.event()
        waiting.succeed()
