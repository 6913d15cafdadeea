"""Requests that cannot be met: clear errors, and nothing written half."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aio_sim.kernel.errors import ImageError, InputError, UnknownName
from aio_sim.virtualization.images import (
    check_image,
    clone_image,
    convert_image,
    copy_image,
    create_image,
    image_info,
    open_image,
    resize_image,
    sample_blocks,
    snapshot_image,
)
from aio_sim.virtualization.images.image_file import ImageFile
from tests.virtualization.images.reference import KINDS, MIB, contents, put_u32, put_u64

resource = pytest.importorskip("resource", reason="limits of file size need a POSIX system")


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Have the system refuse to let files grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(("format", "variant"), [*KINDS, ("raw", "raw")])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, format: str, variant: str) -> None:
    dense = tmp_path / "dense.raw"
    dense.write_bytes(os.urandom(2 * MIB))
    before = names(tmp_path)
    with largest_file(MIB), pytest.raises(ImageError, match="cannot be") as caught:
        convert_image(dense, tmp_path / f"new.{format}", variant=variant)
    assert caught.value.exit_code == 1
    assert "new" in str(caught.value)
    assert names(tmp_path) == before


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_disk_that_fills_later_keeps_what_was_there(
    tmp_path: Path, disk: Path, format: str, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"kept.{format}"
    convert_image(disk, target, variant=variant)
    before, files = target.read_bytes(), names(tmp_path)
    written = 0
    write = ImageFile.write

    def fills_up(file: ImageFile, offset: int, data: bytes | memoryview) -> None:
        nonlocal written
        written += 1
        if written > 4:
            raise file.damaged("cannot be written: no space left on device", offset)
        write(file, offset, data)

    monkeypatch.setattr(ImageFile, "write", fills_up)
    with pytest.raises(ImageError, match="no space left"):
        convert_image(disk, target, variant=variant, force=True)
    assert target.read_bytes() == before
    assert names(tmp_path) == files


def test_a_failed_resize_keeps_the_image(tmp_path: Path, disk: Path) -> None:
    for format, variant in KINDS:
        path = tmp_path / f"{variant}.{format}"
        convert_image(disk, path, variant=variant)
        before = names(tmp_path)
        with largest_file(100_000), pytest.raises(ImageError):
            resize_image(path, 1 << 33)
        assert names(tmp_path) == before
        assert contents(path) == disk.read_bytes()
        assert check_image(path).faults == ()


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_a_target_that_exists_is_kept_unless_forced(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    source, target = tmp_path / f"source.{format}", tmp_path / f"target.{format}"
    convert_image(disk, source, variant=variant)
    target.write_bytes(b"precious")
    with pytest.raises(InputError, match="exists already") as caught:
        convert_image(disk, target, variant=variant)
    assert caught.value.exit_code == 2
    for act in (copy_image, clone_image, snapshot_image):
        if variant != "streamOptimized" or act is not snapshot_image:
            with pytest.raises(InputError, match="exists already"):
                act(source, target)
    with pytest.raises(InputError, match="exists already"):
        create_image(target, MIB)
    assert target.read_bytes() == b"precious"
    convert_image(disk, target, variant=variant, force=True)
    assert contents(target) == disk.read_bytes()


def test_the_second_file_of_a_flat_image_is_kept_too(tmp_path: Path) -> None:
    flat = tmp_path / "disk-flat.vmdk"
    flat.write_bytes(b"precious")
    with pytest.raises(InputError, match="disk-flat"):
        create_image(tmp_path / "disk.vmdk", MIB, variant="monolithicFlat")
    assert names(tmp_path) == {"disk-flat.vmdk"}
    assert flat.read_bytes() == b"precious"


def test_an_image_converted_onto_itself_is_whole(tmp_path: Path, disk: Path) -> None:
    path = tmp_path / "disk.vmdk"
    convert_image(disk, path, variant="monolithicFlat")
    convert_image(path, path, variant="monolithicFlat", force=True)
    assert contents(path) == disk.read_bytes()


@pytest.mark.parametrize("size", [0, -1, -512])
def test_a_disk_has_a_size(tmp_path: Path, size: int) -> None:
    for format, variant in [*KINDS, ("raw", "raw")]:
        with pytest.raises(InputError, match=str(size)):
            create_image(tmp_path / f"disk.{format}", size, variant=variant)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("size", [1 << 50, 1 << 63, 1 << 64, 1 << 100])
def test_sizes_that_overflow_are_refused(tmp_path: Path, size: int) -> None:
    for format, variant in [*KINDS, ("raw", "raw")]:
        if (format, size) != ("raw", 1 << 50):
            with pytest.raises((InputError, ImageError)):
                create_image(tmp_path / f"disk.{format}", size, variant=variant)
    assert names(tmp_path) == set()


def test_unknown_formats_and_variants_name_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'vmdk'"):
        create_image(tmp_path / "disk.raw", MIB, format="vmdq")
    with pytest.raises(UnknownName, match="did you mean 'streamOptimized'"):
        create_image(tmp_path / "disk.vmdk", MIB, variant="streamOptimised")
    with pytest.raises(UnknownName, match="dynamic, static"):
        create_image(tmp_path / "disk.vdi", MIB, variant="monolithicFlat")
    with pytest.raises(InputError, match="suffix"):
        create_image(tmp_path / "disk.iso", MIB)
    assert names(tmp_path) == set()


def test_a_format_asked_for_beats_the_suffix(tmp_path: Path, disk: Path) -> None:
    path = tmp_path / "disk.iso"
    convert_image(disk, path, format="vdi", variant="STATIC")
    assert image_info(path, "vdi").variant == "static"
    convert_image(path, tmp_path / "back.bin", source_format="vdi")
    assert (tmp_path / "back.bin").read_bytes() == disk.read_bytes()


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.vdi")
    (tmp_path / "folder.vdi").mkdir()
    for name in ("pipe.vdi", "folder.vdi", "missing.vdi", "missing/disk.vmdk", "nul\0.raw"):
        for act in (open_image, check_image, image_info):
            with pytest.raises(InputError) as caught:
                act(tmp_path / name)
            assert caught.value.exit_code == 2
    with pytest.raises(InputError, match="folder"):
        create_image(tmp_path / "folder.vdi", MIB, force=True)
    with pytest.raises(InputError, match="no such folder"):
        create_image(tmp_path / "missing" / "disk.vdi", MIB)


@pytest.mark.parametrize("suffix", ["vdi", "vmdk"])
@pytest.mark.parametrize("data", [b"", b"\0", b"KDMV", b"# Disk DescriptorFile\n", bytes(4096)])
def test_files_of_something_else_are_damage(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"other.{suffix}"
    path.write_bytes(data)
    with pytest.raises(ImageError, match="other"):
        open_image(path)
    assert not check_image(path).ok


def test_an_empty_raw_file_is_no_disk(tmp_path: Path) -> None:
    path = tmp_path / "empty.raw"
    path.write_bytes(b"")
    with pytest.raises(ImageError, match="empty"):
        open_image(path)


def promised(path: Path, size: int) -> None:
    """Write a VDI whose map, 2 GiB of it, is a hole of a file that takes no room."""
    create_image(path, 1 << 30)
    put_u64(path, 368, 0x1FFFFF80 << 20)
    put_u32(path, 384, 0x1FFFFF80)
    put_u32(path, 344, 1 << 31)
    with path.open("r+b") as file:
        file.truncate(size)


@pytest.mark.parametrize("size", [(1 << 31) + MIB, 1 << 40])
def test_a_map_that_is_a_hole_costs_no_memory(tmp_path: Path, size: int) -> None:
    path = tmp_path / "promised.vdi"
    promised(path, size)
    tracemalloc.start()
    try:
        report = check_image(path)
        with pytest.raises(ImageError, match=r"map twice|past the end"):
            open_image(path)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not report.ok
    assert peak < 32 * MIB


def test_names_that_a_descriptor_cannot_hold_are_refused(tmp_path: Path) -> None:
    for name in ('quo"te.vmdk', "line\n.vmdk", "back\\slash.vmdk", "col:on.vmdk"):
        for variant in ("monolithicSparse", "monolithicFlat", "streamOptimized"):
            with pytest.raises(InputError, match="name of a VMDK"):
                create_image(tmp_path / name, MIB, variant=variant)
    assert names(tmp_path) == set()


def test_other_alphabets_are_good_names(tmp_path: Path, disk: Path) -> None:
    for variant in ("monolithicSparse", "monolithicFlat", "streamOptimized"):
        path = tmp_path / f"磁盘 {variant}.vmdk"
        convert_image(disk, path, variant=variant)
        assert contents(path) == disk.read_bytes()
        assert check_image(path).faults == ()


def test_links_and_snapshots_that_cannot_be(tmp_path: Path, disk: Path) -> None:
    vdi, vmdk = tmp_path / "base.vdi", tmp_path / "base.vmdk"
    convert_image(disk, vdi)
    convert_image(disk, vmdk)
    (tmp_path / "other").mkdir()
    for base, child in (
        (disk, tmp_path / "child.raw"),
        (vdi, tmp_path / "child.vmdk"),
        (vmdk, tmp_path / "child.vdi"),
        (vdi, tmp_path / "other" / "child.vdi"),
        (vmdk, tmp_path / "other" / "child.vmdk"),
        (vmdk, vmdk),
    ):
        with pytest.raises(InputError):
            snapshot_image(base, child, force=True)
        with pytest.raises(InputError):
            clone_image(base, child, linked=True, force=True)
    assert names(tmp_path) == {"disk.raw", "base.vdi", "base.vmdk", "other"}


def test_a_disk_is_not_shrunk_unasked(disk: Path) -> None:
    with pytest.raises(InputError, match="shrink"):
        resize_image(disk, MIB)
    with pytest.raises(InputError):
        resize_image(disk, 0, shrink=True)


def test_a_sample_has_blocks(disk: Path) -> None:
    with open_image(disk) as image, pytest.raises(InputError, match="sample"):
        sample_blocks(image, 0, 1)


@pytest.mark.parametrize("kind", ["twoGbMaxExtentSparse", "twogbmaxextentflat", "vmfsThin"])
def test_a_sound_vmdk_of_another_kind_is_not_supported_rather_than_damaged(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "split.vmdk"
    path.write_text(
        "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
        f'createType="{kind}"\nRW 4192256 SPARSE "split-s001.vmdk"\n'
    )
    for look in (check_image, image_info, open_image):
        with pytest.raises(InputError, match="is not supported; expected monolithicSparse"):
            look(path)


def test_a_kind_of_vmdk_that_nobody_knows_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "odd.vmdk"
    path.write_text(
        "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
        'createType="monolithicFlet"\nRW 8 FLAT "odd-flat.vmdk" 0\n'
    )
    (fault,) = check_image(path).faults
    assert fault.field == "createType"
