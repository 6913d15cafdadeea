"""A file system on a network with disks: what things take, and what happens when things break."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aio_sim.distributed.file_system import (
    BlocksLost,
    Copies,
    DataNode,
    DistributedFileSystem,
    FileSystemError,
    Striped,
)
from aio_sim.distributed.file_system.durability import overhead, rebuild_time, repair_traffic
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AuditError, InputError, UnknownName
from aio_sim.kernel.trace import Trace
from tests.distributed.file_system.worlds import CLIENT, GIGABIT, World, content

MIB = 2**20
HEARD_FIRST = 630 * SECOND
"""2 x 300 s + 10 x 3 s, what HDFS waits."""


def milliseconds(size: int) -> float:
    """Return how long bytes take at a gigabit a second."""
    return size * 8 / GIGABIT * 1000


def test_bytes_and_files_come_back_as_they_were(tmp_path: Path) -> None:
    world, data = World(), content(3500)
    (tmp_path / "file").write_bytes(data)
    written = world.run(world.system.put("/a/b", tmp_path / "file", CLIENT))
    assert (written.size, written.blocks, written.achieved, written.shortfall) == (3500, 4, 3, "")
    assert world.run(world.system.get("/a/b", "a1")) == data
    assert world.run(world.system.read("/a/b", 3, CLIENT)) == data[3000:]
    assert [view.size for view in world.system.blocks("/a/b")] == [1000, 1000, 1000, 500]
    world.run(world.system.put("/empty", b"", CLIENT))
    assert world.run(world.system.get("/empty", CLIENT)) == b""


@pytest.mark.parametrize("packets", [1, 4, 16])
def test_a_pipeline_of_copies_takes_the_time_of_a_flow_shop(packets: int) -> None:
    size = 16 * MIB
    world = World(capacity=10**10, block_size=size, packet_size=size // packets)
    world.run(world.system.put("/a", content(size), CLIENT))
    expected = (packets + 3 - 1) * milliseconds(size // packets)
    assert world.env.now / 10**6 == pytest.approx(expected, rel=1e-6)


def test_the_slowest_disk_holds_a_pipeline_up() -> None:
    size, packets = 16 * MIB, 8
    world = World(disk=50 * MIB, block_size=size, packet_size=size // packets)
    world.run(world.system.put("/a", content(size), CLIENT))
    network = milliseconds(size // packets)
    disk = size / (50 * MIB) * 1000
    assert world.env.now / 10**6 == pytest.approx(3 * network + disk, rel=1e-6)


def test_a_byte_can_stand_for_many() -> None:
    world = World(capacity=10**12, block_size=128 * MIB, packet_size=16 * MIB)
    sample = content(1000)
    written = world.run(world.system.put("/large", sample, CLIENT, scale=MIB))
    assert (written.size, written.blocks) == (1000 * MIB, 8)
    expected = milliseconds(1000 * MIB) + 8 * 2 * milliseconds(16 * MIB)
    assert world.env.now / 10**6 == pytest.approx(expected, rel=0.02)
    assert world.run(world.system.get("/large", CLIENT)) == sample
    assert sum(node.used for node in world.system.cluster.nodes.values()) == 3000 * MIB


def test_reads_go_to_the_same_node_then_the_rack_then_further() -> None:
    world = World(racks=3, nodes=3)
    world.run(world.system.put("/a", content(900), "a0", redundancy=Copies(1)))
    (view,) = world.system.blocks("/a")
    assert view.nodes == ("a0",)
    for client in ("a0", "a1", "b1", CLIENT):
        world.run(world.system.get("/a", client))
    counts = world.system.counts
    assert (counts.reads_local, counts.reads_rack, counts.reads_remote) == (1, 1, 2)


def test_the_name_node_notices_a_death_after_ten_minutes_and_a_half() -> None:
    world, data = World(), content(900)
    world.run(world.system.put("/a", data, "a0"))
    before = world.env.now
    world.system.fail("a0")
    world.settle(HEARD_FIRST - 3 * SECOND)
    assert world.system.cluster.alive["a0"]
    world.settle(3 * SECOND)
    assert not world.system.cluster.alive["a0"]
    assert before + HEARD_FIRST - 3 * SECOND < world.env.now
    world.settle()
    assert len(world.system.blocks("/a")[0].nodes) == 3
    assert world.system.counts.repairs == 1


def test_a_node_that_comes_back_in_time_was_never_away() -> None:
    world = World()
    world.run(world.system.put("/a", content(900), "a0"))
    world.system.fail("a0")
    world.settle(HEARD_FIRST - 4 * SECOND)
    world.system.revive("a0")
    world.settle()
    assert (world.system.counts.nodes_dead, world.system.counts.repairs) == (0, 0)


def test_a_node_that_comes_back_late_gives_its_copies_up() -> None:
    world = World()
    world.run(world.system.put("/a", content(900), "a0"))
    world.system.fail("a0")
    world.settle()
    world.system.delete("/a")
    world.run(world.system.put("/b", content(900), "a1"))
    world.system.revive("a0")
    world.settle()
    assert not world.system.cluster.nodes["a0"].pieces
    assert len(world.holders(1)) == 3


def test_idle_nodes_cost_nothing() -> None:
    world = World(racks=3, nodes=9)
    world.run(world.system.put("/a", content(900), CLIENT))
    world.settle()
    assert world.env.now < SECOND


def test_a_write_goes_on_without_the_nodes_that_fail_and_is_completed_later() -> None:
    size = 16 * MIB
    world = World(block_size=size, packet_size=MIB)
    event = world.system.put("/a", content(size), CLIENT)
    world.env.run(int(milliseconds(size) * 10**6) // 2)
    busy = [name for name, node in world.system.cluster.nodes.items() if node.promised]
    world.system.fail(busy[0])
    written = world.run(event)
    assert (written.wanted, written.achieved) == (3, 2)
    assert written.shortfall == "/a: 3 pieces a block were wanted, 2 could be placed"
    world.settle()
    assert len(world.system.blocks("/a")[0].nodes) == 3
    assert world.run(world.system.get("/a", CLIENT)) == content(size)


def test_more_copies_than_nodes_are_said_to_be_too_many() -> None:
    world = World(racks=1, nodes=2)
    written = world.run(world.system.put("/a", content(10), CLIENT, redundancy=Copies(5)))
    assert (written.wanted, written.achieved) == (5, 2)


def test_a_write_that_finds_no_node_leaves_nothing_behind() -> None:
    world = World(racks=1, nodes=2, capacity=1500)
    with pytest.raises(FileSystemError, match="too few nodes answer and have room"):
        world.run(world.system.put("/a", content(4000), CLIENT, redundancy=Copies(1)))
    world.settle()
    assert not world.system.entries()
    assert [node.used for node in world.system.cluster.nodes.values()] == [0, 0]


def test_a_file_that_is_deleted_while_written_leaves_nothing_behind() -> None:
    world = World()
    event = world.system.put("/a", content(4000), CLIENT)
    world.env.run(20_000)
    with pytest.raises(FileSystemError, match="being written"):
        world.system.get("/a", CLIENT)
    world.system.delete("/a")
    with pytest.raises(FileSystemError, match="deleted while written"):
        world.run(event)
    world.settle()
    assert not any(node.used or node.promised for node in world.system.cluster.nodes.values())


def test_rot_is_found_by_reading_and_the_next_replica_is_read() -> None:
    world, data = World(), content(900)
    world.run(world.system.put("/a", data, "a0"))
    world.system.rot("a0", 0, 700, 3)
    assert world.run(world.system.get("/a", "a0")) == data
    assert world.system.counts.corrupt == 1
    assert world.system.counts.reads_local == 0
    world.settle()
    assert len(world.holders(0)) == 3


def test_rot_that_nobody_reads_is_found_within_three_weeks() -> None:
    world = World()
    world.run(world.system.put("/a", content(900), "a0"))
    written = world.env.now
    world.settle(SECOND)
    world.system.rot("a0", 0, 1, 1)
    world.settle(504 * 3600 * SECOND - 2 * SECOND)
    assert world.system.counts.corrupt == 0
    world.settle()
    assert world.system.counts.corrupt == 1
    assert world.env.now >= written + 504 * 3600 * SECOND
    assert len(world.holders(0)) == 3


def test_a_scan_reads_the_whole_disk_and_names_what_has_rotted() -> None:
    world = World(disk=1000)
    world.run(world.system.put("/a", content(3000), "a0"))
    world.system.rot("a0", 1, 5)
    before = world.env.now
    assert world.run(world.system.scan("a0")) == [1]
    assert world.env.now - before == 3 * SECOND


def test_a_get_names_exactly_the_lost_blocks() -> None:
    world, data = World(racks=3, nodes=3), content(9000)
    world.run(world.system.put("/a", data, CLIENT, redundancy=Copies(2)))
    views = world.system.blocks("/a")
    gone = set(views[4].nodes)
    for name in gone:
        world.system.fail(name)
    lost = [view.number for view in views if set(view.nodes) <= gone]
    with pytest.raises(BlocksLost, match="too few whole pieces are left") as failure:
        world.run(world.system.get("/a", CLIENT))
    assert list(failure.value.blocks) == lost
    for name in gone:
        world.system.revive(name)
    assert world.run(world.system.get("/a", CLIENT)) == data


def test_stripes_survive_as_many_nodes_as_they_have_parity_and_no_more() -> None:
    world, data = World(racks=3, nodes=3), content(5000)
    code = Striped(4, 2, cell=100)
    world.run(world.system.put("/a", data, CLIENT, redundancy=code))
    nodes = world.system.blocks("/a")[0].nodes
    for name in nodes[:2]:
        world.system.fail(name)
    assert world.run(world.system.get("/a", CLIENT)) == data
    world.system.fail(nodes[3])
    with pytest.raises(BlocksLost):
        world.run(world.system.get("/a", CLIENT))


def test_a_repair_of_stripes_reads_k_pieces_and_one_of_copies_reads_one() -> None:
    for code in (Copies(3), Striped(4, 2, cell=100)):
        world = World(racks=3, nodes=3)
        world.run(world.system.put("/a", content(800), CLIENT, redundancy=code))
        node = world.system.blocks("/a")[0].nodes[-1]
        size = world.system.cluster.nodes[node].used
        world.system.fail(node)
        world.settle()
        assert world.system.counts.repair_bytes == repair_traffic(size, code.needed)


def test_the_space_taken_is_the_overhead() -> None:
    for code in (Copies(3), Striped(4, 2, cell=100), Striped(6, 3, cell=10)):
        world = World(racks=3, nodes=3)
        world.run(world.system.put("/a", content(2400), CLIENT, redundancy=code))
        used = sum(node.used for node in world.system.cluster.nodes.values())
        assert used == 2400 * overhead(code.width, code.needed)
        assert world.system.status("/a").space == used


def test_the_most_urgent_blocks_are_repaired_first() -> None:
    rate = GIGABIT // 8  # so that no repair slows another
    sizes = {"block_size": MIB, "packet_size": MIB}
    world = World(racks=1, nodes=6, streams=1, urgent_streams=1, repair_rate=rate, **sizes)
    system = world.system
    for number in range(6):
        system.install(f"/safe{number}", content(MIB), "a0", redundancy=Copies(3))
    system.install("/risky", content(MIB), "a0", redundancy=Copies(2))
    system.fail("a0", disk_lost=True)
    while system.cluster.alive["a0"]:
        world.env.step()
    world.settle(int(8 * milliseconds(MIB) * 1.5 * 10**6))
    assert len(world.holders(6)) == 2, "the last one, but the only one with one copy left"
    assert any(len(world.holders(number)) == 2 for number in range(6))
    world.settle()


def test_a_node_is_the_source_of_few_repairs_at_once() -> None:
    world = World(racks=1, nodes=5, block_size=MIB, packet_size=MIB, capacity=10**9)
    for number in range(20):
        world.system.install(f"/{number}", content(1024), "a0", redundancy=Copies(3), scale=1024)
    world.system.fail("a0")
    world.settle(HEARD_FIRST + SECOND // 10**6)
    streams = world.system.manager.repairer.streams
    assert 2 <= max(streams.values()) <= 4
    world.settle()
    assert not any(streams.values())
    assert all(len(world.holders(number)) == 3 for number in range(20))


def test_a_rebuild_takes_at_least_the_time_of_the_formula_and_not_much_more() -> None:
    world = World(
        racks=1, nodes=11, block_size=MIB, packet_size=MIB // 8, capacity=10**10, streams=4
    )
    for number in range(220):
        writer = world.names[number % 11]
        world.system.install(f"/{number}", bytes(64), writer, scale=MIB // 64)
    held = world.system.cluster.nodes["a0"].used
    world.system.fail("a0")
    while world.system.cluster.alive["a0"]:
        world.env.step()
    begun = world.env.now
    world.settle()
    taken = (world.env.now - begun) / SECOND
    least = rebuild_time(held, 10, GIGABIT / 8)
    assert least < taken < 2 * least


def test_a_node_may_go_when_all_it_holds_is_elsewhere() -> None:
    world = World(racks=2, nodes=3)
    data = content(3000)
    world.run(world.system.put("/a", data, "a0"))
    assert world.run(world.system.decommission("a0")) == "a0"
    world.system.fail("a0", disk_lost=True)
    assert world.run(world.system.get("/a", CLIENT)) == data
    assert all(len(world.holders(number)) == 3 for number in range(3))
    assert world.run(world.system.decommission("b0")) == "b0"


def test_balancing_brings_all_near_to_the_mean_and_keeps_the_racks() -> None:
    world = World(racks=2, nodes=4, capacity=100_000)
    for number in range(30):
        world.system.install(f"/{number}", content(1000, number), "a0", redundancy=Copies(2))
    nodes = world.system.cluster.nodes
    assert nodes["a0"].used == 30_000
    moved = world.run(world.system.balance(Fraction(1, 20)))
    mean = sum(node.used for node in nodes.values()) / 8
    assert all(abs(node.used - mean) <= 5000 for node in nodes.values())
    assert moved == world.system.counts.balance_bytes >= 30_000 - mean - 5000
    for number in range(30):
        assert {name[0] for name in world.system.blocks(f"/{number}")[0].nodes} == {"a", "b"}
        assert world.run(world.system.get(f"/{number}", CLIENT)) == content(1000, number)


def test_after_a_restart_nothing_is_written_until_the_blocks_are_reported() -> None:
    world = World()
    world.run(world.system.put("/a", content(2000), CLIENT))
    begun = world.env.now
    left = world.system.restart()
    with pytest.raises(FileSystemError, match="safe mode: 0 of 2 blocks were reported"):
        world.system.put("/b", b"x", CLIENT)
    world.run(left)
    assert 30 * SECOND < world.env.now - begun <= 33 * SECOND
    assert world.run(world.system.get("/a", CLIENT)) == content(2000)
    assert world.system.counts.repairs == 0


def test_too_few_reports_keep_the_name_node_in_safe_mode() -> None:
    world = World()
    world.run(world.system.put("/a", content(2000), "a0", redundancy=Copies(1)))
    world.system.fail("a0")
    world.system.restart()
    world.settle()
    assert world.system.safe
    world.system.revive("a0")
    world.settle()
    assert not world.system.safe


def test_a_cut_link_is_got_around() -> None:
    world = World(racks=3, nodes=3)
    data = content(900)
    world.run(world.system.put("/a", data, "a0"))
    world.network.fail("a0-up")
    assert world.run(world.system.get("/a", CLIENT)) == data
    written = world.run(world.system.put("/b", data, CLIENT))
    assert written.achieved >= 1
    assert world.run(world.system.get("/b", "b0")) == data


def test_names_are_moved_counted_and_limited() -> None:
    world = World()
    system = world.system
    system.make_directory("/team")
    system.set_quota("/team", space=5000)
    world.run(system.put("/team/a", content(1000), CLIENT))
    with pytest.raises(FileSystemError, match="quota of /team is 5000 bytes; 3000 are used, 3000"):
        system.put("/team/b", content(1000), CLIENT)
    system.rename("/team/a", "/moved")
    assert [(status.path, status.size) for status in system.entries()] == [
        ("/moved", 1000),
        ("/team", 0),
    ]
    assert system.status("/").names == 3
    system.delete("/moved")
    assert not any(node.used for node in system.cluster.nodes.values())


def test_the_totals_are_reported() -> None:
    world, trace = World(), Trace("tasks")
    world.system.report(trace)
    assert not trace.totals
    world.run(world.system.put("/a", content(2500), CLIENT))
    world.run(world.system.get("/a", CLIENT))
    world.system.report(trace)
    totals = dict(trace.totals)
    assert totals["dfs.blocks"] == 3
    assert totals["dfs.replicas"] == 9
    assert totals["dfs.bytes.stored"] == 3 * 2500
    assert totals["dfs.bytes.written"] == totals["dfs.bytes.read"] == 2500
    assert totals["dfs.under_replicated"] == totals["dfs.lost"] == 0
    assert totals["dfs.reads.remote"] == 3


def test_an_audit_finds_books_that_are_wrong() -> None:
    world = World()
    world.run(world.system.put("/a", content(900), "a0"))
    world.system.cluster.nodes["a0"].used += 1
    with pytest.raises(AuditError, match="a0: 900 bytes are stored, the books say 901"):
        world.system.check()
    world.system.cluster.nodes["a0"].used -= 1
    del world.system.cluster.nodes["a0"].pieces[0]
    world.system.cluster.nodes["a0"].used = 0
    with pytest.raises(AuditError, match="not what it is said to hold"):
        world.system.check()


def test_what_cannot_be_is_refused() -> None:
    world = World()
    world.run(world.system.put("/a", content(900), "a0"))
    with pytest.raises(UnknownName, match="unknown data node 'a9'"):
        world.system.fail("a9")
    with pytest.raises(InputError, match="no bit 9"):
        world.system.rot("a0", 0, 1, 9)
    with pytest.raises(InputError, match="1 blocks, there is no block 1"):
        world.system.read("/a", 1, CLIENT)
    with pytest.raises(InputError, match="scale"):
        world.system.put("/b", b"x", CLIENT, scale=0)
    with pytest.raises(FileSystemError, match="is there already"):
        world.system.put("/a", b"x", CLIENT)
    nodes = [DataNode("n", "r", 1), DataNode("n", "r", 1)]
    for wrong, said in ((nodes, "two data nodes"), ([], "needs a data node")):
        with pytest.raises(InputError, match=said):
            DistributedFileSystem(world.env, world.network, wrong, world.rng)
