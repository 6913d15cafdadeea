"""Clones, snapshots, copies and resizing."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.virtualization.images import (
    check_image,
    clone_image,
    convert_image,
    copy_image,
    image_info,
    open_image,
    resize_image,
    snapshot_image,
)
from tests.virtualization.images.reference import KINDS, MIB, contents

LAYERED = [("vdi", "dynamic"), ("vdi", "static"), ("vmdk", "monolithicSparse")]


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_clone_is_the_same_disk_with_another_identity(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    source, target = tmp_path / f"source.{format}", tmp_path / f"target.{format}"
    convert_image(disk, source, variant=variant)
    clone_image(source, target)
    assert contents(target) == disk.read_bytes()
    one, other = image_info(source), image_info(target)
    assert one.variant == other.variant
    assert one.identity != other.identity


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_copy_is_the_same_image(tmp_path: Path, disk: Path, format: str, variant: str) -> None:
    source, target = tmp_path / f"source.{format}", tmp_path / "elsewhere" / f"copy.{format}"
    target.parent.mkdir()
    convert_image(disk, source, variant=variant)
    copy_image(source, target)
    assert contents(target) == disk.read_bytes()
    assert image_info(source).identity == image_info(target).identity
    assert check_image(target).faults == ()
    if variant != "monolithicFlat":
        assert filecmp.cmp(source, target, shallow=False)
    usage = image_info(source).disk_usage
    assert image_info(target).disk_usage <= usage + 65536


@pytest.mark.parametrize(("format", "variant"), LAYERED)
def test_a_linked_clone_keeps_only_what_differs(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    base, child = tmp_path / f"base.{format}", tmp_path / f"child.{format}"
    convert_image(disk, base, variant=variant)
    clone_image(base, child, linked=True)
    with open_image(child, writable=True) as image:
        image.write(2 * MIB, b"different")
    info = image_info(child)
    assert info.parents == (str(base),)
    assert info.disk_usage < image_info(base).disk_usage + 2 * MIB
    assert check_image(child).stored_blocks == 1
    full = tmp_path / f"full.{format}"
    clone_image(child, full)
    assert image_info(full).parents == ()
    truth = bytearray(disk.read_bytes())
    truth[2 * MIB : 2 * MIB + 9] = b"different"
    assert contents(full) == truth


@pytest.mark.parametrize(("format", "variant"), LAYERED)
def test_a_copied_child_stays_with_its_parent(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    base, child, copy = (tmp_path / f"{name}.{format}" for name in ("base", "child", "copy"))
    convert_image(disk, base, variant=variant)
    snapshot_image(base, child)
    copy_image(child, copy)
    with open_image(copy) as image:
        assert image.read(0, MIB) == disk.read_bytes()[:MIB]
    (tmp_path / "away").mkdir()
    with pytest.raises(InputError, match="folder"):
        copy_image(child, tmp_path / "away" / f"copy.{format}")


@pytest.mark.parametrize(("format", "variant"), LAYERED)
@pytest.mark.parametrize("size", [MIB, 4 * MIB + 512, 9 * MIB])
def test_a_resized_child_shows_its_parent_as_far_as_it_did(
    tmp_path: Path, disk: Path, format: str, variant: str, size: int
) -> None:
    base, child, out = (tmp_path / f"base.{format}", tmp_path / f"child.{format}", "out.raw")
    convert_image(disk, base, variant=variant)
    snapshot_image(base, child)
    with open_image(child, writable=True) as image:
        image.write(700_000, b"mine")
        image.write(0, bytes(MIB // 2))
    truth = bytearray(disk.read_bytes())
    truth[700_000:700_004] = b"mine"
    truth[: MIB // 2] = bytes(MIB // 2)
    resize_image(child, size, shrink=True)
    resize_image(child, 10 * MIB)
    convert_image(child, tmp_path / out)
    assert (tmp_path / out).read_bytes() == bytes(truth[:size]).ljust(10 * MIB, b"\0")
    assert image_info(child).parents == (str(base),)
    assert check_image(child).ok


@pytest.mark.parametrize(("format", "variant"), [*KINDS, ("raw", "raw")])
def test_resizing_keeps_the_disk_and_its_kind(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    path = tmp_path / f"resized.{format}"
    convert_image(disk, path, variant=variant)
    before = image_info(path)
    for size in (40 * MIB, 5 * MIB, MIB + 512):
        resize_image(path, size, shrink=True)
        assert contents(path) == disk.read_bytes()[:size].ljust(size, b"\0")
        assert check_image(path).faults == ()
    after = image_info(path)
    assert after.variant == variant
    assert after.virtual_size == MIB + 512
    if format == "vdi":
        assert before.identity.split("/")[0] == after.identity.split("/")[0]
    if format != "raw":
        assert before.identity != after.identity


def test_a_resized_parent_is_no_longer_that_of_its_children(tmp_path: Path, disk: Path) -> None:
    for format, variant in LAYERED:
        base, child = tmp_path / f"{variant}.{format}", tmp_path / f"{variant}-child.{format}"
        convert_image(disk, base, variant=variant)
        snapshot_image(base, child)
        resize_image(base, 20 * MIB)
        with pytest.raises(ImageError, match="changed"):
            open_image(child)


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    from aio_sim.virtualization.images import create_image
    from aio_sim.virtualization.images.formats import LONGEST_CHAIN

    create_image(tmp_path / "0.vmdk", 65536)
    for layer in range(1, LONGEST_CHAIN):
        snapshot_image(tmp_path / f"{layer - 1}.vmdk", tmp_path / f"{layer}.vmdk")
    last = tmp_path / f"{LONGEST_CHAIN - 1}.vmdk"
    assert len(image_info(last).parents) == LONGEST_CHAIN - 1
    snapshot_image(last, tmp_path / "too-deep.vmdk")
    with pytest.raises(ImageError, match=str(LONGEST_CHAIN)):
        open_image(tmp_path / "too-deep.vmdk")


def test_a_clone_is_not_given_the_name_of_another_format(tmp_path: Path, disk: Path) -> None:
    source, target = tmp_path / "source.vdi", tmp_path / "target.vmdk"
    convert_image(disk, source)
    with pytest.raises(InputError, match="convert"):
        clone_image(source, target)
    assert not target.exists()


def test_a_copy_says_how_far_it_is(tmp_path: Path, disk: Path) -> None:
    told: list[int] = []
    copy_image(disk, tmp_path / "copy.raw", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == disk.stat().st_size
