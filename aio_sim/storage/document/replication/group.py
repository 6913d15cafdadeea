"""What all parts of a replica set stand on: members, the network between them, the accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from simpy.events import Event

from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import Environment
from aio_sim.storage.cost import Cost
from aio_sim.storage.document.replication.member import Member, Role
from aio_sim.storage.document.replication.settings import ReplicaSettings, majority

if TYPE_CHECKING:
    import numpy as np

Spend = Callable[[str, Cost], int]
"""Charges a cost to the devices of a member; returns in how many ns all is done."""


class Happening(NamedTuple):
    """Something that became of a member, for a report: ns, what, whose name, in which term."""

    at: int
    what: str
    member: str
    term: int


@dataclass
class Totals:
    """What a replica set has done and lost; numbers, but for the ns without a primary."""

    writes: int = 0
    """Writes that were acknowledged as their concern asked."""
    reads: int = 0
    stale_reads: int = 0
    """Reads of a member that lacked entries of the primary."""
    uncertain_writes: int = 0
    """Writes of which the client was not told whether they stand."""
    refused: int = 0
    """Requests for which no member was found in time."""
    elections: int = 0
    """Primaries that were elected."""
    failed_elections: int = 0
    """Times that a member stood and had no majority."""
    rollbacks: int = 0
    rolled_back: int = 0
    """Writes that a member took back, because the primary does not have them."""
    lost_writes: int = 0
    """Acknowledged writes that a new primary does not have."""
    resyncs: int = 0
    """Times that a member had to copy everything."""
    without_primary: int = 0
    """ns during which no primary could reach a majority."""

    def as_metrics(self) -> Mapping[str, int]:
        """Return them by name; see `fields`."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


class Group:
    """The members of one replica set and what they have in common."""

    def __init__(
        self,
        env: Environment,
        network: Network,
        members: Mapping[str, Member],
        settings: ReplicaSettings,
        random: np.random.Generator,
        spend: Spend,
    ) -> None:
        self.env = env
        self.members = members
        self.settings = settings
        self.spend = spend
        self.totals = Totals()
        self.history: list[Happening] = []
        self._network = network
        self._random = random
        self._without_since: int | None = env.now
        self.voters = [member for member in members.values() if member.spec.votes]
        self.majority = majority(len(self.voters))

    def others(self, member: Member) -> list[Member]:
        """Return all members but one."""
        return [each for each in self.members.values() if each is not member]

    def send(self, source: str, target: str, size: int = 0) -> Event:
        """Send a message with so many bytes of documents; the event fails with TransferFailed."""
        whole = self.settings.message_size + size
        return self._network.transfer(source, target, whole, name="replication").done

    def connects(self, source: str, target: str) -> bool:
        """Whether there is a way from one host to another and back."""
        network = self._network
        return network.connects(source, target) and network.connects(target, source)

    def hears(self, member: Member, other: Member) -> bool:
        """Whether two members are up, and reach each other."""
        return member.is_up and other.is_up and self.connects(member.name, other.name)

    def reaches_majority(self, member: Member) -> bool:
        """Whether a member that is up reaches a majority of those with votes, itself included."""
        count = sum(1 for voter in self.voters if voter is member or self.hears(member, voter))
        return member.is_up and count >= self.majority

    @property
    def primary(self) -> Member | None:
        """The primary of the latest term, None where there is none."""
        leading = [each for each in self.members.values() if each.role is Role.PRIMARY]
        return max(leading, key=lambda member: member.term, default=None)

    def heartbeat_before(self, phase: int) -> int:
        """Return when the last heartbeat of a member was that sends them at a phase."""
        interval = self.settings.heartbeat_interval
        return max(self.env.now - (self.env.now - phase) % interval, 0)

    def draw(self, below: int) -> int:
        """Return a whole number from 0 to below another, by chance."""
        return int(self._random.integers(0, below)) if below > 0 else 0

    def time_of(self, member: Member, action: Callable[[], Any]) -> tuple[Any, int]:
        """Let a member do something; return what it gave, and the ns that its devices take."""
        result, cost = member.cost_of(action)
        return result, self.spend(member.name, cost)

    def note(self, what: str, member: Member) -> None:
        """Keep for a report what became of a member."""
        self.history.append(Happening(self.env.now, what, member.name, member.term))

    def account(self) -> None:
        """Bring the time without a primary up to now; to be called after each change."""
        primary = self.primary
        able = primary is not None and self.reaches_majority(primary)
        if self._without_since is not None:
            self.totals.without_primary += self.env.now - self._without_since
        self._without_since = None if able else self.env.now
