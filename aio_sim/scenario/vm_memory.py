"""What a scenario says of a guest's memory, and of the locality of the tasks in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.distributions import Constant, NumberDistribution, SizeDistribution
from aio_sim.scenario.fields import Count, Number, Rate, Size, Spec, Tagged, require_kind
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy as np

    from aio_sim.virtualization.memory.guest_memory import GuestMemory
    from aio_sim.virtualization.memory.locality import Locality
    from aio_sim.virtualization.memory.replacement import RandomStream

_MOST_PAGES = 10_000_000
Share = Annotated[Number, Field(ge=0, le=1)]
PageCount = Annotated[Count, Field(le=_MOST_PAGES)]


class _Locality(Tagged):
    """What all models of locality have."""

    pages: NumberDistribution | None = None
    """How many pages a task visits, drawn for each task; or give `size`."""
    size: SizeDistribution | None = None
    """How much memory a task uses, drawn for each task; or give `pages`."""
    references: Annotated[Number, Field(gt=0, le=1e9)] = 10_000.0
    """How many visits to pages a task makes in a second of work."""
    writes: Share = 0.3
    """The share of visits that change the page."""
    accesses: Count = 64
    """Accesses to memory in a visit; 64 are one to each cache line of a page of 4 KiB."""

    @model_validator(mode="after")
    def _one_extent(self) -> Self:
        if (self.pages is None) == (self.size is None):
            raise ValueError(_("needs either pages or size, and not both"))
        findings = Findings("locality")
        for field, extent in (("pages", self.pages), ("size", self.size)):
            if isinstance(extent, Constant) and round(extent.value) < 1:
                sentence = _("a task uses at least 1 page or byte of memory, got {value}")
                told = sentence.format(value=f"{extent.value:g}")
                findings.say(told, field, value=extent.value)
        findings.raise_any()
        return self

    def build(self, random: np.random.Generator, page_size: int) -> Locality:
        """Return the model of one task, its extent drawn from `random`; `page_size` in bytes."""
        from aio_sim.virtualization.memory.locality import LOCALITIES

        pages, size = self._extent(random, page_size)
        own = set(type(self).model_fields) - {"kind", "pages", "size"}
        options = {name: getattr(self, name) for name in type(self).model_fields if name in own}
        kind: str = getattr(self, "kind")  # noqa: B009
        return LOCALITIES[kind](pages=pages, size=size, **self._fitting(options, pages))

    def _extent(self, random: np.random.Generator, page_size: int) -> tuple[int, int]:
        """Return the pages of a task, and its size in bytes or 0 where all pages are full."""
        if self.size is not None:
            size = max(1, ceil(self.size.sample(random, 1)[0]))
            return min(-(-size // page_size), _MOST_PAGES), size
        assert self.pages is not None
        return min(max(1, round(self.pages.sample(random, 1)[0])), _MOST_PAGES), 0

    def _fitting(self, options: dict[str, Any], _pages: int) -> dict[str, Any]:
        """Return the options for a task of so many pages."""
        return options


class Uniform(_Locality):
    """Every page is equally likely at every visit."""

    kind: Literal["uniform"]


class Zipf(_Locality):
    """The independent reference model: few pages are visited often, many rarely."""

    kind: Literal["zipf"]
    exponent: Annotated[Number, Field(ge=0, le=20)] = 1.0
    """The i-th page is visited in proportion to 1 / i^exponent."""


class Loop(_Locality):
    """All pages in turn, again and again."""

    kind: Literal["loop"]


class Sequential(_Locality):
    """All pages in turn, several visits to each, as a scan through an array."""

    kind: Literal["sequential"]
    stay: Count = 16
    """Visits to a page before the next."""


class Phases(_Locality):
    """Phases, each in a working set of its own (Denning and Kahn, 1975)."""

    kind: Literal["phases"]
    working_set: PageCount = 16
    """Pages of a phase; all of a task that has fewer."""
    length: Annotated[Number, Field(ge=1, le=1e12)] = 1000.0
    """Visits of a phase, on average."""
    kept: Annotated[int, Field(ge=0, le=_MOST_PAGES)] = 0
    """Pages that the next phase keeps."""

    @model_validator(mode="after")
    def _keeps_what_it_has(self) -> Self:
        if self.kept > self.working_set:
            raise ValueError(
                _("a phase of {working_set} pages cannot keep {kept}").format(
                    working_set=self.working_set, kept=self.kept
                )
            )
        return self

    def _fitting(self, options: dict[str, Any], pages: int) -> dict[str, Any]:
        working_set = min(self.working_set, pages)
        return {**options, "working_set": working_set, "kept": min(self.kept, working_set)}


LocalitySpec = Annotated[
    Uniform | Zipf | Loop | Sequential | Phases,
    Field(discriminator="kind"),
    BeforeValidator(require_kind),
]
"""Which pages the tasks of a workload visit; a mapping with a `kind`."""


def _known_replacement(name: str) -> str:
    from aio_sim.virtualization.memory.replacement import REPLACEMENT_POLICIES as KNOWN

    if name not in KNOWN:
        raise ValueError(
            _("unknown {kind} {name}{hint}").format(
                kind=_(KNOWN.kind), name=shown(name), hint=hint(name, KNOWN)
            )
        )
    return name


def _not_by_opt(name: str) -> str:
    if name == "opt":
        raise ValueError(
            _("opt must know all references to come, and who shares memory with others cannot")
        )
    return name


def _power_of_two(size: int) -> int:
    if size < 1 or size & (size - 1):
        raise ValueError(_("must be a power of two, got {value}").format(value=size))
    return size


Replacement = Annotated[str, AfterValidator(_known_replacement)]
PageSize = Annotated[Size, AfterValidator(_power_of_two)]
Clock = Callable[[], int]


class TlbSpec(Spec):
    """The translation look-aside buffer of a guest."""

    entries: Annotated[Count, Field(le=1_000_000)] = 64
    """How many translations it keeps (64 in 4 ways: Intel optimization manual, Skylake L1 DTLB)."""
    ways: Annotated[Count, Field(le=1_000_000)] | None = 4
    """Entries among which a page may stand; all where null."""
    replacement: Annotated[Replacement, AfterValidator(_not_by_opt)] = "lru"
    """Which translation leaves."""
    tagged: bool = True
    """Whether translations survive a switch to another task."""

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.ways and self.entries % self.ways:
            raise ValueError(
                _("{size} entries cannot be cut into sets of {ways}").format(
                    size=self.entries, ways=self.ways
                )
            )
        return self


class _Memory(Spec):
    """What memory of either allocation has."""

    size: Annotated[Size, Field(gt=0)]
    """How much memory the guest has."""
    page_size: PageSize = 4096
    """How large a page of a task's locality is; a power of two."""
    fault_cost: Duration = 2_000
    """The processor's time for a fault, transfers not counted."""


class Paging(_Memory):
    """Memory in frames, filled by pages on demand."""

    size: Annotated[Size, Field(gt=0)]
    """How much memory the guest has; it uses whole pages of it, rounded down."""
    allocation: Literal["paging"] = "paging"
    replacement: Replacement = "lru"
    """Which page leaves."""
    scope: Literal["global", "local"] = "global"
    """Whether a fault may take any task's frame, or only one of the faulting task's share."""
    levels: Annotated[Count, Field(le=5)] = 4
    """Levels of the guest's page tables."""
    nested_levels: Annotated[int, Field(ge=0, le=5)] = 4
    """Levels of the host's tables below the guest's; 0 under shadow page tables."""
    tlb: TlbSpec = Field(default_factory=TlbSpec)
    """The cache of translations."""
    memory_access: Duration = 100
    """What one access to memory takes."""
    look_up: Duration = 0
    """What a look-up in the TLB adds to each access."""
    window: Annotated[Count, Field(le=10_000_000)] = 1000
    """References over which working sets and fault rates are measured."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.replacement == "opt" and self.scope == "global":
            raise ValueError(
                _(
                    "opt must know all references to come, which it can of one task only: "
                    "give scope: local"
                )
            )
        if self.size < self.page_size:
            raise ValueError(_("the memory is smaller than a page"))
        return self

    def build(self, clock: Clock, random: RandomStream) -> GuestMemory:
        """Return the memory, empty; `clock` tells nanoseconds, `random` opens its random stream."""
        from aio_sim.virtualization.memory.guest_paging import GuestPaging
        from aio_sim.virtualization.memory.paged_space import PagingCosts
        from aio_sim.virtualization.memory.tlb import Tlb

        tlb, shared = self.tlb, cache(random)
        costs = PagingCosts(
            self.fault_cost, self.look_up, self.memory_access, self.levels, self.nested_levels
        )
        return GuestPaging(
            self.size,
            self.page_size,
            self.replacement,
            local=self.scope == "local",
            tlb=Tlb(tlb.entries, tlb.ways, tlb.replacement, tagged=tlb.tagged, random=shared),
            costs=costs,
            window=self.window,
            clock=clock,
            random=shared,
        )


class SegmentSpec(Spec):
    """One segment of each task."""

    name: Annotated[str, Field(min_length=1, max_length=50)]
    """What to call it."""
    share: Annotated[Number, Field(gt=0, le=1e6)] = 1.0
    """Its size against those of the others."""
    permission: Literal["r", "rw", "rx", "rwx"] = "rw"
    """What may be done in it: read, write, execute."""
    grows: bool = False
    """Whether it grows downwards from one page, as a stack does."""


_SEGMENTS = (
    SegmentSpec(name="code", share=1, permission="rx"),
    SegmentSpec(name="data", share=2),
    SegmentSpec(name="stack", share=1, grows=True),
)


class Segmentation(_Memory):
    """Memory in variable partitions, one for each segment of a task that is in memory."""

    allocation: Literal["segmentation"]
    fit: Literal["first", "best", "worst", "next", "buddy"] = "first"
    """Which hole a segment is put into."""
    compaction: bool = False
    """Whether segments are moved together where enough memory is free, but in pieces."""
    replacement: Annotated[Replacement, AfterValidator(_not_by_opt)] = "lru"
    """Which segment leaves where there is no room."""
    copy_rate: Annotated[Rate, Field(gt=0)] = 80_000_000_000
    """How fast compaction moves bytes; 10 GB/s, one core's share of a memory channel (assumed)."""
    segments: Annotated[tuple[SegmentSpec, ...], Field(min_length=1, max_length=64)] = _SEGMENTS
    """The segments of a task; its pages are split among them by their shares."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        findings = Findings("memory")
        if self.fit == "buddy" and self.compaction:
            sentence = _("buddies stand where their size puts them: no compaction with fit: buddy")
            findings.say(sentence, "compaction", value=self.compaction)
        if self.fit == "buddy" and self.size & (self.size - 1):
            sentence = _(
                "fit: buddy halves the memory again and again, so its size must be a power of two, "
                "such as {nearest}, got {value}"
            )
            nearest = format_size(1 << (self.size.bit_length() - 1))
            told = sentence.format(nearest=nearest, value=format_size(self.size))
            findings.say(told, "size", value=self.size)
        self._note_names(findings)
        findings.raise_any()
        return self

    def _note_names(self, findings: Findings) -> None:
        """Note segments of one name, by which a task could not tell them apart."""
        names: set[str] = set()
        for at, segment in enumerate(self.segments):
            if segment.name in names:
                sentence = _(
                    "there is already a segment named {name!r}; a task tells its segments apart by "
                    "their names"
                )
                told = sentence.format(name=segment.name)
                findings.say(told, "segments", at, "name", value=segment.name)
            names.add(segment.name)

    def build(self, clock: Clock, random: RandomStream) -> GuestMemory:
        """Return the memory, empty; `clock` tells nanoseconds, `random` opens its random stream."""
        from aio_sim.virtualization.memory.guest_segmentation import GuestSegmentation
        from aio_sim.virtualization.memory.segment_layout import SegmentPlan
        from aio_sim.virtualization.memory.translation import permission

        plans = [
            SegmentPlan(plan.name, plan.share, permission(plan.permission), plan.grows)
            for plan in self.segments
        ]
        return GuestSegmentation(
            self.size,
            self.page_size,
            plans,
            fit=self.fit,
            compaction=self.compaction,
            replacement=self.replacement,
            fault_cost=self.fault_cost,
            copy_rate=self.copy_rate // 8,
            clock=clock,
            random=random,
        )


def _paging_unless_said(value: object) -> object:
    """Return a bare size as paged memory of it, and a mapping with its allocation said."""
    if isinstance(value, Mapping):
        return {"allocation": "paging", **value}
    return value if isinstance(value, _Memory) else {"allocation": "paging", "size": value}


class _OrSizeAlone:
    """Adds to a JSON Schema that the bare size will do."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        size = {"type": ["number", "string"], "exclusiveMinimum": 0, "examples": ["4GiB"]}
        return {"anyOf": [size, handler(schema)]}


MemorySpec = Annotated[
    Paging | Segmentation,
    Field(discriminator="allocation"),
    BeforeValidator(_paging_unless_said),
    _OrSizeAlone(),
]
"""`4GiB`, which is paged memory of that size; or a mapping with an `allocation`."""
