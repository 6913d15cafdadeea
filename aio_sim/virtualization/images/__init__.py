"""Disk images: real VDI, VMDK and raw files that other tools read, and that read theirs.

An image maps the bytes of a virtual disk to stored blocks. Formats and limits are those of
VirtualBox (VDI 1.1), VMware (Virtual Disk Format 5.0) and what QEMU reads of both.
"""

from aio_sim.virtualization.images.check import CheckReport, check_image
from aio_sim.virtualization.images.compare import Comparison, compare_images
from aio_sim.virtualization.images.convert import convert_image
from aio_sim.virtualization.images.create import create_image
from aio_sim.virtualization.images.formats import VARIANTS, format_of, open_image
from aio_sim.virtualization.images.image import HOLE, ZERO, DiskImage, Fault, Run
from aio_sim.virtualization.images.info import ImageInfo, image_info
from aio_sim.virtualization.images.layers import clone_image, copy_image, snapshot_image
from aio_sim.virtualization.images.resize import resize_image
from aio_sim.virtualization.images.sample import sample_blocks, stored_ranges

__all__ = [
    "HOLE",
    "VARIANTS",
    "ZERO",
    "CheckReport",
    "Comparison",
    "DiskImage",
    "Fault",
    "ImageInfo",
    "Run",
    "check_image",
    "clone_image",
    "compare_images",
    "convert_image",
    "copy_image",
    "create_image",
    "format_of",
    "image_info",
    "open_image",
    "resize_image",
    "sample_blocks",
    "stored_ranges",
    "snapshot_image",
]
