"""The options of `aio-sim mapreduce`, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, NamedTuple, TypeAlias

import typer

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Engine(StrEnum):
    """Who runs a job."""

    SIMULATED = "simulated"
    LOCAL = "local"
    DASK = "dask"


class Backups(StrEnum):
    """When a straggler's work is begun a second time."""

    NONE = "none"
    NEAR_END = "near-end"
    LATE = "late"


class NodeFailure(NamedTuple):
    """A node and the instant (nanoseconds) at which it fails."""

    node: str
    time: int


JobName: TypeAlias = Annotated[
    str, typer.Option("--job", metavar="JOB", help="A shipped job's name, or a Python file.")
]
Inputs: TypeAlias = Annotated[
    list[str], typer.Option("--input", metavar="FILE", help="A file to read; repeatable.")
]
Nodes: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=10_000, help="Nodes node-0, node-1, ...")
]
Racks: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=1_000, help="Racks that the nodes are dealt out to.")
]
Replication: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=100, help="Copies of each block, in and out.")
]
BlockSize: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Input of a map; such that there are two maps a slot."),
]
Reducers: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=100_000, help="Reduce tasks; as many as nodes."),
]
Failures: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--fail", metavar="NODE@TIME", help="Let a node fail; repeatable."),
]
StragglerChance: TypeAlias = Annotated[
    float, typer.Option(metavar="P", min=0, max=1, help="Chance that an attempt is 5 times slow.")
]
BackupKind: TypeAlias = Annotated[
    Backups, typer.Option(help="Which stragglers are begun a second time.")
]
Delay: TypeAlias = Annotated[
    str, typer.Option(metavar="TIME", help="What a map waits for a slot near its data.")
]
Skip: TypeAlias = Annotated[
    bool, typer.Option("--skip-bad-records", help="Leave out records that fail, and count them.")
]
Encoding: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", help="Of the text; what cannot be decoded is replaced.")
]
Parameters: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--parameter", metavar="NAME=VALUE", help="Of the job; repeatable."),
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=1_000, help="Processes of the engine local; all cores."),
]
DaskAddress: TypeAlias = Annotated[
    str | None, typer.Option("--dask", metavar="ADDRESS", help="The cluster of the engine dask.")
]
MemoryLimit: TypeAlias = Annotated[
    str, typer.Option("--memory", metavar="SIZE", help="Most that a job's own process may take.")
]
TimeLimit: TypeAlias = Annotated[
    str, typer.Option(metavar="TIME", help="Most real time that one task may take.")
]
RunSeed: TypeAlias = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Random seed of the simulated cluster.")
]

_LEAST_BLOCK: Final = 1024
_MOST_BLOCK: Final = 128 * 2**20


def failures_of(texts: Iterable[str]) -> list[NodeFailure]:
    """Return the failures that texts such as `node-3@5s` name; InputError for any other text."""
    from aio_sim.kernel.errors import UnitError
    from aio_sim.kernel.units import parse_duration

    failures = []
    for text in texts:
        node, at, time = text.rpartition("@")
        try:
            failures.append(NodeFailure(node, parse_duration(time)))
        except UnitError:
            at = ""
        if not at or failures[-1].time < 0:
            sentence = _("--fail {text}: expected NODE@TIME, such as node-3@5s")
            raise InputError(sentence.format(text=text))
    return failures


def parameters_of(texts: Iterable[str]) -> dict[str, str]:
    """Return names and values of texts such as `k=5`; InputError for any other text."""
    parameters = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            sentence = _("--parameter {text}: expected NAME=VALUE, such as k=5")
            raise InputError(sentence.format(text=text))
        parameters[name.strip()] = value.strip()
    return parameters


def block_size_of(text: str | None, total: int, slots: int) -> int:
    """Return the bytes of a block: as said, or such that there are two maps a slot.

    Raises InputError where it is not above 0.
    """
    if text is None:
        return min(max(-(-total // (2 * slots)), _LEAST_BLOCK), _MOST_BLOCK)
    from aio_sim.kernel.units import parse_size

    size = parse_size(text)
    if size < 1:
        raise InputError(_("--block-size {text}: must be 1 byte or more").format(text=text))
    return size
