"""Who notices that the primary is gone, who stands, and who is elected."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from simpy.events import Event

from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.environment import NEVER, WAKE_UP, Timer
from aio_sim.storage.document.replication.group import Group
from aio_sim.storage.document.replication.member import Member, Role

Story = Generator[Any, Any, None]


class Elections:
    """Watches over the primary by one timer a member, and holds elections.

    Heartbeats are not sent one by one: while all is well they change nothing, and when something
    breaks, the last one that came is known by its phase.

    Source: MongoDB Manual, Replica Set Elections; Ongaro & Ousterhout 2014, 5.2.
    """

    def __init__(
        self, group: Group, on_elected: Callable[[Member], None], on_term: Callable[[], None]
    ) -> None:
        self._group = group
        self._on_elected = on_elected
        self._on_term = on_term
        interval = group.settings.heartbeat_interval
        self._phases = {name: group.draw(interval) for name in group.members}
        self._timers = {
            name: Timer(group.env, partial(self._expired, member), WAKE_UP)
            for name, member in group.members.items()
        }
        self._takeover: set[str] = set()
        """Members whose timer is for taking over from one of lower priority."""

    def begin(self) -> None:
        """Hold the first election: who has the highest priority stands at once."""
        able = [each for each in self._group.voters if self._may_stand(each)]
        self._group.env.process(self._stand(max(able, key=lambda each: each.spec.priority)))

    def watch(self) -> None:
        """Look at what every member hears now; to be called after each change of that."""
        for member in self._group.members.values():
            if self._is_content(member):
                self._watch_priority(member)
            elif self._timers[member.name].due == NEVER or member.name in self._takeover:
                self._takeover.discard(member.name)
                self._timers[member.name].set(self._deadline(member))

    def _is_content(self, member: Member) -> bool:
        """Whether a member has no reason to act: down, well led, or a primary with a majority."""
        group = self._group
        if not member.is_up:
            return True
        if member.role is Role.PRIMARY:
            return group.reaches_majority(member)
        if not self._may_stand(member):
            return True
        return any(
            each.role is Role.PRIMARY and each.term >= member.term and group.hears(member, each)
            for each in group.others(member)
        )

    def _watch_priority(self, member: Member) -> None:
        """Set the timer of a member that may take over, cancel that of any other.

        Source: MongoDB's priority takeover: after an election timeout times one more than the
        number of members with a higher priority.
        """
        primary, timer = self._group.primary, self._timers[member.name]
        higher = (
            primary is not None
            and member.role is Role.SECONDARY
            and self._may_stand(member)
            and member.spec.priority > primary.spec.priority
        )
        if not higher:
            self._takeover.discard(member.name)
            timer.cancel()
        elif member.name not in self._takeover:
            above = [each.spec.priority > member.spec.priority for each in self._group.voters]
            self._takeover.add(member.name)
            timer.set(self._group.env.now + (sum(above) + 1) * self._timeout())

    def _may_stand(self, member: Member) -> bool:
        return bool(member.spec.priority and member.spec.votes)

    def _timeout(self) -> int:
        return self._group.settings.election_timeout

    def _deadline(self, member: Member) -> int:
        """Return when a member acts that hears no heartbeat any more."""
        settings = self._group.settings
        heard = self._group.heartbeat_before(self._phases[member.name])
        if member.role is Role.PRIMARY:
            return max(heard + self._timeout(), self._group.env.now)
        offset = self._group.draw(int(self._timeout() * settings.election_offset) + 1)
        return max(heard + self._timeout() + offset, self._group.env.now)

    def _expired(self, member: Member) -> None:
        self._takeover.discard(member.name)
        if member.role is Role.PRIMARY:
            member.step_down()
            self._group.note("step down", member)
            self._on_term()
        elif member.is_up:
            self._group.env.process(self._stand(member))

    def _stand(self, member: Member) -> Story:
        group, generation = self._group, member.generation
        term = member.term + 1
        won = yield from self._poll(member, term, dry=True)
        if won and member.generation == generation and member.term < term:
            _nothing, time = group.time_of(member, lambda: member.stand(term))
            yield group.env.timeout(time)
            won = yield from self._poll(member, term, dry=False)
            if won and member.generation == generation and member.term == term:
                self._win(member)
                return
        if member.generation == generation and member.role is Role.SECONDARY:
            group.totals.failed_elections += 1
            self._again(member)

    def _again(self, member: Member) -> None:
        offset = self._group.draw(int(self._timeout() * self._group.settings.election_offset) + 1)
        if self._is_content(member):
            self._watch_priority(member)
        else:
            self._timers[member.name].set(self._group.env.now + self._timeout() + offset)

    def _win(self, member: Member) -> None:
        group = self._group
        member.lead()
        group.totals.elections += 1
        group.note("elected", member)
        self._on_elected(member)

    def _poll(self, member: Member, term: int, *, dry: bool) -> Generator[Any, Any, bool]:
        """Ask all for their vote; return whether a majority gave it."""
        group = self._group
        asked = [voter for voter in group.voters if voter is not member]
        votes = 1
        replies = [self._ask(member, voter, term, dry=dry) for voter in asked]
        waiting: list[Event] = [group.env.process(reply) for reply in replies]
        while waiting and votes < group.majority:
            done: dict[Event, Any] = yield group.env.any_of(waiting)
            for event, granted in done.items():
                waiting.remove(event)
                votes += bool(granted)
        return votes >= group.majority

    def _ask(
        self, member: Member, voter: Member, term: int, *, dry: bool
    ) -> Generator[Any, Any, bool]:
        """Return whether a voter gives its vote; what is lost on the way is none."""
        group, last = self._group, member.last
        try:
            yield group.send(member.name, voter.name)
            if not voter.is_up:
                return False
            generation, led = voter.generation, voter.role
            granted, time = group.time_of(voter, lambda: voter.vote(term, last, dry=dry))
            if led is not voter.role:
                self._on_term()
                generation = voter.generation
            if time:
                yield group.env.timeout(time)
            if voter.generation != generation:
                return False
            yield group.send(voter.name, member.name)
        except TransferFailed:
            return False
        if voter.term > max(term, member.term) and member.is_up:
            member.adopt(voter.term)
            self._on_term()
        return bool(granted)
