"""A catalogue of disk images: versions made of shared layers, known by their checksums.

The model is that of OCI registries (Image Format Specification 1.1): content addressed by SHA-256,
a manifest that lists layers, tags that name manifests, garbage collection by reachability. Layers
are made of blocks of a disk rather than of files, as those of a VDI or VMDK chain are.
"""

from aio_sim.virtualization.catalogue.catalogue import Catalogue, Collected, ImageVersion
from aio_sim.virtualization.catalogue.layers import ZEROS, Found, Layer
from aio_sim.virtualization.catalogue.reference import ImageReference
from aio_sim.virtualization.catalogue.transfer import Transfer

__all__ = [
    "ZEROS",
    "Catalogue",
    "Collected",
    "Found",
    "ImageReference",
    "ImageVersion",
    "Layer",
    "Transfer",
]
