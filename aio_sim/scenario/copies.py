"""What a scenario says of disk images that are copied over the network."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import ExistingFile, Name, Number, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import Throughput
from aio_sim.scenario.protection import KindName
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.virtualization.compression_costs import Compression
    from aio_sim.virtualization.image_copy import ImageCopy

SAMPLED_BLOCKS: Final = 8
"""Blocks of a sample, of 64 KiB each, that are compressed; all of them within about a second."""


def _an_image(path: Path) -> Path:
    """Return the path; ValueError where that is no image, or one that is damaged."""
    from aio_sim.virtualization.images import open_image

    try:
        with open_image(path):
            return path
    except (ImageError, InputError) as error:
        raise ValueError(_("must be a disk image: {reason}").format(reason=error)) from error


class CopySpec(Spec):
    """A disk image that is copied from one host to another."""

    name: Name | None = None
    """What to call it in results; `copy-0`, `copy-1`, ... where absent."""
    at: Duration = 0
    """When the copy begins (seconds)."""
    size: Annotated[Size, Field(gt=0)] | None = None
    """How large the image is; as large as `sample` where absent."""
    stored: Size | None = None
    """How much of it is in blocks that were written; all, or as in `sample`, where absent."""
    whole: bool = False
    """Whether the holes between those blocks are sent too, as zeros."""
    sample: Annotated[ExistingFile, AfterValidator(_an_image)] | None = None
    """An image file whose blocks tell how well it compresses; relative to the scenario's folder."""
    ratio: Annotated[Number, Field(gt=0, le=1e6)] | None = None
    """Bytes before compression over bytes after it; as found in `sample` where absent."""
    source: Name = Field(alias="from", description="The host that has the image.")
    destination: Name = Field(alias="to", description="The host that gets it.")
    compression: Literal["none", "lz77", "lz78"] = "none"
    """How it is compressed on the way."""
    bandwidth: Throughput | None = None
    """The most that the copy sends, such as 1Gbps; what the network gives where absent."""
    encryption: KindName | None = None
    """How it is protected on its way; as the links say where absent."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("copy")
        if self.size is None and self.sample is None:
            raise ValueError(_("needs `size` or `sample`, which tell how large the image is"))
        if self.compression != "none" and self.sample is None and self.ratio is None:
            sentence = _("needs `sample` or `ratio`, which tell how well the image compresses")
            findings.say(sentence, "compression", value=self.compression)
        if self.size is not None and self.stored is not None and self.stored > self.size:
            sentence = _("must be at most the size, {most}, got {value}").format(
                most=format_size(self.size), value=format_size(self.stored)
            )
            findings.say(sentence, "stored", value=self.stored)
        if self.source == self.destination:
            sentence = _("must be another host than `from`")
            findings.say(sentence, "to", value=self.destination)
        findings.raise_any()
        return self

    def build(self, name: str, seed: int) -> ImageCopy:
        """Return what is to be copied, under that name; `seed` draws the blocks of the sample.

        Raises ImageError where the blocks of the sample are damaged.
        """
        from aio_sim.virtualization.compression_costs import Compression
        from aio_sim.virtualization.image_copy import ImageCopy

        compression = Compression.named(self.compression)
        found = _Found(self.size or 0)
        if self.sample is not None:
            found = _found(self.sample, compression, seed, draw=self.ratio is None)
        size = found.size if self.size is None else self.size
        stored = found.stored_of(size) if self.stored is None else self.stored
        given = self.ratio if compression is not Compression.NONE else None
        return ImageCopy(
            self.name or name,
            size,
            stored,
            self.whole,
            compression,
            found.ratio if given is None else Fraction(repr(given)),
            rate_limit=self.bandwidth,
        )


class _Found(NamedTuple):
    """What a sample tells: its size and stored bytes, and the ratio that its blocks reach."""

    size: int
    stored: int | None = None
    ratio: Fraction = Fraction(1)

    def stored_of(self, size: int) -> int | None:
        """Return the bytes stored of an image of another size, in the same proportion."""
        if self.stored is None or not self.size:
            return None
        return self.stored * size // self.size


def _found(path: Path, compression: Compression, seed: int, draw: bool) -> _Found:
    from aio_sim.virtualization.compression_costs import reached_ratio
    from aio_sim.virtualization.images import open_image, sample_blocks, stored_ranges

    with open_image(path) as image:
        stored = sum(length for _offset, length in stored_ranges(image))
        blocks = sample_blocks(image, SAMPLED_BLOCKS, seed) if draw else []
        return _Found(image.size, stored, reached_ratio(blocks, compression))
