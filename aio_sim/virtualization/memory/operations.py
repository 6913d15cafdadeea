"""Requests to an allocator, written `+20` (allocate 20) and `-0` (free what the first + got)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.memory.fragmentation import Allocator


class Operation(NamedTuple):
    """A request and the address it got, or gave back; None where nothing fitted."""

    operation: str
    address: int | None


def run_operations(allocator: Allocator, operations: Iterable[str]) -> list[Operation]:
    """Return what each request got; `-N` frees the N-th allocation, from 0, failed ones counted.

    Raises InputError for another form, and for an allocation that there is not (any more).
    """
    return list(serve(allocator, operations))


def serve(allocator: Allocator, operations: Iterable[str]) -> Iterator[Operation]:
    """Yield each request once it is served, before the next; errors as of `run_operations`."""
    got: list[int | None] = []
    for operation in operations:
        yield Operation(operation, _run(allocator, operation, got))


def _run(allocator: Allocator, operation: str, got: list[int | None]) -> int | None:
    if not re.fullmatch(r"[+-][0-9]+", operation, re.ASCII):
        raise InputError(
            _("{operation!r} is neither +SIZE nor -NUMBER").format(operation=operation)
        )
    number = int(operation[1:])
    if operation[0] == "+":
        got.append(allocator.allocate(number))
        return got[-1]
    address = got[number] if number < len(got) else None
    if address is None:
        raise InputError(
            _("{operation}: there is no allocation {number} to free").format(
                operation=operation, number=number
            )
        )
    allocator.free(address)
    got[number] = None
    return address
