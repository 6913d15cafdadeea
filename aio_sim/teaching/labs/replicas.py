"""The lab on redundancy: where the pieces of a file's blocks are, and what is lost with nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aio_sim.distributed.file_system import (
    Copies,
    DataNode,
    DistributedFileSystem,
    Redundancy,
    Settings,
    Striped,
)
from aio_sim.distributed.file_system.durability import loss_probability, overhead
from aio_sim.hardware.network import Link, Network, Switch, Topology
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.teaching.labs.drawing import integer, one_of, stream

MOST_NODES: Final = 100
MOST_BLOCKS: Final = 100
SCHEMES: Final = ("1", "2", "3", "rs-3-2", "rs-6-3")
"""Redundancies that are drawn: copies, or pieces of data and of parity."""

_REDUNDANCY: Final = re.compile(
    r"(?P<copies>[0-9]{1,4})|rs-(?P<data>[0-9]{1,4})-(?P<parity>[0-9]{1,4})"
)
_PATH: Final = "/file"
_SWITCH: Final = "switch"


@dataclass(frozen=True)
class ReplicasProblem:
    """A file of so many blocks, written by `writer`, on nodes dealt out to racks in turn.

    `failed` are the nodes that then die with their disks.
    """

    nodes: int
    racks: int
    blocks: int
    redundancy: Redundancy
    writer: str
    failed: tuple[str, ...]
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the nodes."""
        return tuple(f"node-{number}" for number in range(self.nodes))

    def rack(self, node: str) -> str:
        """Return the rack of a node."""
        return f"rack-{self.names.index(node) % self.racks}"

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "nodes": self.nodes,
            "racks": self.racks,
            "blocks": self.blocks,
            "pieces": self.redundancy.width,
            "needed": self.redundancy.needed,
            "writer": self.writer,
            "failed": list(self.failed),
        }


class BlockFate(NamedTuple):
    """The nodes that held pieces of a block, and those that do still."""

    nodes: tuple[str, ...]
    left: tuple[str, ...]
    needed: int

    @property
    def state(self) -> str:
        """Whether it is `whole`, `short` of pieces, or `lost`."""
        if len(self.left) < self.needed:
            return "lost"
        return "whole" if self.left == self.nodes else "short"

    def as_json(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        return {"nodes": list(self.nodes), "left": list(self.left), "state": self.state}


@dataclass(frozen=True)
class ReplicasAnswer:
    """What became of each block.

    `chance` is that of a block to be lost where each node is down with that of `down`.
    """

    blocks: tuple[BlockFate, ...]
    overhead: float
    tolerated: int
    """So many of a block's pieces may be lost, whichever they are."""
    down: float
    chance: float

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        states = [block.state for block in self.blocks]
        return {
            "blocks": [block.as_json() for block in self.blocks],
            "short": states.count("short"),
            "lost": states.count("lost"),
            "overhead": self.overhead,
            "tolerated": self.tolerated,
            "loss_probability": self.chance,
        }


def draw(
    seed: int,
    *,
    nodes: int | None = None,
    racks: int | None = None,
    blocks: int | None = None,
    redundancy: str | None = None,
    failed: Sequence[str] | None = None,
) -> ReplicasProblem:
    """Return a problem with what is given, the rest drawn under `seed`.

    `redundancy` is a number of copies, or `rs-DATA-PARITY`. Raises InputError for what cannot be,
    UnknownName for a node that there is not.
    """
    kept = read_redundancy(redundancy or one_of(stream(seed, "replicas", "redundancy"), SCHEMES))
    if nodes is None:
        nodes = max(integer(stream(seed, "replicas", "nodes"), 6, 9), kept.width)
    if racks is None:
        racks = integer(stream(seed, "replicas", "racks"), 2, 3)
    if blocks is None:
        blocks = integer(stream(seed, "replicas", "blocks"), 4, 6)
    _check(nodes, racks, blocks, kept)
    names = [f"node-{number}" for number in range(nodes)]
    if failed is None:
        order = stream(seed, "replicas", "failed").permutation(nodes)
        failed = sorted(
            names[at] for at in order[: integer(stream(seed, "replicas", "many"), 1, 3)]
        )
    for name in failed:
        if name not in names:
            raise UnknownName(_("node"), name, names)
    writer = names[integer(stream(seed, "replicas", "writer"), 0, nodes - 1)]
    return ReplicasProblem(nodes, racks, blocks, kept, writer, tuple(failed), seed)


def solve(problem: ReplicasProblem, down: float = 0.01) -> ReplicasAnswer:
    """Return what becomes of each block, as the file system places them."""
    views = _file_system(problem).blocks(_PATH)
    failed = set(problem.failed)
    width, needed = problem.redundancy.width, problem.redundancy.needed
    fates = tuple(
        BlockFate(view.nodes, tuple(node for node in view.nodes if node not in failed), needed)
        for view in views
    )
    return ReplicasAnswer(
        fates, overhead(width, needed), width - needed, down, loss_probability(width, needed, down)
    )


def read_redundancy(text: str) -> Redundancy:
    """Return the redundancy of a number of copies or `rs-DATA-PARITY`; InputError for another."""
    match = _REDUNDANCY.fullmatch(text)
    if match and match["copies"]:
        return Copies(int(match["copies"]))
    if match:
        return Striped(int(match["data"]), int(match["parity"]))
    sentence = _("expected a number of copies, or rs-DATA-PARITY as in rs-6-3; got {text!r}")
    raise InputError(sentence.format(text=text[:32]))


def _check(nodes: int, racks: int, blocks: int, redundancy: Redundancy) -> None:
    for name, value, least, most in (
        ("nodes", nodes, redundancy.width, MOST_NODES),
        ("racks", racks, 1, nodes),
        ("blocks", blocks, 1, MOST_BLOCKS),
    ):
        if not least <= value <= most:
            sentence = _("{name}: expected {least} to {most}, got {value}")
            told = sentence.format(name=name, least=least, most=most, value=value)
            raise InputError(told)


def _file_system(problem: ReplicasProblem) -> DistributedFileSystem:
    """Return a file system on which the file has been written; a byte stands for a block."""
    env = Environment()
    nodes = [DataNode(name, problem.rack(name), 10**6) for name in problem.names]
    links = tuple(Link(name, (name, _SWITCH), 10**9) for name in problem.names)
    network = Network(env, Topology(problem.names, (Switch(_SWITCH),), links))
    random = RandomStreams(problem.seed).stream("lab.replicas.placement")
    settings = Settings(redundancy=problem.redundancy, block_size=1, packet_size=1)
    files = DistributedFileSystem(env, network, nodes, random, settings)
    files.install(_PATH, bytes(problem.blocks * _data_pieces(problem.redundancy)), problem.writer)
    return files


def _data_pieces(redundancy: Redundancy) -> int:
    """Return the bytes of a block where a node's part is one byte."""
    return 1 if redundancy.identical else redundancy.needed
