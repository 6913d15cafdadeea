"""What a scenario says of the loads on storage servers, and on bare disks."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.scenario.distributions import DurationDistribution
from aio_sim.scenario.fields import (
    Count,
    ExistingFile,
    Name,
    Number,
    Share,
    Tagged,
    Whole,
    require_kind,
)
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.storage.mixes import MixSpec
from aio_sim.scheduling.policy import Duration

MOST_RECORDS = 10_000_000


class Load(Tagged):
    """Something that is asked of a storage server or a disk."""

    kind: str
    name: Name | None = None
    """What to call it in results; its kind, with a number where there are several."""
    on: Name
    """The storage server that is asked."""
    start: Duration = 0
    """When it begins (seconds)."""


class ServerLoad(Load):
    """Transactions: of clients who wait for each answer, or at a rate whatever the answers."""

    operations: Annotated[Count, Field(le=100_000_000)]
    """How many transactions there are in all."""
    clients: Annotated[Count, Field(le=100_000)] | None = None
    """Clients who wait for each answer before they ask again; 1 where `rate` is absent too."""
    think: DurationDistribution | None = None
    """Seconds that such a client thinks before each request; not at all where absent."""
    rate: Annotated[Number, Field(gt=0, le=1e9)] | None = None
    """Transactions a second that come whether or not those before are answered (Poisson)."""
    warm_up: Whole = 0
    """So many answers at the beginning are not counted in throughput and latency."""

    @model_validator(mode="after")
    def _open_or_closed(self) -> Self:
        findings = Findings("load")
        if self.rate is not None:
            for field in ("clients", "think"):
                if getattr(self, field) is not None:
                    sentence = _("cannot be given together with `rate`")
                    findings.say(sentence, field)
        if self.warm_up >= self.operations:
            sentence = _("must be less than the {operations} operations").format(
                operations=self.operations
            )
            findings.say(sentence, "warm_up", value=self.warm_up)
        findings.raise_any()
        return self


class YcsbLoad(ServerLoad):
    """One of the core workloads of the Yahoo! Cloud Serving Benchmark, or a mix of one's own."""

    kind: Literal["ycsb"] = "ycsb"
    workload: Literal["A", "B", "C", "D", "E", "F"] | None = None
    """This or `mix`. A: half reads, half updates; B: 95% reads; C: reads; D: reads of what is new;
    E: short scans; F: half reads, half reads with an update of what was read."""
    mix: MixSpec | None = None
    """Weights of the operations, in place of a core workload; popularity is zipfian."""
    records: Annotated[Count, Field(le=MOST_RECORDS)] = 10_000
    """How many records there are at first."""
    fields: Annotated[Count, Field(le=1000)] = 10
    """How many fields a record has."""
    field_length: Annotated[Count, Field(le=100_000)] = 100
    """How many characters a field has."""
    popularity: Literal["zipfian", "latest", "uniform"] | None = None
    """Which records are asked for; as the workload has it where absent."""

    @model_validator(mode="after")
    def _one_mix(self) -> Self:
        findings = Findings("load")
        if self.workload is None and self.mix is None:
            findings.say(_("needs a `workload`, A to F, or a `mix`"))
        elif self.workload is not None and self.mix is not None:
            findings.say(_("cannot be given together with `workload`"), "mix")
        findings.raise_any()
        return self


class OrderEntryLoad(ServerLoad):
    """Orders, payments and deliveries of a wholesaler: five transactions after TPC-C, in small."""

    kind: Literal["order_entry"] = "order_entry"
    warehouses: Annotated[Count, Field(le=1000)] = 1
    """How many warehouses there are, of ten districts each."""
    customers: Annotated[Count, Field(le=3000)] = 30
    """Customers a district; 3000 in TPC-C."""
    items: Annotated[Count, Field(le=100_000)] = 1000
    """Items, each in stock in every warehouse; 100,000 in TPC-C."""


class CatalogueLoad(ServerLoad):
    """Products with their variants, read as a whole, a price changed now and then."""

    kind: Literal["catalogue"] = "catalogue"
    records: Annotated[Count, Field(le=MOST_RECORDS)] = 2000
    """How many products there are."""
    variants: Annotated[Count, Field(le=1000)] = 8
    """How many variants a product has."""
    text: Annotated[Count, Field(le=100_000)] = 500
    """Characters of a product's description."""
    updates: Share = 0.05
    """The share of transactions that change the price of a variant."""


class LedgerLoad(ServerLoad):
    """Accounts, and transfers between two of them, which must happen whole or not at all."""

    kind: Literal["ledger"] = "ledger"
    records: Annotated[Count, Field(ge=2, le=MOST_RECORDS)] = 10_000
    """How many accounts there are."""
    reads: Share = 0.2
    """The share of transactions that only read one account."""
    popularity: Literal["zipfian", "uniform"] = "uniform"
    """Which accounts are asked for."""


class BlockTraceLoad(Load):
    """Requests to a disk as a log has them, whatever else the disk does."""

    kind: Literal["block_trace"] = "block_trace"
    on: Name
    """The host on whose disk they are made."""
    path: ExistingFile
    """The log, CSV or CSV.gz with `time` (seconds), `op` (SCSI operation code), `size` (bytes)
    and `lbn`, as of CloudPhysics; relative to the folder of the scenario."""
    limit: Count | None = None
    """How many requests are taken; all where absent."""
    time_scale: Annotated[Number, Field(ge=1e-9, le=1e9)] = 1
    """Times are multiplied by this (0.5: twice as fast)."""


LoadSpec = Annotated[
    YcsbLoad | OrderEntryLoad | CatalogueLoad | LedgerLoad | BlockTraceLoad,
    Field(discriminator="kind"),
    BeforeValidator(require_kind),
]
"""A load, by its kind."""
