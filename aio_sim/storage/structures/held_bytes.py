"""The bytes that a data structure really holds."""

from __future__ import annotations

from gc import get_referents
from sys import getsizeof
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Final

from aio_sim.storage.structures.counters import Counters
from aio_sim.storage.structures.keys import Key

_NOT_ITS_OWN: Final = (
    Key,
    Counters,
    type,
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    int,
    str,
)


def held_bytes(structure: object, besides: tuple[type, ...] = ()) -> int:
    """Return the bytes of a structure and all that it alone refers to; keys and values are not its.

    What is of a type in `besides` is not counted either. The sizes are this interpreter's own
    (`sys.getsizeof`).
    """
    left_out = (*_NOT_ITS_OWN, *besides)
    seen = {id(structure)}
    waiting = [structure]
    total = 0
    while waiting:
        each = waiting.pop()
        total += getsizeof(each)
        for other in get_referents(each):
            if id(other) not in seen and not isinstance(other, left_out):
                seen.add(id(other))
                waiting.append(other)
    return total
