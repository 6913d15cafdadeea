"""Text to fill records with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

_TEXT_LENGTH: Final = 1 << 16
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class Texts:
    """Random text of one length, cut from a long one: letters that do not compress to speak of."""

    def __init__(self, generator: np.random.Generator, length: int) -> None:
        import numpy as np

        letters = np.frombuffer(_LETTERS, dtype=np.uint8)
        drawn = letters[generator.integers(0, len(_LETTERS), _TEXT_LENGTH + length)]
        self._text = drawn.tobytes().decode("ascii")
        self._length = length
        self._at = 0

    def draw(self) -> str:
        """Return the next text; the same ones come again only after 2^16."""
        self._at = (self._at + 40_503) % _TEXT_LENGTH  # odd, so that all places come
        return self._text[self._at : self._at + self._length]
