"""A disk of 1 TiB with little in it costs little memory and file space."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from aio_sim.virtualization.images import (
    check_image,
    convert_image,
    create_image,
    image_info,
    open_image,
    resize_image,
    sample_blocks,
)
from tests.virtualization.images.reference import KINDS, MIB

TIB = 1 << 40
PLACES = [0, TIB // 3, TIB - 5000]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.raw"
    create_image(path, TIB)
    with open_image(path, writable=True) as image:
        for place in PLACES:
            image.write(place, b"little" * 800)
    return path


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_tebibyte_costs_what_is_in_it(large: Path, format: str, variant: str) -> None:
    path, back = large.with_suffix(f".{format}"), large.with_name("back.raw")
    import numpy  # noqa: F401, its own memory does not count

    tracemalloc.start()
    try:
        convert_image(large, path, variant=variant)
        report = check_image(path)
        convert_image(path, back)
        with open_image(path) as image:
            sample = sample_blocks(image, 5, seed=1)
            assert image.read(TIB // 3, 6) == b"little"
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 48 * MIB
    assert report.faults == ()
    assert image_info(path).virtual_size == TIB
    assert image_info(path).disk_usage < 6 * MIB
    assert image_info(back).disk_usage < MIB
    with open_image(large) as truth, open_image(back) as copy:
        ranges = list(truth.data_ranges())
        assert list(copy.data_ranges()) == ranges
        assert all(truth.read(*each) == copy.read(*each) for each in ranges)
    # A block of a dynamic VDI is stored whole, of the others as many as were written.
    assert len(sample) == (5 if variant == "dynamic" else len(PLACES))


def test_a_disk_grows_to_a_tebibyte(tmp_path: Path, disk: Path) -> None:
    for format, variant in KINDS:
        path = tmp_path / f"{variant}.{format}"
        convert_image(disk, path, variant=variant)
        resize_image(path, TIB)
        assert check_image(path).faults == ()
        assert image_info(path).disk_usage < 12 * MIB
        with open_image(path) as image:
            assert image.read(0, MIB) == disk.read_bytes()[:MIB]


@pytest.mark.slow
def test_the_largest_disks_can_be_made(tmp_path: Path) -> None:
    path = tmp_path / "largest.vmdk"
    create_image(path, 64 << 40)
    assert check_image(path).faults == ()
