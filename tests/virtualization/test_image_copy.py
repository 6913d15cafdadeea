"""A copy of an image on the event loop is the pipeline of the formula, and shares its devices."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy.events import AllOf

from aio_sim.codecs.stream import compress
from aio_sim.hardware.network import Link, Network, Topology
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.process import Process
from aio_sim.virtualization.compression_costs import (
    SPEEDS,
    Compression,
    CompressionSpeed,
    reached_ratio,
    zero_ratio,
)
from aio_sim.virtualization.copy_plan import pipeline_time, pipelined_break_even, serial_break_even
from aio_sim.virtualization.image_copier import ImageCopier
from aio_sim.virtualization.image_copy import STAGES, CopyResult, ImageCopy
from aio_sim.virtualization.images import create_image, open_image, sample_blocks
from tests.virtualization.migration.world import MIB, Space, Wire, make_host

LZ77, LZ78, NONE = Compression.LZ77, Compression.LZ78, Compression.NONE
RATES = st.integers(10 * MIB, 2000 * MIB)


class World:
    """Two hosts with disks, and a wire between them."""

    def __init__(
        self,
        bandwidth: int = 10**9,
        read: int = 500 * MIB,
        write: int = 500 * MIB,
        space: int = 1 << 50,
    ) -> None:
        self.env, self.trace = Environment(), Trace("full")
        self.wire, self.space = Wire(self.env, bandwidth), Space(space)
        self.here = make_host(self.env, "here", trace=self.trace, read=read, write=write)
        self.there = make_host(self.env, "there", trace=self.trace, read=read, write=write)
        number = itertools.count().__next__
        self.copier = ImageCopier(self.env, self.trace, self.wire, self.space, number)

    def copy(self, image: ImageCopy) -> CopyResult:
        result = self.env.run(self.copier.copy(image, self.here, self.there))
        assert isinstance(result, CopyResult)
        return result


def up(size: int, rate: int) -> int:
    return -(-size * SECOND // rate)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.sampled_from(Compression),
    st.integers(100, 1000),
    st.tuples(RATES, RATES, RATES, RATES, RATES),
    st.integers(1, 4),
)
def test_equal_chunks_take_the_time_of_the_flow_shop(
    chunks: int,
    compression: Compression,
    percent: int,
    rates: tuple[int, int, int, int, int],
    buffer: int,
) -> None:
    read, packed, link, unpacked, write = rates
    ratio = Fraction(percent, 100) if compression is not NONE else Fraction(1)
    image = ImageCopy(
        "disk",
        chunks * MIB,
        compression=compression,
        ratio=ratio,
        speed=CompressionSpeed(packed, unpacked),
        chunk=MIB,
        buffer=buffer,
    )
    result = World(8 * link, read, write).copy(image)
    sent = -(-MIB * ratio.denominator // ratio.numerator)
    stages = [up(MIB, read), up(sent, link), up(MIB, write)]
    if compression is not NONE:
        stages += [up(MIB, packed), up(MIB, unpacked)]
    assert result.time == pytest.approx(pipeline_time(stages, chunks), abs=5)
    assert result.sent == chunks * sent
    assert result.written == chunks * MIB


@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.integers(0, 30))
def test_the_formula_is_the_recursion_of_the_flow_shop(stages: list[int], chunks: int) -> None:
    free = [0] * len(stages)
    for _ in range(chunks):
        ready = 0
        for at, time in enumerate(stages):
            free[at] = ready = max(ready, free[at]) + time
    assert pipeline_time(stages, chunks) == free[-1]


def test_the_slowest_stage_is_named() -> None:
    slow = {
        "read": World(read=20 * MIB),
        "send": World(10**8),
        "write": World(write=20 * MIB),
    }
    for stage, world in slow.items():
        assert world.copy(ImageCopy("disk", 64 * MIB)).bottleneck == stage
    image = ImageCopy("disk", 64 * MIB, compression=LZ77, ratio=Fraction(2))
    result = World(10**10).copy(image)
    assert result.bottleneck == "compress"
    assert result.busy["compress"] == pytest.approx(up(64 * MIB, SPEEDS[LZ77].compress), abs=100)


def test_compression_wins_on_links_slower_than_the_break_even_and_loses_on_faster_ones() -> None:
    ratio, disks = 2.5, 500 * MIB
    for algorithm in (LZ77, LZ78):
        speed = SPEEDS[algorithm]
        even = pipelined_break_even(ratio, speed.compress, speed.decompress, disks)
        for factor, wins in ((0.5, True), (0.9, True), (1.1, False), (3, False)):
            bandwidth = int(8 * even * factor)
            raw = World(bandwidth).copy(ImageCopy("disk", 400 * MIB))
            packed = World(bandwidth).copy(
                ImageCopy("disk", 400 * MIB, compression=algorithm, ratio=Fraction(5, 2))
            )
            assert (packed.time < raw.time) == wins


def test_nothing_is_gained_where_nothing_shrinks() -> None:
    assert pipelined_break_even(1.0, 10, 10) == 0
    assert serial_break_even(1.0, 10, 10) == 0
    assert pipelined_break_even(2.0, 30, 90, disks=20) == 20


@given(st.floats(1.01, 50), st.floats(1, 1e9), st.floats(1, 1e9))
def test_in_a_pipeline_compression_pays_on_faster_links_than_step_after_step(
    ratio: float, compress: float, decompress: float
) -> None:
    serial = serial_break_even(ratio, compress, decompress)
    assert serial < pipelined_break_even(ratio, compress, decompress)
    assert serial < compress


# What is sent: stored blocks, or the whole disk.


@settings(deadline=None)
@given(
    st.integers(0, 3 * MIB),
    st.floats(0, 1),
    st.booleans(),
    st.one_of(st.none(), st.integers(1000, MIB)),
    st.sampled_from(Compression),
)
def test_the_pieces_are_the_image(
    size: int, share: float, whole: bool, chunk: int | None, compression: Compression
) -> None:
    stored = int(size * share)
    image = ImageCopy("disk", size, stored, whole, compression, Fraction(2), chunk=chunk)
    pieces = image.chunks()
    assert sum(piece.read for piece in pieces) == stored
    assert sum(piece.data for piece in pieces) == image.payload == (size if whole else stored)
    assert all(0 <= piece.read <= piece.data for piece in pieces)
    if compression is NONE:
        assert all(piece.sent == piece.data for piece in pieces)


def test_a_sparse_image_costs_what_it_stores() -> None:
    size, stored = 1024 * MIB, 64 * MIB
    sparse = World().copy(ImageCopy("disk", size, stored))
    whole = World().copy(ImageCopy("disk", size, stored, whole=True))
    assert (sparse.sent, whole.sent) == (stored, size)
    assert whole.time / sparse.time == pytest.approx(16, rel=0.05)
    packed = World().copy(ImageCopy("disk", size, stored, True, LZ77, Fraction(2)))
    zeros = (size - stored) / zero_ratio(LZ77)
    assert packed.sent == pytest.approx(stored / 2 + zeros, rel=1e-4)


def test_a_large_image_costs_a_bounded_number_of_pieces() -> None:
    assert len(ImageCopy("disk", 1 << 44).chunks()) <= 256
    assert len(ImageCopy("disk", 5 * MIB).chunks()) == 5
    assert ImageCopy("disk", 0).chunks() == []


def test_an_empty_image_is_copied_at_once() -> None:
    result = World().copy(ImageCopy("disk", 100, stored=0))
    assert (result.succeeded, result.time, result.sent, result.ratio) == (True, 0, 0, 1.0)


# The ratio that the real codecs reach.


def test_the_ratio_is_that_of_the_codec_on_blocks_of_the_image(tmp_path: Path) -> None:
    draw, path = random.Random(2), tmp_path / "disk.vmdk"
    create_image(path, 4 * MIB)
    with open_image(path, writable=True) as image:
        lines = (b"%d lines of a log\n" % draw.randrange(999) for _line in range(9000))
        image.write(MIB, b"".join(lines))
    with open_image(path) as image:
        blocks = sample_blocks(image, 2, seed=1)
    for compression in (LZ77, LZ78):
        ratio = reached_ratio(blocks, compression)
        streams = [compress(block, compression.value) for block in blocks]
        assert ratio == Fraction(sum(map(len, blocks)), sum(map(len, streams)))
        assert ratio > 2
    assert reached_ratio(blocks, NONE) == reached_ratio([], LZ77) == 1
    assert [round(zero_ratio(each)) for each in (LZ77, LZ78)] == [537, 88]


# What others do, and what goes wrong.


def test_a_busy_host_makes_compression_slower() -> None:
    image = ImageCopy("disk", 64 * MIB, compression=LZ77, ratio=Fraction(2))
    alone, busy = World(), World()
    for number in range(4):
        busy.here.cpu.accept(Process(10**6 + number, 0, 10 * SECOND))
    assert busy.copy(image).time > alone.copy(image).time


def test_compression_takes_processor_time_at_both_ends() -> None:
    world = World()
    world.copy(ImageCopy("disk", 56 * 10**6, compression=LZ77, ratio=Fraction(2)))
    here, there = world.here.cpu.busy, world.there.cpu.busy  # type: ignore[attr-defined]
    assert here == pytest.approx(SECOND, rel=1e-6)
    assert there == pytest.approx(SECOND * 56 / 539, rel=1e-6)


def test_two_copies_share_the_disk_that_they_read() -> None:
    world = World(10**11, read=100 * MIB)
    copies = [
        world.copier.copy(ImageCopy(name, 100 * MIB), world.here, world.there) for name in "ab"
    ]
    world.env.run(AllOf(world.env, copies))
    assert world.env.now == pytest.approx(2 * SECOND, rel=0.02)


def test_a_cut_leaves_nothing_behind() -> None:
    world = World()
    world.wire.cut_at(SECOND)
    result = world.copy(ImageCopy("disk", 500 * MIB))
    assert (result.succeeded, result.reason, result.time) == (False, "the link is cut", SECOND)
    assert world.space.used == {"there": 0}
    assert 0 < result.written < result.sent <= 10**9 // 8
    assert world.copier.totals()["image.copy.failed"] == 1
    world.env.run()  # nothing of it goes on for ever
    world.wire.whole = True
    assert world.copy(ImageCopy("disk", MIB)).succeeded


def test_without_space_nothing_is_sent() -> None:
    world = World(space=MIB)
    result = world.copy(ImageCopy("disk", 2 * MIB))
    assert result.reason == "there has no space"
    assert world.wire.sizes == []


def test_each_stage_leaves_a_span_also_when_it_is_cut_short() -> None:
    image = ImageCopy("disk", 64 * MIB, compression=LZ77, ratio=Fraction(2))
    for cut in (None, SECOND // 5):
        world = World()
        if cut:
            world.wire.cut_at(cut)
        result = world.copy(image)
        text = world.trace.text
        spans = {
            text(row[0]): (row[3], row[4])
            for row in world.trace.spans.rows()
            if text(row[1]) == "copy disk"
        }
        assert spans.pop("copy from here to there") == (0, result.time)
        if cut:
            assert spans.pop(f"copy failed: {result.reason}") == (result.time, result.time)
        numbers = [*(result.busy[stage] for stage in STAGES), result.written, result.sent]
        account = "copy stages " + " ".join(map(str, numbers))
        assert spans.pop(account) == (result.time, result.time)
        assert set(spans) == {f"copy {stage}" for stage in STAGES}
        assert spans["copy write"][1] == result.time
        assert sum(result.busy.values()) <= sum(end - start for start, end in spans.values())


def test_what_is_under_way_at_the_end_of_a_run_is_written_too() -> None:
    world = World()
    world.copier.copy(ImageCopy("disk", 500 * MIB), world.here, world.there)
    world.env.run(SECOND)
    world.copier.close()
    ends = {world.trace.text(row[0]): row[4] for row in world.trace.spans.rows()}
    assert ends["copy send"] == SECOND


def test_on_the_real_network_two_copies_share_the_link() -> None:
    env, trace = Environment(), Trace()
    here, there = (make_host(env, name, read=1 << 40, write=1 << 40) for name in "ab")
    network = Network(env, Topology(("a", "b"), (), (Link("l", ("a", "b"), 10**9),)))
    copier = ImageCopier(env, trace, network, Space(), itertools.count().__next__)
    copies = [copier.copy(ImageCopy(name, 100 * MIB), here, there) for name in "xy"]
    env.run(AllOf(env, copies))
    assert env.now == pytest.approx(2 * 8 * 100 * MIB * SECOND / 10**9, rel=0.02)
    failing = copier.copy(ImageCopy("z", 100 * MIB), here, there)
    env.run(env.now + SECOND // 10)
    network.fail("l")
    result = env.run(failing)
    assert isinstance(result, CopyResult)
    assert "cut" in result.reason


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="disk: from 0 to 5 bytes can be stored, not 6"):
        ImageCopy("disk", 5, stored=6)
    with pytest.raises(InputError, match="at least 1"):
        ImageCopy("disk", 5, buffer=0)
    with pytest.raises(InputError, match="at least one byte"):
        CompressionSpeed(0, 5)
    with pytest.raises(UnknownName, match="did you mean 'lz77'"):
        Compression.named("lz-77")
