"""Mutated images: an error that names the file, or a disk; never a traceback, never much memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import ImageError, InputError
from aio_sim.virtualization.images import (
    check_image,
    convert_image,
    create_image,
    image_info,
    open_image,
    sample_blocks,
)
from tests.virtualization.images.reference import KINDS, MIB

MOST_MEMORY = 64 * MIB
READ_AT_MOST = 8 * MIB

EXTREMES = [0, 1, 2, 127, 128, 255, 512, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]

numbers = st.one_of(st.sampled_from(EXTREMES), st.integers(0, 2**32 - 1), st.integers(0, 300))
mutations = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 600), st.integers(0, 30_000), st.integers(-2048, -1)),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            numbers.map(lambda number: number.to_bytes(4, "little")),
            st.integers(0, 2**64 - 1).map(lambda number: number.to_bytes(8, "little")),
        ),
    ),
    min_size=1,
    max_size=6,
)
cuts = st.one_of(st.none(), st.none(), st.integers(0, 80_000))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of a small whole image of each kind."""
    folder = tmp_path_factory.mktemp("seeds")
    source = folder / "seed.raw"
    source.write_bytes(b"head" * 300 + bytes(70_000) + b"tail" * 20_000 + bytes(200_000))
    found = {}
    for format, variant in KINDS:
        path = folder / f"seed.{format}"
        convert_image(source, path, variant=variant, force=True, seed=1)
        found[variant] = path.read_bytes()
    return found


def use(path: Path, writable: bool) -> None:
    """Do with an image all that can be done, accepting errors of ours."""
    report = check_image(path)
    try:
        read_and_write(path, writable)
    except (ImageError, InputError) as error:
        message = str(error)
    else:
        message = path.name
        assert not (report.ok and writable) or check_image(path).ok
    assert path.stem in message


def read_and_write(path: Path, writable: bool) -> None:
    image_info(path)
    with open_image(path, writable=writable) as image:
        read = 0
        for offset, length in image.data_ranges():
            image.read(offset, min(length, MIB))
            read += min(length, MIB)
            if read > READ_AT_MOST:
                break
        if image.size < 1 << 34:
            sample_blocks(image, 3, seed=1)
        if writable:
            image.write(image.size // 2, b"written")


def mutated(raw: bytes, changes: list[tuple[int, bytes]], cut: int | None) -> bytes:
    data = bytearray(raw)
    for at, piece in changes:
        at = at % len(data)
        data[at : at + len(piece)] = piece
    return bytes(data[:cut])


def fuzz(folder: Path, raw: bytes, variant: str, writable: bool) -> None:
    format = next(format for format, known in KINDS if known == variant)
    path = folder / f"fuzzed.{format}"
    path.write_bytes(raw)
    if variant == "monolithicFlat":
        flat = folder / "seed-flat.vmdk"
        if not flat.exists() or flat.stat().st_size != 512_000:
            flat.write_bytes(bytes(512_000))
    tracemalloc.start()
    try:
        use(path, writable and variant != "streamOptimized")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


@pytest.mark.parametrize("variant", [variant for _format, variant in KINDS])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=mutations, cut=cuts, writable=st.booleans())
def test_hundreds_of_mutated_images(
    tmp_path: Path,
    seeds: dict[str, bytes],
    variant: str,
    changes: list[tuple[int, bytes]],
    cut: int | None,
    writable: bool,
) -> None:
    fuzz(tmp_path, mutated(seeds[variant], changes, cut), variant, writable)


@pytest.mark.slow
@pytest.mark.parametrize("variant", [variant for _format, variant in KINDS])
@settings(
    max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=mutations, cut=cuts, writable=st.booleans())
def test_thousands_of_mutated_images(
    tmp_path: Path,
    seeds: dict[str, bytes],
    variant: str,
    changes: list[tuple[int, bytes]],
    cut: int | None,
    writable: bool,
) -> None:
    fuzz(tmp_path, mutated(seeds[variant], changes, cut), variant, writable)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=2000), suffix=st.sampled_from(["vdi", "vmdk"]))
def test_any_bytes_are_an_image_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzzed-any.{suffix}"
    for head in (b"", b"KDMV", b"# Disk DescriptorFile\n"):
        path.write_bytes(head + data)
        use(path, writable=False)


@settings(max_examples=100, deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "version=1",
                    "CID=1",
                    "parentCID=ffffffff",
                    "parentCID=1",
                    'createType="monolithicFlat"',
                    'RW 8 FLAT "descriptor-flat.vmdk" 0',
                    'RW 999999999999999999 FLAT "descriptor-flat.vmdk" 999999999999999999',
                    'parentFileNameHint="descriptor.vmdk"',
                    "RW 8 ZERO",
                ]
            ),
            st.text(max_size=30),
        ),
        max_size=12,
    )
)
def test_any_descriptor_is_an_image_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "descriptors"
    folder.mkdir(exist_ok=True)
    (folder / "descriptor-flat.vmdk").write_bytes(bytes(4096))
    path = folder / "descriptor.vmdk"
    text = "\n".join(["# Disk DescriptorFile", *lines])
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    use(path, writable=False)


def test_a_small_file_that_claims_a_large_disk_is_cheap(tmp_path: Path) -> None:
    path = tmp_path / "claims.vmdk"
    create_image(path, 4 << 40)
    tracemalloc.start()
    try:
        use(path, writable=True)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
