"""The tokens of a compressed stream: counted, the first of them kept, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from aio_sim.codecs.algorithms import Token
from aio_sim.codecs.lz77 import Literal
from aio_sim.codecs.lz78 import Phrase

TOKENS_SHOWN: Final = 50
MOST_TOKENS_SHOWN: Final = 10_000
"""Fewer than fill a dictionary, so that a phrase means the same in all tokens that are shown."""


class TokenCount:
    """The tokens of a stream: how many there are, and the first `shown` of its first block.

    A token copies from what came before it, which is known for sure in the first block alone: later
    ones may follow a block that is stored without tokens.
    """

    def __init__(self, shown: int = TOKENS_SHOWN) -> None:
        self.count = 0
        self.first: list[Token] = []
        self._room = shown

    def __call__(self, token: Token) -> None:
        """Count a token."""
        self.count += 1
        if self._room:
            self._room -= 1
            self.first.append(token)

    def end_first_block(self) -> None:
        """Note that the tokens from now on are no longer of the first block."""
        self._room = 0

    def as_json(self) -> list[dict[str, Any]]:
        """Return the first tokens by the names of their fields: `byte`, `distance`, `length`."""
        return [token._asdict() for token in self.first]


def meanings(tokens: Iterable[Token]) -> Iterator[bytes]:
    """Yield the bytes that each token stands for, in order from the beginning of a stream."""
    data = bytearray()
    phrases = [b""]
    for token in tokens:
        if isinstance(token, Phrase):
            meaning = phrases[token.prefix]
            if token.byte is not None:
                meaning += bytes((token.byte,))
                phrases.append(meaning)
        elif isinstance(token, Literal):
            meaning = bytes((token.byte,))
        else:
            source = bytes(data[-token.distance :])
            meaning = (source * (token.length // token.distance + 1))[: token.length]
        data += meaning
        yield meaning
