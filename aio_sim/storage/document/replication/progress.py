"""How far each member is, what a majority has, and which clients that satisfies."""

from __future__ import annotations

from dataclasses import dataclass

from simpy.events import Event

from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.storage.document.replication.errors import UncertainWriteError
from aio_sim.storage.document.replication.group import Group
from aio_sim.storage.document.replication.member import Member
from aio_sim.storage.document.replication.oplog import Optime
from aio_sim.storage.document.replication.settings import WriteConcern


@dataclass(eq=False)
class Waiter:
    """A client whose write is done once its concern is met."""

    optime: Optime
    concern: WriteConcern
    event: Event


class Progress:
    """What the primary knows of how far the others are."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._numbers: dict[str, int] = {}
        self._waiters: dict[str, list[Waiter]] = {name: [] for name in group.members}
        self._at_risk: list[Optime] = []
        """Acknowledged writes that a majority may lack."""
        self._safe = Optime(0, 0)
        """The newest write that was acknowledged, or read, as a majority's."""

    def begin(self, primary: Member) -> None:
        """Know nothing of the others, as a primary begins; count what it lacks as lost."""
        self._numbers = {}
        if not primary.oplog.holds(self._safe):
            raise AuditError(
                _("{member} was elected without a write that a majority has: {write}").format(
                    member=primary.name, write=tuple(self._safe)
                )
            )
        kept = [optime for optime in self._at_risk if primary.oplog.holds(optime)]
        self._group.totals.lost_writes += len(self._at_risk) - len(kept)
        self._at_risk = kept

    def wait(self, primary: Member, optime: Optime, concern: WriteConcern) -> Event:
        """Return an event that fires once a write is where its concern wants it."""
        waiter = Waiter(optime, concern, self._group.env.event())
        self._waiters[primary.name].append(waiter)
        self.update(primary)
        return waiter.event

    def acknowledge(self, optime: Optime, concern: WriteConcern) -> None:
        """Note that a client was told that a write stands."""
        self._group.totals.writes += 1
        if concern.is_majority:
            self._safe = max(self._safe, optime)
        else:
            self._at_risk.append(optime)

    def note(self, primary: Member, member: Member, number: int) -> bool:
        """Note that a member has the entries up to a number; return whether a majority has more."""
        self._numbers[member.name] = max(self._numbers.get(member.name, 0), number)
        return self.update(primary)

    def update(self, primary: Member) -> bool:
        """Look who is satisfied; return whether a majority has more than it had.

        Only an entry of its own term tells a primary that a majority has it and all before.

        Source: Ongaro & Ousterhout 2014, 5.4.2.
        """
        group = self._group
        durable = [self._durable(primary, voter) for voter in group.voters]
        number = sorted(durable, reverse=True)[group.majority - 1]
        advanced = number > primary.commit_index and primary.oplog.term_at(number) == primary.term
        if advanced:
            primary.learn_commit(number)
            self._settle(primary)
        for waiter in list(self._waiters[primary.name]):
            if self._is_met(primary, waiter):
                self._waiters[primary.name].remove(waiter)
                waiter.event.succeed()
        return advanced

    def give_up(self, member: Member) -> None:
        """Tell the clients of a member that is primary no more that nobody knows."""
        for waiter in self._waiters[member.name]:
            waiter.event.fail(
                UncertainWriteError(
                    _("{member} is primary no more; the write may stand or not").format(
                        member=member.name
                    )
                )
            )
            waiter.event.defused = True
        self._waiters[member.name].clear()

    def forget(self, member: Member, waiter: Event) -> None:
        """Let a client go that waits no longer."""
        waiters = self._waiters[member.name]
        self._waiters[member.name] = [each for each in waiters if each.event is not waiter]

    def _settle(self, primary: Member) -> None:
        """Decide what became of acknowledged writes, now that a majority has the primary's."""
        due = [optime for optime in self._at_risk if optime.number <= primary.commit_index]
        self._at_risk = [each for each in self._at_risk if each.number > primary.commit_index]
        lost = sum(not primary.oplog.holds(optime) for optime in due)
        self._group.totals.lost_writes += lost

    def _durable(self, primary: Member, member: Member) -> int:
        if member is primary:
            return member.durable.number
        return self._numbers.get(member.name, 0)

    def _is_met(self, primary: Member, waiter: Waiter) -> bool:
        concern, number = waiter.concern, waiter.optime.number
        if not isinstance(concern.w, int):
            return primary.commit_index >= number
        own = primary.durable.number if concern.journaled else primary.last.number
        have = (own >= number) + sum(
            self._numbers.get(other.name, 0) >= number for other in self._group.others(primary)
        )
        return have >= concern.w
