"""The strict check finds single-field damages, those that qemu-img lets pass among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.virtualization.images import (
    check_image,
    convert_image,
    create_image,
    open_image,
    snapshot_image,
)
from tests.virtualization.images.reference import (
    KINDS,
    MIB,
    SECTOR,
    put,
    put_u32,
    put_u64,
    u32,
    u64,
)

Damage = Callable[[Path], None]


def at_u32(offset: int, value: int) -> Damage:
    return lambda path: put_u32(path, offset, value)


def at_u64(offset: int, value: int) -> Damage:
    return lambda path: put_u64(path, offset, value)


def added(offset: int, value: int) -> Damage:
    return lambda path: put_u32(path, offset, u32(path.read_bytes(), offset) + value)


def cut(length: int) -> Damage:
    def damage(path: Path) -> None:
        raw = path.read_bytes()
        path.write_bytes(raw[:length])

    return damage


def text(old: bytes, new: bytes) -> Damage:
    def damage(path: Path) -> None:
        raw = path.read_bytes()
        assert old in raw
        path.write_bytes(raw.replace(old, new, 1))

    return damage


VDI_DAMAGES: dict[str, Damage] = {
    "signature": at_u32(64, 0xBEDA107E),
    "version 1.0": at_u32(68, 0x00010000),
    "version 1.2": at_u32(68, 0x00010002),
    "header size 0": at_u32(72, 0),
    "header size over the map": at_u32(72, 4096),
    "type 0": at_u32(76, 0),
    "type undo": at_u32(76, 3),
    "type 5": at_u32(76, 5),
    "dynamic image called static": at_u32(76, 2),
    "differencing without a parent": at_u32(76, 4),
    "map offset unaligned": at_u32(340, 513),
    "map offset in the header": at_u32(340, 0),
    "map offset behind the file": at_u32(340, 0xFFFFFE00),
    "data offset before the map": at_u32(344, 512),
    "data offset a sector on": added(344, 512),
    "data offset a sector back": added(344, -512),
    "data offset a block on": added(344, MIB),
    "sector size": at_u32(360, 4096),
    "disk size 0": at_u64(368, 0),
    "disk size too small": at_u64(368, 4 * MIB),
    "disk size odd": at_u64(368, 6 * MIB + 1),
    "disk size too large": at_u64(368, 8 * MIB),
    "disk size overflows": at_u64(368, 0xFFFFFFFFFFFFFFFF),
    "block size 0": at_u32(376, 0),
    "block size odd": at_u32(376, MIB + 1),
    "block size huge": at_u32(376, 0x80000000),
    "block extra": at_u32(380, 512),
    "blocks 0": at_u32(384, 0),
    "blocks too few": at_u32(384, 6),
    "blocks one more": at_u32(384, 8),
    "blocks overflow": at_u32(384, 0xFFFFFFFF),
    "allocated too few": added(388, -1),
    "allocated too many": added(388, 1),
    "no UUID": lambda path: put(path, 392, bytes(16)),
    "no UUID of the change": lambda path: put(path, 408, bytes(16)),
    "a link without a type": lambda path: put(path, 424, b"\1" * 16),
    "geometry sector size": at_u32(468, 1024),
    "entry past the map": at_u32(512, 1000),
    "entry past the file": at_u32(512, 6),
    "two entries on one block": lambda path: put_u32(path, 516, u32(path.read_bytes(), 512)),
    "cut in the header": cut(300),
    "cut in the map": cut(520),
    "cut behind the map": cut(4096),
    "cut in the last block": lambda path: cut(path.stat().st_size - 1)(path),
    "empty": cut(0),
    "bytes at the end": lambda path: path.write_bytes(path.read_bytes() + b"x"),
}


def tables(path: Path) -> tuple[int, int, int]:
    """Return the first bytes of directory, first table and redundant directory."""
    raw = path.read_bytes()
    directory = u64(raw, 56) * SECTOR
    return directory, u32(raw, directory) * SECTOR, u64(raw, 48) * SECTOR


def entry(number: int, value: int) -> Damage:
    """Set an entry of the first table in both copies."""

    def damage(path: Path) -> None:
        _directory, table, redundant = tables(path)
        copy = u32(path.read_bytes(), redundant) * SECTOR
        for start in (table, copy):
            put_u32(path, start + 4 * number, value)

    return damage


def in_directory(value: Callable[[Path], int]) -> Damage:
    """Set the first entry of both directories."""

    def damage(path: Path) -> None:
        directory, _table, redundant = tables(path)
        sector = value(path)
        for start in (directory, redundant):
            put_u32(path, start, sector)

    return damage


SPARSE_DAMAGES: dict[str, Damage] = {
    "magic": lambda path: put(path, 0, b"KDMX"),
    "version 0": at_u32(4, 0),
    "version 4": at_u32(4, 4),
    "compressed flag": at_u32(8, 0x10003),
    "marker flag": at_u32(8, 0x20003),
    "zeroed grains in version 1": at_u32(8, 7),
    "capacity 0": at_u64(12, 0),
    "capacity smaller": at_u64(12, 6 * 2048),
    "capacity larger": at_u64(12, 7 * 2048),
    "capacity overflows": at_u64(12, 0xFFFFFFFFFFFFFFFF),
    "grain size 0": at_u64(20, 0),
    "grain size 100": at_u64(20, 100),
    "grain size huge": at_u64(20, 1 << 40),
    "descriptor at 0": at_u64(28, 0),
    "descriptor past the end": at_u64(28, 1 << 50),
    "descriptor huge": at_u64(36, 1 << 50),
    "table entries 0": at_u32(44, 0),
    "table entries 513": at_u32(44, 513),
    "directory at 0": at_u64(56, 0),
    "directory past the end": at_u64(56, 1 << 60),
    "directory on the descriptor": at_u64(56, 5),
    "redundant directory past the end": at_u64(48, 1 << 60),
    "redundant directory on the other": lambda path: put_u64(path, 48, tables(path)[0] // SECTOR),
    "redundant directory destroyed": lambda path: put(path, tables(path)[2], bytes(4)),
    "redundant table destroyed": lambda path: put(
        path, u32(path.read_bytes(), tables(path)[2]) * SECTOR, b"\xff" * 8
    ),
    "overhead past the end": at_u64(64, 1 << 40),
    "newlines": lambda path: put(path, 73, b"\r\n\r\n"),
    "compression": lambda path: put(path, 77, b"\1"),
    "compression unknown": lambda path: put(path, 77, b"\2"),
    "directory entry past the end": in_directory(lambda _path: 0x7FFFFFFF),
    "directory entry on the directory": in_directory(lambda path: tables(path)[0] // SECTOR),
    "directory entry on the descriptor": in_directory(lambda _path: 3),
    "directory entry gone in one": lambda path: put_u32(path, tables(path)[0], 0),
    "grain past the end": entry(0, 0x7FFFFF00),
    "grain in metadata": entry(0, 30),
    "grain at 1": entry(0, 1),
    "two entries on one grain": entry(1, 128),
    "grains overlap": entry(1, 130),
    "entry behind the disk": entry(400, 128),
    "cut in the last grain": lambda path: cut(path.stat().st_size - 40000)(path),
    "cut in the tables": cut(25 * SECTOR),
    "cut in the header": cut(100),
    "no CID": text(b"\nCID=", b"\nDIC="),
    "no parentCID": text(b"parentCID=", b"parentDIC="),
    "no createType": text(b"createType", b"creadeType"),
    "wrong createType": text(b"monolithicSparse", b"twoGbMaxSparses?"),
    "wrong extent size": text(b"RW 12", b"RW 13"),
    "wrong extent type": text(b"SPARSE", b"VMFSXY"),
    "no extent": text(b"\nRW ", b"\nXX "),
    "no version": text(b"version=1", b"version=9"),
    "descriptor gone": lambda path: put(path, SECTOR, bytes(20 * SECTOR)),
}


def stream_entry(path: Path, number: int) -> int:
    """Return where the first table of a stream has an entry."""
    raw = path.read_bytes()
    return u32(raw, u64(raw[-1024:], 56) * SECTOR) * SECTOR + 4 * number


def first_grain(path: Path) -> int:
    return u32(path.read_bytes(), stream_entry(path, 0)) * SECTOR


STREAM_DAMAGES: dict[str, Damage] = {
    "footer magic": lambda path: put(path, path.stat().st_size - 1024, b"X"),
    "footer marker": lambda path: put(path, path.stat().st_size - 1536 + 12, b"\2"),
    "end marker": lambda path: put(path, path.stat().st_size - 500, b"\1"),
    "footer's capacity": lambda path: put_u64(path, path.stat().st_size - 1024 + 12, 2048),
    "a sector too many": lambda path: path.write_bytes(path.read_bytes() + bytes(512)),
    "a sector too few": lambda path: cut(path.stat().st_size - 512)(path),
    "directory marker": lambda path: put(
        path, u64(path.read_bytes()[-1024:], 56) * SECTOR - SECTOR + 12, b"\1"
    ),
    "grain's sector": lambda path: put_u64(path, first_grain(path), 128),
    "grain's length 0": lambda path: put_u32(path, first_grain(path) + 8, 0),
    "grain's length huge": lambda path: put_u32(path, first_grain(path) + 8, 0x7FFFFFFF),
    "grain's length less": lambda path: added(first_grain(path) + 8, -1)(path),
    "grain's length more": lambda path: added(first_grain(path) + 8, 1)(path),
    "deflate damaged": lambda path: put(path, first_grain(path) + 30, b"\xff\0\xff\0"),
    "checksum damaged": lambda path: put(
        path, first_grain(path) + 12 + u32(path.read_bytes(), first_grain(path) + 8) - 1, b"\xa7"
    ),
    "entry twice": lambda path: put_u32(
        path, stream_entry(path, 1), u32(path.read_bytes(), stream_entry(path, 0))
    ),
    "entry past the end": lambda path: put_u32(path, stream_entry(path, 0), 0x7FFFFFFF),
    "table on the footer": lambda path: put_u32(
        path, u64(path.read_bytes()[-1024:], 56) * SECTOR, path.stat().st_size // SECTOR - 1
    ),
}


@pytest.fixture
def dense(tmp_path: Path) -> Path:
    """A raw disk of 6.0005 MiB whose first 4 MiB and whose end are full."""
    path = tmp_path / "dense.raw"
    pattern = (np.arange(1 << 20, dtype=np.uint32) * np.uint32(2654435761)).astype("<u4").tobytes()
    with path.open("wb") as file:
        file.write(pattern)
        file.truncate(6 * MIB + SECTOR)
        file.seek(6 * MIB)
        file.write(b"end")
    return path


def found(path: Path) -> None:
    """Assert that the check reports errors, none of which is only a traceback."""
    report = check_image(path)
    assert not report.ok
    assert all(fault.message for fault in report.faults)
    assert report.as_dict()["ok"] is False


@pytest.mark.parametrize("name", VDI_DAMAGES)
def test_check_finds_in_a_vdi(dense: Path, name: str) -> None:
    path = dense.with_suffix(".vdi")
    convert_image(dense, path)
    assert check_image(path).faults == ()
    VDI_DAMAGES[name](path)
    found(path)


@pytest.mark.parametrize("name", SPARSE_DAMAGES)
def test_check_finds_in_a_sparse_vmdk(dense: Path, name: str) -> None:
    path = dense.with_suffix(".vmdk")
    convert_image(dense, path)
    assert check_image(path).faults == ()
    SPARSE_DAMAGES[name](path)
    found(path)


@pytest.mark.parametrize("name", STREAM_DAMAGES)
def test_check_finds_in_a_stream(dense: Path, name: str) -> None:
    path = dense.with_suffix(".vmdk")
    convert_image(dense, path, variant="streamOptimized")
    assert check_image(path).faults == ()
    STREAM_DAMAGES[name](path)
    found(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"dense-flat.vmdk", b"../dense.raw"),
        (b"dense-flat.vmdk", b"/etc/hostname"),
        (b"dense-flat.vmdk", b"C:\\disk.vmdk"),
        (b"dense-flat.vmdk", b"a\\..\\..\\disk"),
        (b"dense-flat.vmdk", b""),
        (b"dense-flat.vmdk", b"missing.vmdk"),
        (b"dense-flat.vmdk", b"."),
        (b" FLAT ", b" ZERO "),
        (b"RW 1", b"RW 9"),
        (b"RW 1", b"RDONLY 1"),
        (b"RW 1", b"RW 99999999999999999"),
        (b'" 0', b'" 99999999999'),
        (b"parentCID=ffffffff", b"parentCID=00000001"),
        (b"monolithicFlat", b"fullDevice"),
        (b"# Disk DescriptorFile", b"# Disk"),
    ],
)
def test_flat_descriptors_that_are_refused(dense: Path, old: bytes, new: bytes) -> None:
    path = dense.with_suffix(".vmdk")
    convert_image(dense, path, variant="monolithicFlat")
    text(old, new)(path)
    with pytest.raises((ImageError, InputError), match="vmdk"):
        open_image(path)


def test_a_link_that_leads_out_of_the_folder_is_refused(dense: Path, tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "disk.vmdk"
    convert_image(dense, path, variant="monolithicFlat")
    flat = folder / "disk-flat.vmdk"
    flat.unlink()
    flat.symlink_to(dense)
    with pytest.raises(ImageError, match="folder of the descriptor"):
        open_image(path)


def test_a_short_extent_is_damage_and_a_long_one_a_warning(dense: Path) -> None:
    path, flat = dense.with_suffix(".vmdk"), dense.with_name("dense-flat.vmdk")
    convert_image(dense, path, variant="monolithicFlat")
    with flat.open("ab") as file:
        file.write(b"more")
    assert [fault.severity for fault in check_image(path).faults] == ["warning"]
    with flat.open("r+b") as file:
        file.truncate(6 * MIB)
    found(path)


def test_blocks_used_by_nothing_are_a_warning(dense: Path) -> None:
    for format in ("vdi", "vmdk"):
        path = dense.with_suffix(f".{format}")
        convert_image(dense, path)
        with path.open("ab") as file:
            file.truncate(path.stat().st_size + MIB)
        report = check_image(path)
        assert report.ok
        assert [fault.severity for fault in report.faults] == ["warning"]


def test_a_new_block_goes_into_the_gap_and_is_clean(dense: Path) -> None:
    path = dense.with_suffix(".vdi")
    convert_image(dense, path)
    put_u32(path, 512, 0xFFFFFFFF)  # the first block is lost, and its bytes stay in the file
    put_u32(path, 388, u32(path.read_bytes(), 388) - 1)
    size = path.stat().st_size
    with open_image(path, writable=True) as image:
        image.write(5 * MIB, b"here")
        assert image.read(5 * MIB, MIB) == b"here".ljust(MIB, b"\0")
    assert path.stat().st_size == size
    assert check_image(path).faults == ()


def test_the_report_of_a_map_full_of_faults_stays_short(dense: Path) -> None:
    path = dense.with_suffix(".vmdk")
    convert_image(dense, path)
    for number in range(90):
        entry(number, 128)(path)
    assert 0 < len(check_image(path).faults) <= 100


def test_opening_refuses_what_would_read_or_write_wrongly(dense: Path) -> None:
    for format, damage in (
        ("vdi", VDI_DAMAGES["two entries on one block"]),
        ("vdi", VDI_DAMAGES["entry past the file"]),
        ("vmdk", SPARSE_DAMAGES["two entries on one grain"]),
        ("vmdk", SPARSE_DAMAGES["directory entry on the directory"]),
    ):
        path = dense.with_suffix(f".{format}")
        convert_image(dense, path, force=True)
        damage(path)
        with pytest.raises(ImageError) as caught:
            open_image(path)
        assert caught.value.exit_code == 1
        assert caught.value.offset >= 0
        assert caught.value.field
        assert str(path) in str(caught.value)
        out = path.with_suffix(".raw").with_name("out.raw")
        with pytest.raises(ImageError):
            convert_image(path, out)
        assert not out.exists()


def test_whole_images_have_no_faults(tmp_path: Path) -> None:
    for format, variant in [*KINDS, ("raw", "raw")]:
        for size in (512, MIB, 33 * MIB + 512):
            path = tmp_path / f"{variant}-{size}.{format}"
            create_image(path, size, variant=variant)
            report = check_image(path)
            assert report.faults == ()
            assert (report.format, report.variant, report.size) == (format, variant, size)


@pytest.mark.parametrize("format", ["vdi", "vmdk"])
def test_a_parent_changed_or_gone_is_damage(tmp_path: Path, format: str) -> None:
    base, child = tmp_path / f"base.{format}", tmp_path / f"child.{format}"
    create_image(base, MIB)
    snapshot_image(base, child)
    assert check_image(child).ok
    with open_image(base, writable=True) as image:
        image.write(0, b"x")
    found(child)
    base.unlink()
    found(child)


def test_an_image_that_is_its_own_ancestor_is_damage(tmp_path: Path) -> None:
    base, child = tmp_path / "lower.vmdk", tmp_path / "upper.vmdk"
    create_image(base, MIB)
    snapshot_image(base, child)
    cid = base.read_bytes().partition(b"\nCID=")[2][:8]
    text(b"\nCID=" + child.read_bytes().partition(b"\nCID=")[2][:8], b"\nCID=" + cid)(child)
    text(b'"lower.vmdk"', b'"upper.vmdk"')(child)
    with pytest.raises(ImageError, match="ancestor"):
        open_image(child)


def test_a_parent_hint_that_leads_out_is_damage(tmp_path: Path) -> None:
    base, child = tmp_path / "base.vmdk", tmp_path / "child.vmdk"
    create_image(base, MIB)
    snapshot_image(base, child)
    text(b'"base.vmdk"', b'"../b.vmdk"')(child)
    with pytest.raises(ImageError, match="parentFileNameHint"):
        open_image(child)


def test_a_damaged_parent_is_a_fault_of_the_child(tmp_path: Path, disk: Path) -> None:
    base, middle, child = (tmp_path / f"{name}.vdi" for name in ("base", "middle", "child"))
    convert_image(disk, base)
    snapshot_image(base, middle)
    snapshot_image(middle, child)
    put_u32(base, 512, 77)
    (fault,) = check_image(child).faults
    assert fault.field == "parent"
    assert fault.message.startswith(f"{base}: byte 512: ")
