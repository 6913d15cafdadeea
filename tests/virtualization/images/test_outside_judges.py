"""qemu-img and 7-Zip read what we write, and we read what qemu-img writes."""

from __future__ import annotations

import filecmp
import json
from pathlib import Path

import pytest

from aio_sim.virtualization.images import (
    check_image,
    convert_image,
    create_image,
    image_info,
    open_image,
    resize_image,
    snapshot_image,
)
from tests.virtualization.images.conftest import Run, scattered
from tests.virtualization.images.reference import KINDS, MIB, contents

SIZES = [512, 65536, 3 * MIB, 33 * MIB + 512, 80 * MIB + 3 * 512]


def qemu_options(variant: str) -> list[str]:
    if variant == "static":
        return ["-o", "static=on"]
    return [] if variant == "dynamic" else ["-o", f"subformat={variant}"]


@pytest.mark.parametrize(("format", "variant"), KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_qemu_accepts_what_we_convert(
    tmp_path: Path, qemu_img: Run, format: str, variant: str, size: int
) -> None:
    truth = scattered(tmp_path / "truth.raw", size)
    image, back = tmp_path / f"disk.{format}", tmp_path / "back.raw"
    convert_image(truth, image, variant=variant)
    info = qemu_img("info", "--output=json", image)  # the probe finds the format by itself
    assert json.loads(info.stdout)["virtual-size"] == size
    assert json.loads(info.stdout)["format"] == format
    if variant != "monolithicFlat":
        assert qemu_img("check", "-f", format, image).returncode == 0
    compared = qemu_img("compare", "-f", format, "-F", "raw", image, truth)
    assert compared.returncode == 0, compared.stderr
    assert qemu_img("convert", "-f", format, "-O", "raw", image, back).returncode == 0
    assert filecmp.cmp(truth, back, shallow=False)


@pytest.mark.parametrize(("format", "variant"), KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_we_accept_what_qemu_converts(
    tmp_path: Path, qemu_img: Run, format: str, variant: str, size: int
) -> None:
    truth = scattered(tmp_path / "truth.raw", size)
    image, back = tmp_path / f"disk.{format}", tmp_path / "back.raw"
    made = qemu_img("convert", "-O", format, *qemu_options(variant), truth, image)
    assert made.returncode == 0, made.stderr
    assert check_image(image).errors == ()
    assert (image_info(image).variant, image_info(image).virtual_size) == (variant, size)
    convert_image(image, back)
    assert filecmp.cmp(truth, back, shallow=False)


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_seven_zip_unpacks_what_we_convert(
    tmp_path: Path, disk: Path, seven_zip: Run, format: str, variant: str
) -> None:
    image, out = tmp_path / f"packed.{format}", tmp_path / "out"
    convert_image(disk, image, variant=variant)
    unpacked = seven_zip("x", f"-o{out}", image)
    assert unpacked.returncode == 0, unpacked.stdout
    (found,) = out.iterdir()
    assert filecmp.cmp(disk, found, shallow=False)


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_empty_images_are_whole_to_qemu(
    tmp_path: Path, qemu_img: Run, format: str, variant: str
) -> None:
    image, back = tmp_path / f"disk.{format}", tmp_path / "back.raw"
    create_image(image, 5 * MIB, variant=variant)
    if variant != "monolithicFlat":
        assert qemu_img("check", "-f", format, image).returncode == 0
    assert qemu_img("convert", "-O", "raw", image, back).returncode == 0
    assert back.read_bytes() == bytes(5 * MIB)


@pytest.mark.parametrize(("format", "variant"), [kind for kind in KINDS if kind[1][0] != "s"])
def test_qemu_writes_on_in_our_images_and_we_in_its(
    tmp_path: Path, disk: Path, qemu_img: Run, qemu_io: Run, format: str, variant: str
) -> None:
    image, back = tmp_path / f"disk.{format}", tmp_path / "back.raw"
    convert_image(disk, image, variant=variant)
    written = qemu_io("-f", format, "-c", "write -P 0x5a 1310720 200192", image)
    assert written.returncode == 0, written.stderr
    with open_image(image, writable=True) as opened:
        opened.write(2 * MIB - 7, b"ours" * 20_000)
    truth = bytearray(disk.read_bytes())
    truth[1310720 : 1310720 + 200192] = b"\x5a" * 200192
    truth[2 * MIB - 7 : 2 * MIB - 7 + 80_000] = b"ours" * 20_000
    assert check_image(image).errors == ()
    assert contents(image) == truth
    assert qemu_img("convert", "-f", format, "-O", "raw", image, back).returncode == 0
    assert back.read_bytes() == truth


def test_holes_are_holes_to_qemu(tmp_path: Path, qemu_img: Run) -> None:
    truth = tmp_path / "truth.raw"
    with truth.open("wb") as file:
        file.truncate(64 * MIB)
        file.seek(32 * MIB)
        file.write(b"x" * 4096)
    for format, variant in KINDS:
        image = tmp_path / f"{variant}.{format}"
        convert_image(truth, image, variant=variant)
        described = json.loads(qemu_img("map", "--output=json", image).stdout)
        stored = sum(run["length"] for run in described if run["data"] and not run["zero"])
        assert stored <= MIB, variant


def test_qemu_reads_a_child_through_its_parent(tmp_path: Path, disk: Path, qemu_img: Run) -> None:
    base, child, back = (tmp_path / name for name in ("base.vmdk", "child.vmdk", "back.raw"))
    convert_image(disk, base)
    snapshot_image(base, child)
    with open_image(child, writable=True) as image:
        image.write(MIB, b"new" * 1000)
        image.write(0, bytes(65536))
    truth = bytearray(disk.read_bytes())
    truth[MIB : MIB + 3000] = b"new" * 1000
    truth[:65536] = bytes(65536)
    assert qemu_img("check", child).returncode == 0
    assert qemu_img("convert", "-O", "raw", child, back).returncode == 0
    assert back.read_bytes() == truth


def test_we_read_a_child_of_qemu(tmp_path: Path, disk: Path, qemu_img: Run, qemu_io: Run) -> None:
    base, child, back = (tmp_path / name for name in ("base.vmdk", "child.vmdk", "back.raw"))
    convert_image(disk, base)
    made = qemu_img("create", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", child)
    assert made.returncode == 0, made.stderr
    assert qemu_io("-f", "vmdk", "-c", "write -P 0x21 65536 1024", child).returncode == 0
    convert_image(child, back)
    truth = bytearray(disk.read_bytes())
    truth[65536 : 65536 + 1024] = b"\x21" * 1024
    assert back.read_bytes() == truth
    assert check_image(child).errors == ()


def test_zeroed_grains_of_qemu_read_as_zeros(tmp_path: Path, qemu_img: Run, qemu_io: Run) -> None:
    image = tmp_path / "zeroed.vmdk"
    qemu_img("create", "-f", "vmdk", "-o", "zeroed_grain=on", image, "4M")
    qemu_io("-f", "vmdk", "-c", "write -P 1 0 128k", "-c", "write -z 0 64k", image)
    assert check_image(image).errors == ()
    with open_image(image, writable=True) as opened:
        assert opened.read(0, 131072) == bytes(65536) + b"\1" * 65536
        opened.write(100, b"over a zeroed grain")
    assert contents(image)[98:121] == b"\0\0over a zeroed grain\0\0"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [2 * MIB, 40 * MIB])
def test_resized_images_are_whole_to_qemu(
    tmp_path: Path, disk: Path, qemu_img: Run, kind: tuple[str, str], size: int
) -> None:
    format, variant = kind
    image, back = tmp_path / f"disk.{format}", tmp_path / "back.raw"
    convert_image(disk, image, variant=variant)
    resize_image(image, size, shrink=True)
    assert qemu_img("convert", "-f", format, "-O", "raw", image, back).returncode == 0
    assert back.read_bytes() == disk.read_bytes()[:size].ljust(size, b"\0")
    assert check_image(image).faults == ()
