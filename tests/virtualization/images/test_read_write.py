"""Reading and writing blocks, against an array of bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.virtualization.images import (
    HOLE,
    check_image,
    convert_image,
    create_image,
    open_image,
    snapshot_image,
)
from tests.virtualization.images.reference import KINDS, MIB, contents

WRITABLE = [kind for kind in KINDS if kind[1] != "streamOptimized"] + [("raw", "raw")]
SIZE = 3 * MIB + 512

writes = st.lists(
    st.tuples(
        st.integers(0, SIZE - 1),
        st.sampled_from([1, 511, 512, 4096, 65536, 70_001, MIB + 5]),
        st.sampled_from([b"\0", b"a", b"bc"]),
    ),
    max_size=8,
)


def apply(image_path: Path, truth: bytearray, wanted: list[tuple[int, int, bytes]]) -> None:
    with open_image(image_path, writable=True) as image:
        for offset, length, pattern in wanted:
            length = min(length, SIZE - offset)
            data = (pattern * length)[:length]
            image.write(offset, data)
            truth[offset : offset + length] = data
            assert image.read(offset, length) == data


@pytest.mark.parametrize(("format", "variant"), WRITABLE)
@settings(max_examples=12, deadline=None)
@given(first=writes, second=writes)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    variant: str,
    first: list[tuple[int, int, bytes]],
    second: list[tuple[int, int, bytes]],
) -> None:
    path = tmp_path_factory.mktemp("rw") / f"disk.{format}"
    create_image(path, SIZE, variant=variant)
    truth = bytearray(SIZE)
    apply(path, truth, first)
    apply(path, truth, second)
    assert contents(path) == truth
    assert check_image(path).faults == ()


@pytest.mark.parametrize(("format", "variant"), [kind for kind in WRITABLE if kind[0] != "raw"])
@settings(max_examples=10, deadline=None)
@given(below=writes, above=writes, top=writes)
def test_layers_show_what_was_written_last(
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    variant: str,
    below: list[tuple[int, int, bytes]],
    above: list[tuple[int, int, bytes]],
    top: list[tuple[int, int, bytes]],
) -> None:
    folder = tmp_path_factory.mktemp("layers")
    base, child, grandchild = (folder / f"{name}.{format}" for name in ("base", "one", "two"))
    create_image(base, SIZE, variant=variant)
    truth = bytearray(SIZE)
    apply(base, truth, below)
    kept = base.read_bytes()
    snapshot_image(base, child)
    apply(child, truth, above)
    snapshot_image(child, grandchild)
    apply(grandchild, truth, top)
    flattened = folder / "all.raw"
    convert_image(grandchild, flattened)
    assert flattened.read_bytes() == truth
    assert base.read_bytes() == kept
    assert check_image(grandchild).faults == ()


@pytest.mark.parametrize(("format", "variant"), [*KINDS, ("raw", "raw")])
def test_bytes_outside_the_disk_are_refused(tmp_path: Path, format: str, variant: str) -> None:
    path = tmp_path / f"disk.{format}"
    create_image(path, 4096, variant=variant)
    with open_image(path) as image:
        for offset, length in ((-1, 2), (4096, 1), (0, 4097), (10, -1)):
            with pytest.raises(InputError, match="4096"):
                image.read(offset, length)
        with pytest.raises(InputError, match="reading only"):
            image.write(0, b"x")


def test_zeros_over_a_hole_stay_a_hole(tmp_path: Path) -> None:
    for format in ("vdi", "vmdk"):
        path = tmp_path / f"disk.{format}"
        create_image(path, SIZE)
        before = path.stat().st_size
        with open_image(path, writable=True) as image:
            image.write(0, bytes(SIZE))
            assert [run.position for run in image.runs()] == [HOLE]
        assert path.stat().st_size == before


@pytest.mark.parametrize(("format", "variant"), WRITABLE)
def test_map_covers_the_disk_and_names_the_bytes(
    tmp_path: Path, disk: Path, format: str, variant: str
) -> None:
    path = tmp_path / f"mapped.{format}"
    convert_image(disk, path, variant=variant)
    truth = disk.read_bytes()
    with open_image(path) as image:
        runs = list(image.runs())
        stored = path.with_name("mapped-flat.vmdk") if variant == "monolithicFlat" else path
        raw = stored.read_bytes()
    assert sum(run.length for run in runs) == len(truth)
    at = 0
    for run in runs:
        assert run.offset == at
        piece = truth[at : at + run.length]
        start = run.position
        assert piece == (raw[start : start + run.length] if start >= 0 else bytes(run.length))
        at += run.length


@pytest.mark.parametrize(("format", "variant"), [*KINDS, ("raw", "raw")])
@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, 6 * MIB), length=st.integers(0, 3 * MIB))
def test_a_part_of_the_map_is_the_map_cut(
    tmp_path_factory: pytest.TempPathFactory, format: str, variant: str, start: int, length: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"cut-{variant}"
    path = folder / f"disk.{format}"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        source = folder / "truth.raw"
        source.write_bytes(bytes(MIB) + b"x" * 70_000 + bytes(3 * MIB) + b"y" * (2 * MIB))
        if path != source:
            convert_image(source, path, variant=variant, force=True)
    with open_image(path) as image:
        end = min(start + length, image.size)
        for part, whole in ((image.runs, image.runs()), (image.data_ranges, image.data_ranges())):
            lengths = {(each[0], each[1]) for each in whole}
            cut = {
                (max(offset, start), min(offset + size, end) - max(offset, start))
                for offset, size in lengths
                if max(offset, start) < min(offset + size, end)
            }
            assert {(each[0], each[1]) for each in part(min(start, end), end)} == cut


def test_a_stream_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "disk.vmdk"
    create_image(path, MIB, variant="streamOptimized")
    with pytest.raises(InputError, match="convert it"):
        open_image(path, writable=True)


def test_a_write_gives_another_identity_once(tmp_path: Path) -> None:
    for format, variant in WRITABLE[:-1]:
        path = tmp_path / f"{variant}.{format}"
        create_image(path, MIB, variant=variant)
        with open_image(path, writable=True) as image:
            before = image.identity
        with open_image(path, writable=True) as image:
            assert image.identity == before
            image.write(0, b"x")
        with open_image(path) as image:
            assert image.identity != before


def test_one_seed_makes_the_same_bytes(tmp_path: Path, disk: Path) -> None:
    for format, variant in KINDS:
        images = []
        for folder in (tmp_path / "one", tmp_path / "two"):
            folder.mkdir(exist_ok=True)
            path = folder / f"{variant}.{format}"
            convert_image(disk, path, variant=variant, seed=7)
            if variant != "streamOptimized":
                with open_image(path, writable=True, seed=8) as image:
                    image.write(5 * MIB, b"x")
            images.append(path.read_bytes())
        assert images[0] == images[1]


def test_flush_makes_the_image_whole_for_others(tmp_path: Path) -> None:
    for format in ("vdi", "vmdk"):
        path = tmp_path / f"disk.{format}"
        create_image(path, SIZE)
        with open_image(path, writable=True) as image:
            image.write(MIB, b"there")
            image.flush()
            assert contents(path)[MIB : MIB + 5] == b"there"
            assert check_image(path).faults == ()


def test_an_image_left_by_an_error_writes_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "disk.vdi"
    create_image(path, SIZE)

    def write_and_fail() -> None:
        with open_image(path, writable=True) as image:
            image.write(0, b"lost")
            raise ImageError("something else")

    with pytest.raises(ImageError, match="something else"):
        write_and_fail()
    assert contents(path) == bytes(SIZE)
    assert check_image(path).ok
