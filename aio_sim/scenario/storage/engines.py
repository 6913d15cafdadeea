"""What a scenario says of the engines of storage servers."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, Name, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scheduling.policy import Duration

EngineName = Literal["relational", "document"]
DurabilityName = Literal["each_commit", "each_second"]
IsolationName = Literal["read_committed", "repeatable_read", "serialisable"]

SECTOR: Final = 512
FEWEST_POOL_PAGES: Final = 32
FEWEST_LOG_PAGES: Final = 256


class EngineSpec(Spec):
    """A storage server: an engine on a host. The defaults are those of MySQL 8.4."""

    name: Name
    """What to call it."""
    on: Name
    """The host whose cores, memory and disk it uses."""
    engine: EngineName = "relational"
    """`relational` (profile mysql) or `document` (profile mongodb)."""
    buffer_pool: Annotated[Size, Field(gt=0)] = 128 * 2**20
    """Memory for pages, lent by the host; 128MiB where absent."""
    page_size: Annotated[Size, Field(ge=SECTOR, le=2**20)] = 16 * 2**10
    """How large a page is, a multiple of 512 bytes; 16KiB where absent."""
    log: Annotated[Size, Field(gt=0)] = 100 * 2**20
    """How large the log is, a multiple of 512 bytes; 100MiB where absent."""
    size: Annotated[Size, Field(gt=0)] = 10 * 2**30
    """How much of the host's disk its data may take; 10GiB where absent."""
    durability: DurabilityName = "each_commit"
    """When a commit is answered: once it is durable, or at once, with the log flushed each
    `flush_period`."""
    flush_period: Annotated[Duration, Field(gt=0)] = SECOND
    """How often the log is flushed under `each_second` (seconds); 1s where absent."""
    group_commit_window: Duration = 0
    """How long the first of a group commit waits for others (seconds)."""
    isolation: IsolationName = "repeatable_read"
    """What a transaction sees of others; of the relational engine."""
    doublewrite: bool = True
    """Whether pages are written twice, against torn ones; of the relational engine."""
    workers: Annotated[Count, Field(le=10_000)] = 16
    """Transactions that are carried out at a time; others wait in a queue."""

    @property
    def pool_pages(self) -> int:
        """Pages of the buffer pool."""
        return self.buffer_pool // self.page_size

    @property
    def pages(self) -> int:
        """Pages of the data file."""
        return self.size // self.page_size

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("engine")
        for field in ("page_size", "log"):
            if getattr(self, field) % SECTOR:
                sentence = _("must be a multiple of {sector} bytes").format(sector=SECTOR)
                findings.say(sentence, field, value=getattr(self, field))
        self._at_least(findings, "buffer_pool", FEWEST_POOL_PAGES)
        self._at_least(findings, "log", FEWEST_LOG_PAGES)
        self._at_least(findings, "size", FEWEST_POOL_PAGES)
        if self.durability == "each_second" and self.group_commit_window:
            sentence = _("is of no use under {durability}").format(durability=self.durability)
            findings.say(sentence, "group_commit_window")
        self._only_of_a_kind(findings)
        findings.raise_any()
        return self

    def _at_least(self, findings: Findings, field: str, pages: int) -> None:
        least = pages * self.page_size
        if getattr(self, field) < least:
            sentence = _("must be {least} or more, for {pages} pages of {size}").format(
                least=format_size(least), pages=pages, size=format_size(self.page_size)
            )
            findings.say(sentence, field, value=getattr(self, field))

    def _only_of_a_kind(self, findings: Findings) -> None:
        if self.engine == "relational":
            return
        for field in ("isolation", "doublewrite"):
            if field in self.model_fields_set:
                sentence = _("only the relational engine has it")
                findings.say(sentence, field, value=getattr(self, field))
