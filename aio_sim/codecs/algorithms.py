"""The compression algorithms by name, as streams and callers know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from aio_sim.codecs.lz77 import Literal, Lz77, Match
from aio_sim.codecs.lz78 import Lz78, Phrase
from aio_sim.kernel.errors import InputError, UnknownName

Algorithm = Lz77 | Lz78
"""An algorithm with its parameters; frozen, and the maker of its encoders and decoders."""

Token = Literal | Match | Phrase
"""What a stream is made of: the first two of lz77, the last of lz78."""

Watch = Callable[[Any], None]
"""Who is told of each `Token` as it is written or read."""

ALGORITHMS: dict[str, type[Lz77] | type[Lz78]] = {"lz77": Lz77, "lz78": Lz78}

CODES = {"lz77": 1, "lz78": 2}
"""What names an algorithm in a stream; never to be changed, only added to."""


class Encoder(Protocol):
    """What turns blocks into packed tokens."""

    def encode(self, block: bytes) -> bytes:
        """Return the packed tokens of `block`."""

    def stored(self, block: bytes) -> None:
        """Note that the last block goes into the stream as it is."""


class Decoder(Protocol):
    """What turns packed tokens into blocks again."""

    def decode(self, packed: bytes, size: int) -> bytes:
        """Return the block of `size` bytes."""

    def stored(self, block: bytes) -> None:
        """Take a block that was stored as it is."""


def algorithm(name: str, **parameters: Any) -> Algorithm:
    """Return the algorithm called `name` with its parameters.

    They are `window_bits` for lz77, `dictionary_bits` and `when_full` for lz78. Raises UnknownName
    for another name or parameter, InputError for a value out of range.
    """
    if name not in ALGORITHMS:
        raise UnknownName("compression algorithm", name, ALGORITHMS)
    chosen = ALGORITHMS[name]
    for parameter in parameters:
        if parameter not in chosen.__dataclass_fields__:
            raise UnknownName(f"{name} parameter", parameter, chosen.__dataclass_fields__)
    made = chosen(**parameters)
    if problem := made.problem():
        raise InputError(problem)
    return made


def name_of(chosen: Algorithm) -> str:
    """Return the public name of an algorithm."""
    return next(name for name, cls in ALGORITHMS.items() if isinstance(chosen, cls))
