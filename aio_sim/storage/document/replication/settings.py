"""What a replica set consists of, and what its clients ask for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

MOST_VOTERS: Final = 7
"""Source: MongoDB Manual, Replica Set Members."""
MAJORITY: Final = "majority"


@dataclass(frozen=True)
class MemberSpec:
    """A member on a host; with priority 0, or without a vote, it never stands for election."""

    name: str
    priority: Fraction | int = 1
    votes: int = 1


@dataclass(frozen=True, kw_only=True)
class ReplicaSettings:
    """How a replica set works; times in ns. The defaults are MongoDB's."""

    heartbeat_interval: int = 2 * SECOND
    """Source: settings.heartbeatIntervalMillis."""
    election_timeout: int = 10 * SECOND
    """Source: settings.electionTimeoutMillis."""
    election_offset: Fraction = Fraction(15, 100)
    """Of the timeout, the most that is added by chance, so that members stand one by one.
    Source: replElectionTimeoutOffsetLimitFraction."""
    selection_timeout: int = 30 * SECOND
    """How long a client looks for a member that serves it. Source: serverSelectionTimeoutMS."""
    oplog_entries: int = 100_000
    """Entries that are kept for members that are behind; who needs older ones copies all.
    An assumption: MongoDB's is 5 % of the disk, 990 MB at least."""
    batch_entries: int = 5_000
    """Entries that are sent together. Source: replBatchLimitOperations."""
    message_size: int = 256
    """Bytes of a request or a reply without documents. An assumption."""


@dataclass(frozen=True)
class WriteConcern:
    """When a write is acknowledged: once so many members, or a majority, have it.

    `journaled`: in their journals; a majority always waits for that
    (writeConcernMajorityJournalDefault). Without `timeout` (ns) it waits for ever.

    Source: MongoDB Manual, Write Concern.
    """

    w: int | str = MAJORITY
    journaled: bool = False
    timeout: int | None = None

    def __post_init__(self) -> None:
        whole = isinstance(self.w, int) and not isinstance(self.w, bool) and self.w >= 1
        if not whole and self.w != MAJORITY:
            raise InputError(
                _("a write concern is 1 or more members, or 'majority', not {w!r}").format(w=self.w)
            )

    @property
    def is_majority(self) -> bool:
        """Whether it waits for a majority."""
        return self.w == MAJORITY


class ReadPreference(Enum):
    """Which member is asked. Source: MongoDB Manual, Read Preference."""

    PRIMARY = "primary"
    PRIMARY_PREFERRED = "primary_preferred"
    SECONDARY = "secondary"
    SECONDARY_PREFERRED = "secondary_preferred"


class ReadConcern(Enum):
    """What a member answers with. Source: MongoDB Manual, Read Concern."""

    LOCAL = "local"
    """The newest that it has, which a failover may undo."""
    MAJORITY = "majority"
    """What it knows that a majority has, which nothing undoes."""


def checked_members(members: tuple[MemberSpec, ...]) -> tuple[MemberSpec, ...]:
    """Return the members of a set; raises InputError where they can be none."""
    names = [member.name for member in members]
    voters = [member for member in members if member.votes]
    if len(set(names)) < len(names):
        raise InputError(_("two members of a replica set have one name"))
    if not 1 <= len(voters) <= MOST_VOTERS:
        raise InputError(
            _("a replica set has 1 to {most} members with a vote, not {count}").format(
                most=MOST_VOTERS, count=len(voters)
            )
        )
    if not any(member.priority and member.votes for member in members):
        raise InputError(_("no member of the replica set may become primary"))
    return members


def majority(voters: int) -> int:
    """Return how many of so many voters are more than half."""
    return voters // 2 + 1
