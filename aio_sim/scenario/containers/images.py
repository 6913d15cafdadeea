"""What a scenario says of images of containers, and of the registry that has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Name, Number, Size, Spec
from aio_sim.scenario.findings import Findings

if TYPE_CHECKING:
    from aio_sim.containers.images.image import ContainerImage, ImageLayer
    from aio_sim.containers.images.registry import Registry

USUAL_SIZE: Final = 100 * 10**6
"""Bytes of an image that no registry declares: an assumption."""

ImageName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S+$")]
"""A name that may have slashes and a tag, such as `shop/web:2.1`."""


class LayerSpec(Spec):
    """One layer of an image; layers of one name are one layer, which a node keeps once."""

    name: ImageName
    """Its digest, or what else it is known by."""
    size: Size
    """Bytes as it travels, compressed."""
    unpacked: Size | None = None
    """Bytes on a disk; as many as it has compressed, where absent."""

    def build(self) -> ImageLayer:
        """Return the layer."""
        from aio_sim.containers.images.image import ImageLayer

        unpacked = self.size if self.unpacked is None else self.unpacked
        return ImageLayer(self.name, self.size, unpacked)


class ImageFileSpec(Spec):
    """A file of an image that containers may write to, and then have a copy of their own."""

    name: ImageName
    """Its path."""
    size: Size
    """Its bytes, all of which the first write copies."""


class ContainerImageSpec(Spec):
    """An image: its size, or the layers that it is made of."""

    name: ImageName
    """What containers call it."""
    size: Size | None = None
    """Bytes of its only layer as it travels; absent where there are `layers`."""
    unpack: Annotated[Number, Field(ge=1, le=1000)] = 1
    """How many bytes on a disk a byte of `size` becomes."""
    layers: tuple[LayerSpec, ...] = ()
    """Its layers, base first; images share those of one name."""
    memory: Size = 0
    """Memory that its first process holds from the start."""
    files: tuple[ImageFileSpec, ...] = ()
    """Files that containers may write to, if any."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.size is None) == (not self.layers):
            raise ValueError(_("needs either `size` or `layers`"))
        findings = Findings("image")
        _note_twice([layer.name for layer in self.layers], "layers", findings)
        _note_twice([file.name for file in self.files], "files", findings)
        findings.raise_any()
        return self

    def build(self) -> ContainerImage:
        """Return the image."""
        from aio_sim.containers.images.image import ContainerImage, ImageLayer

        layers = tuple(layer.build() for layer in self.layers)
        if self.size is not None:
            layers = (ImageLayer(f"{self.name}/0", self.size, round(self.size * self.unpack)),)
        return ContainerImage(self.name, layers, {file.name: file.size for file in self.files})


class RegistrySpec(Spec):
    """Where nodes pull images from, over the network."""

    host: Name
    """The host of the network that it is on."""
    images: tuple[ContainerImageSpec, ...] = ()
    """The images that it has."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("registry")
        _note_twice([image.name for image in self.images], "images", findings)
        self._note_layers(findings)
        findings.raise_any()
        return self

    def _note_layers(self, findings: Findings) -> None:
        """Note layers of one name that differ."""
        known: dict[str, ImageLayer] = {}
        for at, image in enumerate(self.images):
            for number, spec in enumerate(image.layers):
                layer = spec.build()
                if (other := known.setdefault(spec.name, layer)) != layer:
                    sentence = _("layer {name} has {size} elsewhere; one name is one layer")
                    told = sentence.format(name=spec.name, size=format_size(other.size))
                    findings.say(told, "images", at, "layers", number, value=spec.name)

    def memory_of(self, image: str) -> int:
        """Return the bytes that the first process of an image holds; 0 for one it has not."""
        return next((each.memory for each in self.images if each.name == image), 0)


def registry_of(spec: RegistrySpec | None, used: Iterable[str]) -> Registry:
    """Return the registry of a scenario; without one, all images used are everywhere already."""
    from aio_sim.containers.images.image import ContainerImage
    from aio_sim.containers.images.registry import Registry

    if spec is not None:
        return Registry([image.build() for image in spec.images], spec.host)
    return Registry(ContainerImage.plain(name, USUAL_SIZE) for name in dict.fromkeys(used))


def _note_twice(names: list[str], field: str, findings: Findings) -> None:
    taken: set[str] = set()
    for at, name in enumerate(names):
        if name in taken:
            sentence = _("there is already one named {name!r}").format(name=name)
            findings.say(sentence, field, at, "name", value=name)
        taken.add(name)
