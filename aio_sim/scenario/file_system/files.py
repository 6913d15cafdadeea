"""What a scenario says of the files of a distributed file system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, ExistingFile, Name, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import counted_names
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.distributed.file_system import Redundancy

MOST_REAL_BYTES: Final = 256 * 2**20
"""Bytes that all files of a scenario really have: they are held in memory, copies only once."""
MOST_PIECES: Final = 128
"""Pieces of a block: no cluster keeps more, and each costs a row of the Reed-Solomon matrix."""


def _absolute(path: str) -> str:
    if not path.startswith("/") or not path.strip("/") or {".", ".."} & set(path.split("/")):
        raise ValueError(_("must be a path such as /models/vision, got {path!r}").format(path=path))
    return path


FilePath = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_absolute)]
"""An absolute path without `.` and `..`."""


class ReedSolomonSpec(Spec):
    """Stripes: pieces of data, and of parity of which each can stand for any that is lost."""

    data: Annotated[Count, Field(le=MOST_PIECES)] = 6
    """Pieces of data of a block."""
    parity: Annotated[Count, Field(le=MOST_PIECES)] = 3
    """Pieces of parity of a block: so many nodes may be lost."""
    cell: Annotated[Size, Field(gt=0)] = 2**20
    """Bytes that go to one piece before the next has its turn."""


class RedundantSpec(Spec):
    """What says how its blocks are kept: as copies or as stripes."""

    replication: Annotated[Count, Field(le=MOST_PIECES)] | None = None
    """How many copies of each block there are."""
    reed_solomon: ReedSolomonSpec | None = None
    """In place of copies: stripes of a Reed-Solomon code."""

    @model_validator(mode="after")
    def _one_redundancy(self) -> Self:
        findings = Findings("redundancy")
        if self.replication is not None and self.reed_solomon is not None:
            sentence = _("a block has copies or stripes; give `replication` or `reed_solomon`")
            findings.say(sentence, "reed_solomon")
        findings.raise_any()
        return self

    def redundancy(self) -> Redundancy | None:
        """Return how blocks are kept, None where nothing is said of it."""
        from aio_sim.distributed.file_system import Copies, Striped

        if self.reed_solomon is not None:
            code = self.reed_solomon
            return Striped(code.data, code.parity, code.cell)
        return None if self.replication is None else Copies(self.replication)


class FileSpec(RedundantSpec):
    """A file, or `count` files that are alike."""

    path: FilePath
    """Where it is, as `/models/vision`; of several, `/models/vision-0`, `/models/vision-1`, ..."""
    count: Annotated[Count, Field(le=1_000_000)] = 1
    """How many such files there are."""
    size: Annotated[Size, Field(gt=0)] | None = None
    """How large it is; as large as `sample` where absent, `scale` times."""
    sample: ExistingFile | None = None
    """The file whose bytes it has, over and over up to its size; relative to the scenario's folder.
    Bytes drawn at random, where absent."""
    scale: Annotated[Count, Field(le=2**30)] = 1
    """How many bytes each real byte stands for in all that is counted and timed."""
    at: Duration | None = None
    """When it is written (seconds); it is there from the beginning where absent."""
    every: Duration = 0
    """How long after one of `count` files the next is written (seconds); at once, where absent."""
    client: Name | None = None
    """The host that writes it; of one that is there from the beginning, the host that had written
    it. The first host writes where absent."""

    @model_validator(mode="after")
    def _sized(self) -> Self:
        findings = Findings("file")
        if self.size is None and self.sample is None:
            raise ValueError(_("needs `size` or `sample`, which tell how large the file is"))
        if self.size is not None and self.size % self.scale:
            sentence = _("must be a multiple of the scale, {scale}; the next is {next}")
            most = -(-self.size // self.scale) * self.scale
            findings.say(sentence.format(scale=self.scale, next=most), "size", value=self.size)
        if self.real_bytes > MOST_REAL_BYTES:
            sentence = _("stands for {size}, of which at most {most} are real; give a `scale`")
            told = format_size(self.real_bytes), format_size(MOST_REAL_BYTES)
            findings.say(sentence.format(size=told[0], most=told[1]), "size", value=self.size)
        findings.raise_any()
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the files; one that is not counted has the plain path."""
        return counted_names(self.path, self.count if "count" in self.model_fields_set else None)

    @property
    def real_bytes(self) -> int:
        """How many bytes each file really has."""
        if self.size is not None:
            return self.size // self.scale
        assert self.sample is not None  # for one of the two is given
        return self.sample.stat().st_size
