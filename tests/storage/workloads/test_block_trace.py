"""Block traces: read as they are, replayed at their times on one disk."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from aio_sim.hardware.device import Disk
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.kernel.errors import WorkloadError
from aio_sim.storage.workloads.block_trace import BlockReplay, BlockRequest, read_block_trace

LOG = """version,time,op,size,lbn
1,100,2a,1000,42
1,100,28,500,43
1,100,35,0,0
1,102,88,2000,44
"""


def replayed(requests: list[BlockRequest], scale: float = 1) -> tuple[BlockReplay, Environment]:
    env, over = Environment(), list[int]()
    disk = Disk(env, 10**9, read_rate=1000, write_rate=500, latency=0)
    replay = BlockReplay(env, disk, iter(requests), scale, lambda: over.append(env.now))
    while env.advance(10):
        pass
    assert over == [env.now]
    return replay, env


def test_reads_and_writes_are_told_from_each_other_and_the_rest_left_out(tmp_path: Path) -> None:
    plain, packed = tmp_path / "log.csv", tmp_path / "log.csv.gz"
    plain.write_text(LOG)
    packed.write_bytes(gzip.compress(LOG.encode()))
    expected = [BlockRequest(100, 1, 1000), BlockRequest(100, 0, 500), BlockRequest(102, 0, 2000)]
    assert list(read_block_trace(plain)) == list(read_block_trace(packed)) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,op,size\n1,28,5\n", r"log.csv:1: needs the columns .*; lbn is missing"),
        ("time,op,size,lbn\n1,28,5,0\nx,28,5,0\n", r"log.csv:3: is no request"),
        ("time,op,size,lbn\n1,zz,5,0\n", r"log.csv:2: is no request"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text(text)
    with pytest.raises(WorkloadError, match=told):
        list(read_block_trace(log))


def test_requests_come_at_their_times_and_wait_for_the_one_disk() -> None:
    replay, env = replayed(
        [BlockRequest(100, 1, 1000), BlockRequest(100, 0, 500), BlockRequest(102, 0, 2000)]
    )
    # written until 2 s, read until 2.5 s, and read again until 4.5 s
    assert env.now == 4.5 * SECOND
    told = replay.latencies.totals("storage.t")
    assert told["storage.t.write.latency.max"] == 2
    assert told["storage.t.read.latency.max"] == 2.5
    assert replay.sizes == [2500, 1000]


def test_times_can_be_scaled() -> None:
    _replay, env = replayed([BlockRequest(0, 0, 0), BlockRequest(10, 0, 0)], scale=0.5)
    assert env.now == 5 * SECOND
