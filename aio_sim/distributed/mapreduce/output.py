"""The output of a job: lines of JSON, each a pair [key, value], sorted by key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from aio_sim.distributed.mapreduce.ordering import order


def pairs_of(part: bytes) -> Iterator[list[Any]]:
    """Yield the pairs [key, value] of the output of a reduce task."""
    for line in part.splitlines():  # JSON writes every other line break as an escape
        yield json.loads(line)


def in_order(parts: Iterable[bytes]) -> list[bytes]:
    """Return the lines of all parts by key, each with its newline.

    Lines of one key stay in the order of the parts, and of their places in one.
    """
    lines = [line for part in parts for line in part.splitlines(keepends=True)]
    return sorted(lines, key=lambda line: order(json.loads(line)[0]))
