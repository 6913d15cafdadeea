"""The formulas of docs/background/disk-images.md, held against the code, one test a formula."""

from __future__ import annotations

import math
import random
import statistics
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpy.events import Event

from aio_sim.hardware.device import Device
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.virtualization.catalogue import Catalogue
from aio_sim.virtualization.images import (
    convert_image,
    create_image,
    open_image,
    sample_blocks,
    snapshot_image,
)
from aio_sim.virtualization.images.image import pieces
from aio_sim.virtualization.images.vmdk_sparse import GrainImage
from tests.virtualization.images.reference import MIB, contents

GRAIN = 65536
SECTOR = 512
SIZES = [SECTOR, MIB, 3 * MIB + SECTOR, 33 * MIB, 5 << 30, 1 << 40]


def up(value: int, unit: int) -> int:
    return -(-value // unit) * unit


# The map: a number for each block.


@pytest.mark.parametrize("size", SIZES)
def test_the_map_of_a_vdi_takes_four_bytes_a_mebibyte(tmp_path: Path, size: int) -> None:
    path = tmp_path / "disk.vdi"
    create_image(path, size)
    blocks = math.ceil(size / MIB)
    assert path.stat().st_size == up(SECTOR + 4 * blocks, 4096)


@pytest.mark.parametrize("size", SIZES)
def test_the_maps_of_a_vmdk_take_eight_bytes_a_grain(tmp_path: Path, size: int) -> None:
    path = tmp_path / "disk.vmdk"
    create_image(path, size)
    tables = math.ceil(math.ceil(size / GRAIN) / 512)
    copy = up(4 * tables, SECTOR) + 2048 * tables
    assert path.stat().st_size == up(21 * SECTOR + 2 * copy, GRAIN)


def test_of_a_terabyte_disk_the_maps_are_4_and_128_mebibytes(tmp_path: Path) -> None:
    lengths = []
    for path in (tmp_path / "disk.vdi", tmp_path / "disk.vmdk"):
        create_image(path, 1 << 40)
        lengths.append(path.stat().st_size / MIB)
    assert lengths == pytest.approx([(1 << 40) / 2**18 / MIB, (1 << 40) / 2**13 / MIB], rel=0.004)


# Sparseness: what is stored is what was touched.


@given(st.integers(0, 40 * GRAIN), st.integers(1, 4 * GRAIN))
def test_a_write_touches_the_blocks_from_its_first_byte_to_its_last(start: int, size: int) -> None:
    touched = [index for index, _first, _count in pieces(start, size, GRAIN)]
    assert len(touched) == (start + size - 1) // GRAIN - start // GRAIN + 1


@pytest.mark.parametrize("size", [1, 7, 16, 23, 64])
def test_on_the_average_a_write_touches_its_length_over_the_block_and_nearly_one_more(
    size: int,
) -> None:
    block = 16
    touched = [len(list(pieces(start, size, block))) for start in range(block)]
    assert statistics.mean(touched) == pytest.approx(1 + (size - 1) / block)


@pytest.mark.parametrize(("grains", "writes"), [(1024, 200), (1024, 1500), (300, 300)])
def test_writes_at_random_store_as_many_blocks_as_the_occupancy_problem_says(
    tmp_path: Path, grains: int, writes: int
) -> None:
    path, draw = tmp_path / "disk.vmdk", random.Random(5)
    create_image(path, grains * GRAIN)
    fresh = path.stat().st_size
    with open_image(path, writable=True) as image:
        for _ in range(writes):
            image.write(draw.randrange(image.size), b"x")
    stored = (path.stat().st_size - fresh) / GRAIN
    empty = (1 - 1 / grains) ** writes
    both_empty = (1 - 2 / grains) ** writes
    variance = grains * empty + grains * (grains - 1) * both_empty - (grains * empty) ** 2
    assert abs(stored - grains * (1 - empty)) < 4 * math.sqrt(variance)


# Clone chains.


def expected_layers_asked(layers: int, share: float) -> float:
    return (1 - (1 - share) ** layers) / share


def variance_of_layers_asked(layers: int, share: float) -> float:
    squares = sum((2 * n - 1) * (1 - share) ** (n - 1) for n in range(1, layers + 1))
    return squares - expected_layers_asked(layers, share) ** 2


def layered(folder: Path, layers: int, grains: int, share: float) -> Path:
    """Return the top of a chain in which each layer has each grain with that chance."""
    draw = random.Random(layers)
    top = folder / "layer0.vmdk"
    create_image(top, grains * GRAIN)
    for number in range(layers):
        if number:
            above = folder / f"layer{number}.vmdk"
            snapshot_image(top, above)
            top = above
        with open_image(top, writable=True) as image:
            for grain in range(grains):
                if draw.random() < share:
                    image.write(grain * GRAIN, b"x")
    return top


@pytest.mark.parametrize(("layers", "share"), [(1, 0.5), (3, 0.5), (6, 0.3)])
def test_a_read_through_a_chain_asks_a_truncated_geometric_number_of_maps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layers: int, share: float
) -> None:
    grains, asked, position = 200, 0, GrainImage.position

    def counted(image: GrainImage, index: int) -> int:
        nonlocal asked
        asked += 1
        return position(image, index)

    with open_image(layered(tmp_path, layers, grains, share)) as image:
        monkeypatch.setattr(GrainImage, "position", counted)
        for grain in range(grains):
            image.read(grain * GRAIN, 1)
    deviation = math.sqrt(variance_of_layers_asked(layers, share) / grains)
    assert asked / grains == pytest.approx(
        expected_layers_asked(layers, share), abs=4 * deviation + 1e-9
    )


def test_a_read_in_the_catalogue_asks_a_truncated_geometric_number_of_layers() -> None:
    images, draw = Catalogue(block_size=8), random.Random(3)
    layers, blocks, share = 8, 3000, 0.2
    disk: dict[int, bytes] = {}
    for number in range(layers):
        changed = [at for at in range(blocks) if draw.random() < share]
        disk |= {at: f"{number} {at}".ljust(8).encode()[:8] for at in changed}
        base = f"disk:{number - 1}" if number else None
        images.add(f"disk:{number}", blocks * 8, disk.items(), base=base)
    asked = [images.find("disk", at).layers_asked for at in range(blocks)]
    deviation = math.sqrt(variance_of_layers_asked(layers, share) / blocks)
    expected = expected_layers_asked(layers, share)
    assert statistics.mean(asked) == pytest.approx(expected, abs=4 * deviation)


def test_linked_clones_take_the_base_once_and_what_each_changes(tmp_path: Path) -> None:
    base, stored, changed, clones = tmp_path / "base.vmdk", 40, 3, 4
    create_image(base, 128 * GRAIN)
    maps = base.stat().st_size
    with open_image(base, writable=True) as image:
        image.write(0, b"x" * (stored * GRAIN))
    for number in range(clones):
        child = tmp_path / f"child{number}.vmdk"
        snapshot_image(base, child)
        with open_image(child, writable=True) as image:
            for grain in range(changed):
                image.write((number + 11 * grain) * GRAIN, b"y")
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert total == maps + stored * GRAIN + clones * (maps + changed * GRAIN)


@pytest.mark.parametrize("length", [1, 512, 4096, GRAIN])
def test_a_first_write_over_a_parent_stores_a_whole_block(tmp_path: Path, length: int) -> None:
    base, child = tmp_path / "base.vmdk", tmp_path / "child.vmdk"
    create_image(base, 4 * GRAIN)
    with open_image(base, writable=True) as image:
        image.write(0, b"x" * image.size)
    snapshot_image(base, child)
    before = child.stat().st_size
    with open_image(child, writable=True) as image:
        image.write(2 * GRAIN, b"y" * length)
    amplification = (child.stat().st_size - before) / length
    assert amplification == GRAIN / length
    convert_image(child, tmp_path / "disk.raw")
    block = contents(tmp_path / "disk.raw")[2 * GRAIN : 3 * GRAIN]
    assert block == (b"y" * length).ljust(GRAIN, b"x")


@pytest.mark.parametrize(("versions", "changed"), [(2, 10), (8, 5), (20, 1)])
def test_versions_of_a_catalogue_share_what_they_do_not_change(versions: int, changed: int) -> None:
    images, blocks, size = Catalogue(block_size=16), 100, 16
    disk = {at: f"0 {at}".ljust(size).encode() for at in range(blocks)}
    images.add("disk:0", blocks * size, disk.items())
    for number in range(1, versions):
        disk |= {at: f"{number} {at}".ljust(size).encode() for at in range(changed)}
        images.add(f"disk:{number}", blocks * size, disk.items(), base=f"disk:{number - 1}")
    factor = versions * blocks * size / images.stored_bytes
    assert factor == pytest.approx(versions / (1 + (versions - 1) * changed / blocks))


# The time of a copy.

Stage = tuple[int, int]  # bytes, bytes a second


def copied(chunks: int, stages: Sequence[Stage]) -> float:
    """Return the seconds that equal chunks take through devices, each a queue of its own."""
    env = Environment()
    devices = [Device(env, 0) for _stage in stages]

    def chunk() -> Iterator[Event]:
        for device, (size, rate) in zip(devices, stages, strict=True):
            yield device.serve(size, rate)

    for _ in range(chunks):
        env.process(chunk())  # type: ignore[arg-type]
    env.run()
    return env.now / SECOND


def copy_stages(size: int, ratio: float, rates: tuple[int, int, int]) -> list[Stage]:
    """Return the stages of a copy: compress, send what is left, decompress."""
    compress, link, decompress = rates
    return [(size, compress), (round(size / ratio), link), (size, decompress)]


RATES = st.integers(1_000_000, 1_000_000_000)


@given(st.integers(1, 40), st.floats(1, 20), st.tuples(RATES, RATES, RATES))
def test_chunks_in_a_pipeline_take_the_sum_of_the_stages_and_the_slowest_for_each_other(
    chunks: int, ratio: float, rates: tuple[int, int, int]
) -> None:
    stages = copy_stages(4 * MIB, ratio, rates)
    times = [size / rate for size, rate in stages]
    expected = sum(times) + (chunks - 1) * max(times)
    assert copied(chunks, stages) == pytest.approx(expected, rel=1e-6)


@given(st.floats(1.05, 20), st.tuples(RATES, RATES, RATES))
def test_one_after_the_other_compression_pays_on_links_slower_than_the_break_even(
    ratio: float, rates: tuple[int, int, int]
) -> None:
    compress, link, decompress = rates
    break_even = (1 - 1 / ratio) / (1 / compress + 1 / decompress)
    if abs(link / break_even - 1) < 1e-3:
        return
    compressed = copied(1, copy_stages(64 * MIB, ratio, rates))
    raw = copied(1, [(64 * MIB, link)])
    assert (compressed < raw) == (link < break_even)


def test_in_a_pipeline_the_slowest_stage_sets_the_pace() -> None:
    size, ratio, compress, decompress = MIB, 2.0, 40_000_000, 200_000_000
    for link, pace in ((10_000_000, 20_000_000), (1_000_000_000, 40_000_000)):
        time = copied(2000, copy_stages(size, ratio, (compress, link, decompress)))
        assert 2000 * size / time == pytest.approx(pace, rel=0.01)


def test_the_file_of_a_stream_is_its_compressed_grains(tmp_path: Path) -> None:
    raw, path, draw = tmp_path / "disk.raw", tmp_path / "disk.vmdk", random.Random(4)
    grains = [draw.randbytes(4000 * n) * (1 + GRAIN // (4000 * n)) for n in range(1, 13)]
    raw.write_bytes(b"".join(grain[:GRAIN] for grain in grains))
    convert_image(raw, path, variant="streamOptimized")
    compressed = [12 + len(zlib.compress(grain[:GRAIN])) for grain in grains]
    table, directory, footer, end = 5 * SECTOR, 2 * SECTOR, 2 * SECTOR, SECTOR
    metadata = GRAIN + table + directory + footer + end
    assert path.stat().st_size == metadata + sum(up(each, SECTOR) for each in compressed)


# The ratio from a sample.


def test_a_ratio_from_a_sample_is_right_on_the_average_and_as_sure_as_the_formula_says(
    tmp_path: Path,
) -> None:
    path, block, draw = tmp_path / "disk.raw", 1024, random.Random(6)
    population = [draw.randbytes(64 * draw.randint(1, 15)).ljust(block, b"x") for _ in range(300)]
    path.write_bytes(b"".join(population))
    shares = [len(zlib.compress(each)) / block for each in population]
    count, draws = 60, 400
    with open_image(path) as image:
        estimates = [
            statistics.mean(
                len(zlib.compress(each)) / block
                for each in sample_blocks(image, count, seed, block)
            )
            for seed in range(draws)
        ]
    variance = statistics.variance(shares) / count * (1 - count / len(shares))
    error = math.sqrt(variance / draws)
    assert statistics.mean(estimates) == pytest.approx(statistics.mean(shares), abs=4 * error)
    spread = statistics.variance(estimates) / variance
    assert abs(spread - 1) < 4 * math.sqrt(2 / (draws - 1))
