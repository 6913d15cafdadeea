"""What a scenario says of replica sets, and of clients who write to them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Count, Name, Number, Share, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import HostSpec
from aio_sim.scenario.machine_references import HostReferences
from aio_sim.scenario.network import TopologySpec
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.storage.document.replication.settings import (
        MemberSpec,
        ReplicaSettings,
        WriteConcern,
    )

MOST_VOTERS = 7
"""Source: MongoDB Manual, Replica Set Members."""

Span = Annotated[Duration, Field(gt=0)]


class ReplicaMemberSpec(Spec):
    """A member of a replica set."""

    host: Name
    """The host that it is on."""
    priority: Annotated[Number, Field(ge=0, le=1000)] = 1
    """A member with a higher one takes over as primary; with 0 it never does."""
    votes: Literal[0, 1] = 1
    """Whether it votes."""


def _as_member(value: object) -> object:
    return {"host": value} if isinstance(value, str) else value


ReplicaMember = Annotated[
    ReplicaMemberSpec,
    BeforeValidator(_as_member),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}], "examples": ["db-0"]}),
]


class ReplicaClientSpec(Spec):
    """A client who inserts documents at random moments, whatever became of those before."""

    name: Name
    """What to call it in results."""
    host: Name
    """The host that it is on."""
    rate: Annotated[Number, Field(gt=0, le=1e6)]
    """How many documents it inserts a second (Poisson)."""
    operations: Annotated[Count, Field(le=10_000_000)]
    """How many it inserts in all."""
    w: Count | Literal["majority"] = "majority"
    """How many members must have a document before it is acknowledged."""
    journaled: bool = False
    """Whether they must have it in their journals; a majority always must."""
    timeout: Span | None = None
    """How long the client waits for so many members (seconds); for ever where absent."""
    size: Annotated[Size, Field(gt=0)] = 1024
    """How large a document is."""

    def concern(self) -> WriteConcern:
        """Return the write concern."""
        from aio_sim.storage.document.replication.settings import WriteConcern

        return WriteConcern(self.w, self.journaled, self.timeout)


class ReplicaSetSpec(Spec):
    """Hosts that hold the same documents, one of them primary. The defaults are MongoDB's."""

    name: Name
    """What to call it."""
    members: Annotated[tuple[ReplicaMember, ...], Field(min_length=1, max_length=50)]
    """The hosts."""
    heartbeat: Span = 2 * SECOND
    """How often members hear of each other (seconds)."""
    election_timeout: Span = 10 * SECOND
    """How long after the last heartbeat of the primary another stands for election (seconds)."""
    election_offset: Share = 0.15
    """Of that, the most that is added by chance, so that members stand one by one."""
    selection_timeout: Span = 30 * SECOND
    """How long a client looks for a primary (seconds)."""
    clients: Annotated[tuple[ReplicaClientSpec, ...], Field(min_length=1)]
    """Who writes."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        findings = Findings("replica set")
        voters = [each for each in self.members if each.votes]
        if not 1 <= len(voters) <= MOST_VOTERS:
            sentence = _("must have 1 to {most} members with a vote, not {count}")
            findings.say(sentence.format(most=MOST_VOTERS, count=len(voters)), "members")
        elif not any(each.priority for each in voters):
            findings.say(_("has no member that may become primary"), "members")
        hosts = [each.host for each in self.members]
        for at, host in enumerate(hosts):
            if host in hosts[:at]:
                sentence = _("{host} is a member already").format(host=host)
                findings.say(sentence, "members", at, value=host)
        for at, client in enumerate(self.clients):
            if isinstance(client.w, int) and client.w > len(hosts):
                sentence = _("must be at most the {count} members, got {value}")
                told = sentence.format(count=len(hosts), value=client.w)
                findings.say(told, "clients", at, "w", value=client.w)
        findings.raise_any()
        return self

    def specs(self) -> tuple[MemberSpec, ...]:
        """Return the members."""
        from aio_sim.storage.document.replication.settings import MemberSpec

        return tuple(
            MemberSpec(each.host, Fraction(repr(each.priority)), each.votes)
            for each in self.members
        )

    def settings(self) -> ReplicaSettings:
        """Return how the set works."""
        from aio_sim.storage.document.replication.settings import ReplicaSettings

        return ReplicaSettings(
            heartbeat_interval=self.heartbeat,
            election_timeout=self.election_timeout,
            election_offset=Fraction(repr(self.election_offset)),
            selection_timeout=self.selection_timeout,
        )


def check_replica_sets(
    sets: Sequence[ReplicaSetSpec],
    hosts: Sequence[HostSpec],
    network: TopologySpec | None,
    findings: Findings,
) -> None:
    """Note hosts that are not there or on no network, and names given twice."""
    references = HostReferences(hosts, network, findings)
    taken: set[str] = set()
    for at, each in enumerate(sets):
        for number, member in enumerate(each.members):
            references.check(member.host, "replica_sets", at, "members", number, network=True)
        names: list[tuple[str, tuple[int | str, ...]]] = [(each.name, ("name",))]
        for number, client in enumerate(each.clients):
            place = ("replica_sets", at, "clients", number, "host")
            references.check(client.host, *place, network=True)
            names.append((client.name, ("clients", number, "name")))
        for name, location in names:
            if name in taken:
                sentence = _("there is already something called {name!r}").format(name=name)
                findings.say(sentence, "replica_sets", at, *location, value=name)
            taken.add(name)
