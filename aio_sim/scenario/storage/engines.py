"""What a scenario says of the engines of storage servers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, Name, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.storage.structures import StructureName, check_structure
from aio_sim.scheduling.policy import Duration
from aio_sim.storage.document.block_map import blocks_needed
from aio_sim.storage.structures.key_value import KEY_VALUE

EngineName = Literal["relational", "document", "structure"]
DurabilityName = Literal["each_commit", "each_second"]
IsolationName = Literal["read_committed", "repeatable_read", "serialisable"]

SECTOR: Final = 512
FEWEST_POOL_PAGES: Final = {"relational": 32, "document": 64}
FEWEST_LOG_PAGES: Final = 256


class Profile(NamedTuple):
    """What an engine has where a scenario does not say it."""

    buffer_pool: int
    page_size: int
    log: int
    flush_period: int


PROFILES: Final[Mapping[str, Profile]] = {
    "relational": Profile(128 * 2**20, 16 * 2**10, 100 * 2**20, SECOND),
    "document": Profile(256 * 2**20, 32 * 2**10, 200 * 2**20, SECOND // 10),
}
"""Of MySQL 8.4 and MongoDB 7; for the sources see the settings of each engine."""

GROWTH: Final = 10
"""How many times larger each level of an LSM tree is. Source: RocksDB,
max_bytes_for_level_multiplier."""

_PAGE: Final = 4 * 2**10
"""An assumption: what file systems and solid-state drives read at once."""

_STRUCTURE: Final = Profile(256 * 2**20, _PAGE, 0, SECOND)
"""Of a structure in memory, which may take so much. An assumption."""
_STRUCTURES: Final = {
    "bplus_tree": _STRUCTURE._replace(buffer_pool=0),
    "lsm_tree": _STRUCTURE._replace(buffer_pool=64 * 2**20),
}
"""Of those in pages: a B+ tree keeps none of them; for the LSM tree RocksDB, write_buffer_size."""


class EngineSpec(Spec):
    """A storage server: an engine on a host, with the defaults of MySQL 8.4 or MongoDB 7.

    Or a key-value store of one data structure, in memory or on disk, without a log.
    """

    name: Name
    """What to call it."""
    on: Name
    """The host whose cores, memory and disk it uses."""
    engine: EngineName = "relational"
    """`relational` (profile mysql), `document` (profile mongodb), or a key-value store that is one
    `structure`."""
    structure: StructureName | None = None
    """What a key-value store is: `dict`, `hash_chaining`, `hash_open_addressing`, `list`, `bisect`,
    `avl_tree`, `skip_list` in memory; `bplus_tree`, `lsm_tree` in pages on disk."""
    buffer_pool: Annotated[Size, Field(gt=0)] | None = None
    """Memory for pages, lent by the host; where absent 128MiB, of a document engine 256MiB. Of a
    structure in memory: what its records may take, 256MiB; of an `lsm_tree`: for records that are
    not written yet, 64MiB; a `bplus_tree` keeps none of its pages there."""
    page_size: Annotated[Size, Field(ge=SECTOR, le=2**20)] | None = None
    """How large a page is, a multiple of 512 bytes; where absent 16KiB, of a document engine
    32KiB, of a structure 4KiB."""
    log: Annotated[Size, Field(gt=0)] | None = None
    """How large the log is, a multiple of 512 bytes; where absent 100MiB, of a document engine
    200MiB."""
    size: Annotated[Size, Field(gt=0)] = 10 * 2**30
    """How much of the host's disk its data may take; 10GiB where absent."""
    durability: DurabilityName = "each_commit"
    """When a commit is answered: once it is durable, or at once, with the log flushed each
    `flush_period`."""
    flush_period: Annotated[Duration, Field(gt=0)] | None = None
    """How often the log is flushed under `each_second` (seconds); where absent 1s, of a document
    engine 100ms."""
    group_commit_window: Duration = 0
    """How long the first of a group commit waits for others (seconds)."""
    isolation: IsolationName = "repeatable_read"
    """What a transaction sees of others; of the relational engine."""
    doublewrite: bool = True
    """Whether pages are written twice, against torn ones; of the relational engine."""
    workers: Annotated[Count, Field(le=10_000)] = 16
    """Transactions that are carried out at a time; others wait in a queue."""
    growth: Annotated[Count, Field(ge=2, le=1000)] | None = None
    """How many times larger each level of an `lsm_tree` is than the one above; 10 where absent."""

    @property
    def settings(self) -> Profile:
        """Its sizes and times: those that are given, and the profile's."""
        given = {name: getattr(self, name) for name in Profile._fields}
        if self.structure == "bplus_tree":
            del given["buffer_pool"]  # it keeps nothing in memory
        known = {name: value for name, value in given.items() if value is not None}
        return self._profile._replace(**known)

    @property
    def _profile(self) -> Profile:
        if self.engine != "structure":
            return PROFILES[self.engine]
        return _STRUCTURES.get(self.structure or "", _STRUCTURE)

    @property
    def kept_in_pages(self) -> bool:
        """Whether its data is on the host's disk."""
        return self.structure is None or KEY_VALUE[self.structure].paged

    @property
    def disk_space(self) -> int:
        """Bytes of the host's disk that it may take."""
        return self.size + self.settings.log if self.kept_in_pages else 0

    @property
    def pool_pages(self) -> int:
        """Pages of the buffer pool."""
        return self.settings.buffer_pool // self.settings.page_size

    @property
    def pages(self) -> int:
        """Pages of the data file."""
        return self.size // self.settings.page_size

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("engine")
        settings = self.settings
        for field in ("page_size", "log"):
            if getattr(settings, field) % SECTOR:
                sentence = _("must be a multiple of {sector} bytes").format(sector=SECTOR)
                findings.say(sentence, field, value=getattr(settings, field))
        if self.engine != "structure":
            fewest = FEWEST_POOL_PAGES[self.engine]
            self._at_least(findings, "buffer_pool", settings.buffer_pool, fewest)
            self._at_least(findings, "log", settings.log, FEWEST_LOG_PAGES)
            self._at_least(findings, "size", self.size, fewest)
        self._within_a_map(findings)
        if self.durability == "each_second" and self.group_commit_window:
            sentence = _("is of no use under {durability}").format(durability=self.durability)
            findings.say(sentence, "group_commit_window")
        self._only_of_a_kind(findings)
        check_structure(self, findings)
        findings.raise_any()
        return self

    def _at_least(self, findings: Findings, field: str, value: int, pages: int) -> None:
        page = self.settings.page_size
        if value < pages * page:
            sentence = _("must be {least} or more, for {pages} pages of {size}").format(
                least=format_size(pages * page), pages=pages, size=format_size(page)
            )
            findings.say(sentence, field, value=value)

    def _within_a_map(self, findings: Findings) -> None:
        if self.engine != "document":
            return
        try:
            blocks_needed(self.pages, self.settings.page_size)
        except InputError as error:
            field = "page_size" if "page_size" in self.model_fields_set else "size"
            findings.say(str(error), field, value=getattr(self.settings, field, self.size))

    def _only_of_a_kind(self, findings: Findings) -> None:
        if self.engine != "document":
            return
        for field in ("isolation", "doublewrite"):
            if field in self.model_fields_set:
                sentence = _("only the relational engine has it")
                findings.say(sentence, field, value=getattr(self, field))
