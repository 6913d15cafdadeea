"""Versions of images by name, over a store of layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.virtualization.catalogue.layers import ZEROS, Found, LayerStore
from aio_sim.virtualization.catalogue.reference import ImageReference
from aio_sim.virtualization.catalogue.transfer import Transfer, plan_transfer
from aio_sim.virtualization.images.convert import chunks

if TYPE_CHECKING:
    from aio_sim.virtualization.images import DiskImage

BLOCK_SIZE: Final = 65536
"""Bytes of a block unless said otherwise: a grain of a VMDK."""


class Disk(Protocol):
    """What an image can be made from: a DiskImage, for one."""

    size: int

    def read(self, offset: int, length: int) -> bytes: ...

    def data_ranges(self) -> Iterator[tuple[int, int]]: ...


@dataclass(frozen=True)
class ImageVersion:
    """A disk of `size` bytes as layers, base first; `digest` is the checksum of all that."""

    reference: ImageReference
    size: int
    layers: tuple[str, ...]
    digest: str


class Collected(NamedTuple):
    """What garbage collection took away; bytes of content."""

    layers: int
    blocks: int
    bytes: int


class Catalogue:
    """Images by `name:version`; a name alone is the version that was added last.

    Everywhere a reference is text, UnknownName is raised for one that is not there (with the
    nearest that is) and InputError for one that cannot be read.
    """

    def __init__(self, *, block_size: int = BLOCK_SIZE, keep_bytes: bool = True) -> None:
        self.layers = LayerStore(block_size, keep_bytes)
        self._versions: dict[str, dict[str, ImageVersion]] = {}

    @property
    def block_size(self) -> int:
        """Bytes of a block, but for the last of a disk."""
        return self.layers.block_size

    @property
    def stored_bytes(self) -> int:
        """The content of all blocks kept, each once."""
        return self.layers.blocks.stored_bytes

    def names(self) -> tuple[str, ...]:
        """Return the names of images, sorted."""
        return tuple(sorted(self._versions))

    def versions(self, name: str) -> tuple[ImageVersion, ...]:
        """Return the versions of an image, oldest first."""
        if name not in self._versions:
            raise UnknownName(_("image"), name, self._versions)
        return tuple(self._versions[name].values())

    def resolve(self, reference: str) -> ImageVersion:
        """Return the version that a reference means."""
        name, version = ImageReference.parse(reference)
        there = self.versions(name)
        if version is None:
            return there[-1]
        if version not in self._versions[name]:
            kind = _("version of {name}").format(name=name)
            raise UnknownName(kind, version, self._versions[name])
        return self._versions[name][version]

    def add(
        self,
        reference: str,
        size: int,
        blocks: Iterable[tuple[int, bytes]],
        *,
        base: str | None = None,
    ) -> ImageVersion:
        """Add a version: a disk of `size` bytes with these blocks, zeros elsewhere.

        Blocks are numbered from 0 and whole, but for the last of a disk. With a `base`, only what
        differs from it is a new layer.

        Raises InputError where the version exists, a block does not fit, or layers are too many.
        """
        named = self._free(reference)
        below = self.resolve(base).layers if base is not None else ()
        layers = self.layers.add(below, self.layers.keep(size, blocks))
        return self._enter(self._version(named, size, layers))

    def add_disk(self, reference: str, disk: Disk, *, base: str | None = None) -> ImageVersion:
        """Add a version from an open image, its parents' bytes included; only data is read.

        Raises as `add` does, and ImageError where the image is damaged.
        """
        return self.add(reference, disk.size, _disk_blocks(disk, self.block_size), base=base)

    def tag(self, reference: str, new: str) -> ImageVersion:
        """Give a version another name too; InputError where that is taken."""
        version = self.resolve(reference)
        return self._enter(replace(version, reference=self._free(new)))

    def squash(self, reference: str, new: str) -> ImageVersion:
        """Add the same disk as one layer, for which a read asks one map."""
        version = self.resolve(reference)
        layers = self.layers.add((), self.contents(reference))
        return self._enter(self._version(self._free(new), version.size, layers))

    def remove(self, reference: str) -> ImageVersion:
        """Forget a version; what it alone was made of stays until `collect`."""
        version = self.resolve(reference)
        name, number = version.reference
        there = self._versions[name]
        del there[str(number)]
        if not there:
            del self._versions[name]
        return version

    def collect(self) -> Collected:
        """Take away every layer and block that no version leads to (mark and sweep)."""
        versions = (version for there in self._versions.values() for version in there.values())
        reached = {layer for version in versions for layer in version.layers}
        return Collected(*self.layers.retain(reached))

    def contents(self, reference: str) -> dict[int, str]:
        """Return the digests of the blocks of a version that are not zeros, by number."""
        return self.layers.merged(self.resolve(reference).layers)

    def find(self, reference: str, number: int) -> Found:
        """Look for a block from the top layer down, as a read of the disk does."""
        version = self.resolve(reference)
        self.layers.length(version.size, number)
        return self.layers.find(version.layers, number)

    def read(self, reference: str, number: int) -> bytes:
        """Return a block.

        Raises ImageError where it is damaged, InputError where it is not on the disk or only its
        checksum is kept.
        """
        version = self.resolve(reference)
        length = self.layers.length(version.size, number)
        content = self.layers.find(version.layers, number).digest
        return bytes(length) if content == ZEROS else self.layers.blocks.get(content)

    def restore(self, reference: str, image: DiskImage) -> None:
        """Write a version to an image that is all zeros and open for writing.

        Raises InputError where the image is too small, and as `read` does.
        """
        for number, digest in sorted(self.contents(reference).items()):
            image.write(number * self.block_size, self.layers.blocks.get(digest))

    def plan_pull(self, reference: str, source: Catalogue) -> Transfer:
        """Return what a pull would have to bring here: layers that are not, blocks that are not.

        Raises InputError where the two have blocks of different sizes.
        """
        return plan_transfer(source.resolve(reference).layers, source.layers, self.layers)

    def pull(self, reference: str, source: Catalogue) -> Transfer:
        """Bring a version here, and return what travelled; nothing is kept of a pull that fails.

        Raises ImageError where what arrives does not have its checksum, InputError where there is
        another version of that name here.
        """
        version = source.resolve(reference)
        self._demand_same(version)
        plan = self.plan_pull(reference, source)
        self.layers.bring(plan.layers, plan.blocks, source.layers)
        self._enter(version)
        return plan

    def push(self, reference: str, target: Catalogue) -> Transfer:
        """Bring a version to another catalogue, as a pull from there would."""
        return target.pull(reference, self)

    def _free(self, reference: str) -> ImageReference:
        named = ImageReference.parse(reference)
        if named.version is None:
            raise InputError(_("image {name}: expected a version, too").format(name=named))
        if named.version in self._versions.get(named.name, ()):
            raise InputError(
                _("image {name}: exists already; a version is never changed").format(name=named)
            )
        return named

    def _demand_same(self, version: ImageVersion) -> None:
        name, number = version.reference
        there = self._versions.get(name, {}).get(str(number))
        if there is not None and there.digest != version.digest:
            raise InputError(
                _("image {name}: another one of that name is here").format(name=version.reference)
            )

    def _version(
        self, reference: ImageReference, size: int, layers: tuple[str, ...]
    ) -> ImageVersion:
        manifest = "\n".join([str(size), str(self.block_size), *layers])
        return ImageVersion(reference, size, layers, sha256(manifest.encode()).hexdigest())

    def _enter(self, version: ImageVersion) -> ImageVersion:
        name, number = version.reference
        self._versions.setdefault(name, {})[str(number)] = version
        return version


def _disk_blocks(disk: Disk, block_size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the blocks that may not be zeros, ascending, none twice."""
    pieces = (offset // block_size for offset, _length in chunks(disk.data_ranges(), block_size))
    for number, _again in groupby(pieces):
        start = number * block_size
        yield number, disk.read(start, min(block_size, disk.size - start))
