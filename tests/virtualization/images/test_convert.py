"""Every kind to every kind: the same disk, its holes still holes."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.virtualization.images import convert_image, image_info, open_image
from aio_sim.virtualization.images.convert import GRANULARITY, data_pieces
from tests.virtualization.images.reference import KINDS, MIB, contents

ALL = [*KINDS, ("raw", "raw")]


@pytest.mark.parametrize("source", ALL, ids=lambda kind: kind[1])
@pytest.mark.parametrize("target", ALL, ids=lambda kind: kind[1])
def test_any_kind_becomes_any_kind(
    tmp_path: Path, disk: Path, source: tuple[str, str], target: tuple[str, str]
) -> None:
    first, second = tmp_path / f"first.{source[0]}", tmp_path / f"second.{target[0]}"
    convert_image(disk, first, variant=source[1])
    convert_image(first, second, variant=target[1])
    assert contents(second) == disk.read_bytes()
    assert image_info(second).disk_usage < 3 * MIB


def test_zeros_that_were_written_become_holes(tmp_path: Path) -> None:
    source = tmp_path / "zeros.raw"
    source.write_bytes(bytes(8 * MIB) + b"end")
    for format, variant in ALL:
        target = tmp_path / f"{variant}.{format}"
        convert_image(source, target, variant=variant)
        info = image_info(target)
        assert info.data_size <= 65536
        assert info.disk_usage < MIB


def test_a_raw_disk_is_filled_up_to_whole_sectors(tmp_path: Path) -> None:
    source = tmp_path / "odd.raw"
    source.write_bytes(b"x" * 1000)
    for format, variant in KINDS:
        target = tmp_path / f"{variant}.{format}"
        convert_image(source, target, variant=variant)
        assert contents(target) == b"x" * 1000 + bytes(24)


def test_data_that_does_not_compress_is_kept_in_a_stream(tmp_path: Path) -> None:
    source, target = tmp_path / "noise.raw", tmp_path / "noise.vmdk"
    source.write_bytes(random.Random(1).randbytes(MIB))
    convert_image(source, target, variant="streamOptimized")
    assert contents(target) == source.read_bytes()


def test_progress_is_told(tmp_path: Path, disk: Path) -> None:
    seen: list[int] = []
    convert_image(disk, tmp_path / "disk.vdi", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == disk.stat().st_size


@given(
    data=st.lists(st.tuples(st.booleans(), st.integers(0, 9000)), max_size=8),
    first=st.integers(0, GRANULARITY - 1),
)
def test_pieces_hold_all_that_is_not_zero(data: list[tuple[bool, int]], first: int) -> None:
    raw = b"".join((b"\1" if full else b"\0") * length for full, length in data)
    pieces = list(data_pieces(raw, first))
    rebuilt = bytearray(len(raw))
    for start, stop in pieces:
        rebuilt[start:stop] = raw[start:stop]
    assert rebuilt == raw
    for (_start, stop), (following, _stop) in pairwise(pieces):
        assert stop < following
    for page in range(first, len(raw) - GRANULARITY, GRANULARITY):
        inside = any(start <= page < stop for start, stop in pieces)
        assert inside == any(raw[page : page + GRANULARITY])


def test_info_says_what_is_there(tmp_path: Path, disk: Path) -> None:
    path = tmp_path / "disk.vmdk"
    convert_image(disk, path, variant="monolithicFlat")
    info = image_info(path).as_dict()
    assert info["format"] == "vmdk"
    assert info["virtual_size"] == disk.stat().st_size
    assert info["files"] == (str(path), str(tmp_path / "disk-flat.vmdk"))
    assert info["parents"] == ()
    with open_image(disk) as image:
        assert info["data_size"] == sum(length for _offset, length in image.data_ranges())
