"""Whatever happens in whatever order: data comes back as it was, or the lost blocks are named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from aio_sim.distributed.file_system import BlocksLost, Copies, FileSystemError, Striped
from aio_sim.kernel.environment import SECOND
from tests.distributed.file_system.worlds import CLIENT, World, content

CODES = st.sampled_from([Copies(1), Copies(2), Copies(3), Striped(3, 2, cell=64)])
NODES = st.integers(0, 8)
WAITS = st.sampled_from([1000, 20_000, SECOND, 400 * SECOND, 700 * SECOND])


class AnySchedule(RuleBasedStateMachine):
    """Puts, gets, deletes, failures, revivals, rot and restarts, in any order and overlapping."""

    paths = Bundle("paths")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(racks=3, nodes=3, disk=10**9)
        self.system = self.world.system
        self.acknowledged: dict[str, bytes] = {}
        self.count = 0

    @rule(target=paths, size=st.integers(0, 4000), code=CODES, wait=st.integers(1, 60_000))
    def put(self, size: int, code: Any, wait: int) -> str:
        self.count += 1
        path, data = f"/files/{self.count}", content(size, self.count)
        if self.system.safe:
            return path
        event = self.system.put(path, data, CLIENT, redundancy=code)

        def ended(event: Any) -> None:
            event.defused = True
            if event.ok:
                self.acknowledged[path] = data

        assert event.callbacks is not None
        event.callbacks.append(ended)
        self.wait(wait)
        return path

    @rule(path=paths)
    def delete(self, path: str) -> None:
        if not self.system.safe:
            try:
                self.system.delete(path)
            except FileSystemError:
                assert path not in self.acknowledged
            self.acknowledged.pop(path, None)

    @rule(path=paths, client=st.sampled_from([CLIENT, "a0"]))
    def get(self, path: str, client: str) -> None:
        if path not in self.acknowledged or self.system.safe:
            return
        event = self.system.get(path, client)
        if lost := self.lost(path):
            with pytest.raises(BlocksLost) as failure:
                self.world.run(event)
            assert list(failure.value.blocks) == lost
        else:
            assert self.world.run(event) == self.acknowledged[path]

    @rule(node=NODES, disk_lost=st.booleans())
    def fail(self, node: int, disk_lost: bool) -> None:
        self.system.fail(self.world.names[node], disk_lost)

    @rule(node=NODES)
    def revive(self, node: int) -> None:
        self.system.revive(self.world.names[node])

    @rule(node=NODES, data=st.data())
    def rot(self, node: int, data: st.DataObject) -> None:
        name = self.world.names[node]
        pieces = self.system.cluster.nodes[name].pieces
        there = [number for number, piece in pieces.items() if piece.data]
        if there:
            block = data.draw(st.sampled_from(there))
            byte = data.draw(st.integers(0, len(pieces[block].data) - 1))
            self.system.rot(name, block, byte, data.draw(st.integers(0, 7)))

    @rule()
    def restart(self) -> None:
        self.system.restart()

    @rule(long=WAITS)
    def wait(self, long: int) -> None:
        self.world.env.run(self.world.env.now + long)

    @rule()
    def settle(self) -> None:
        self.world.settle()

    @invariant()
    def the_books_are_right(self) -> None:
        self.system.check()

    def lost(self, path: str) -> list[int]:
        """Return the blocks that cannot be read, by what is really on the disks."""
        nodes = self.system.cluster.nodes.values()
        lost = []
        for block in self.system.namespace.file(path).blocks:
            pieces = [node.pieces.get(block.number) for node in nodes if node.up]
            whole = {piece.number for piece in pieces if piece is not None and piece.intact}
            if len(whole) < block.code.needed:
                lost.append(block.number)
        return lost


FEW = settings(max_examples=40, stateful_step_count=25)
MANY = settings(max_examples=400, stateful_step_count=60)


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_what_was_acknowledged_comes_back_or_exactly_the_lost_blocks_are_named(
    many: settings,
) -> None:
    run_state_machine_as_test(AnySchedule, settings=many)


@settings(max_examples=25)
@given(
    st.sampled_from([(Copies(2), 1), (Copies(3), 2), (Striped(3, 2, cell=64), 2)]),
    st.lists(st.tuples(st.integers(1, 2), st.randoms(use_true_random=False)), max_size=4),
    st.integers(1, 5000),
)
def test_nothing_is_lost_while_fewer_nodes_fail_at_once_than_there_are_pieces_to_spare(
    promise: tuple[Any, int], failures: list[tuple[int, Any]], size: int
) -> None:
    code, spare = promise
    world = World(racks=3, nodes=5)
    data = content(size)
    world.run(world.system.put("/kept", data, CLIENT, redundancy=code))
    for many, random in failures:
        up = [name for name, node in world.system.cluster.nodes.items() if node.up]
        for name in random.sample(up, min(many, spare)):
            world.system.fail(name, disk_lost=True)
        world.settle()
        assert not world.system.manager.map.under
        assert world.run(world.system.get("/kept", CLIENT)) == data
