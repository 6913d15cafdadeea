"""LZ78: each phrase is the longest one met before and one more byte, and joins the dictionary.

J. Ziv and A. Lempel, Compression of individual sequences via variable-rate coding, IEEE Trans. Inf.
Theory 24(5), 1978. A token is the number of the earlier phrase (0 is the empty one) in as many bits
as the dictionary so far needs, and 8 bits of the byte; the last token of a block may have no byte.
The dictionary is bounded: when it is full it starts afresh (`reset`) or stays as it is (`freeze`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from aio_sim.codecs.bits import BitReader, BitWriter
from aio_sim.kernel.errors import CodecError
from aio_sim.kernel.messages import _

MAX_PHRASE = 4096
"""Bytes; the bound on what one token may produce, so on how much a small stream can swell."""

_PIECE = 64


class Phrase(NamedTuple):
    """The number of an earlier phrase (0: the empty one) and the byte after it, None at the end."""

    prefix: int
    byte: int | None


Watch = Callable[[Phrase], None]
"""Who is told of each token, in order."""


@dataclass(frozen=True)
class Lz78:
    """The parameters of LZ78: 2**dictionary_bits phrases at most, the empty one included."""

    dictionary_bits: int = 16
    when_full: Literal["reset", "freeze"] = "reset"

    def problem(self) -> str | None:
        """Return what is wrong with the parameters, or None."""
        if self.when_full not in ("reset", "freeze"):
            return _("when_full must be reset or freeze, not {value!r}").format(
                value=self.when_full
            )
        if 2 <= self.dictionary_bits <= 20:
            return None
        return _("dictionary_bits must be from 2 to 20, not {bits}").format(
            bits=self.dictionary_bits
        )

    def pack(self) -> bytes:
        """Return the two bytes that stand for the parameters in a stream."""
        return bytes((self.dictionary_bits, self.when_full == "freeze"))

    @classmethod
    def unpack(cls, packed: bytes) -> Lz78:
        """Return the parameters that `pack` wrote; CodecError for an unknown choice."""
        if packed[1] > 1:
            raise CodecError(_("the stream has parameters that are not of LZ78"))
        return cls(packed[0], "freeze" if packed[1] else "reset")

    def encoder(self, watch: Watch | None = None) -> Lz78Encoder:
        """Return a fresh encoder of blocks."""
        return Lz78Encoder(self, watch)

    def decoder(self, watch: Watch | None = None) -> Lz78Decoder:
        """Return a fresh decoder of blocks."""
        return Lz78Decoder(self, watch)

    def tokens(self, data: bytes) -> Iterator[Phrase]:
        """Yield the phrases that `data` is parsed into, one after another."""
        return _Trie(self).parse(data)


class _Trie:
    """The encoder's dictionary: each phrase's number by that of its prefix and its last byte."""

    def __init__(self, parameters: Lz78) -> None:
        self._capacity = 1 << parameters.dictionary_bits
        self._resets = parameters.when_full == "reset"
        self.clear()

    def clear(self) -> None:
        """Forget every phrase but the empty one."""
        self._children: dict[int, int] = {}
        self.size = 1

    def parse(self, data: bytes) -> Iterator[Phrase]:
        """Yield the phrases of `data`; at a yield, `size` is what the prefix was chosen from."""
        node, length = 0, 0
        children = self._children
        for byte in data:
            child = children.get(node << 8 | byte)
            if child is not None and length < MAX_PHRASE - 1:
                node, length = child, length + 1
                continue
            yield Phrase(node, byte)
            self._grow(node, byte)
            children = self._children
            node, length = 0, 0
        if length:
            yield Phrase(node, None)

    def _grow(self, node: int, byte: int) -> None:
        if self.size < self._capacity:
            # A phrase cut at MAX_PHRASE may be there already; its number is spent all the same,
            # so that the decoder, which cannot know, counts alike.
            self._children.setdefault(node << 8 | byte, self.size)
            self.size += 1
        if self.size == self._capacity and self._resets:
            self.clear()


class Lz78Encoder:
    """Blocks in, packed tokens out; the dictionary lives on. Memory: the dictionary and a block."""

    def __init__(self, parameters: Lz78, watch: Watch | None = None) -> None:
        self._trie = _Trie(parameters)
        self._watch = watch

    def encode(self, block: bytes) -> bytes:
        """Return the packed tokens of `block`."""
        writer = BitWriter()
        trie = self._trie
        for prefix, byte in trie.parse(block):
            width = (trie.size - 1).bit_length()
            if byte is None:
                writer.write(prefix, width)
            else:
                writer.write(prefix << 8 | byte, width + 8)
            if self._watch:
                self._watch(Phrase(prefix, byte))
        return writer.finish()

    def stored(self, block: bytes) -> None:
        """Note that the last block goes in as it is: both sides start a new dictionary."""
        self._trie.clear()


class Lz78Decoder:
    """Packed tokens in, blocks out; memory grows by one short entry a token, up to the bound.

    A phrase is kept as a piece of at most 64 bytes and the number of the phrase that the piece
    goes on from, so that long phrases share their beginnings.
    """

    def __init__(self, parameters: Lz78, watch: Watch | None = None) -> None:
        self._capacity = 1 << parameters.dictionary_bits
        self._resets = parameters.when_full == "reset"
        self._watch = watch
        self._clear()

    def decode(self, packed: bytes, size: int) -> bytes:
        """Return the block of exactly `size` bytes that the tokens stand for.

        Raises CodecError for a phrase that is not in the dictionary or outgrows the block.
        """
        reader = BitReader(packed)
        data = bytearray()
        while (left := size - len(data)) > 0:
            index = reader.read((len(self._pieces) - 1).bit_length())
            length = self._length(index)
            if length > left:
                raise CodecError(_("a phrase goes on after the end of its block"))
            data += self._phrase(index)
            byte = None
            if length < left:
                byte = reader.read(8)
                data.append(byte)
                self._grow(index, byte)
            if self._watch:
                self._watch(Phrase(index, byte))
        reader.finish()
        return bytes(data)

    def stored(self, block: bytes) -> None:
        """Start a new dictionary, as the encoder did after storing a block as it is."""
        self._clear()

    def _clear(self) -> None:
        self._pieces: list[bytes] = [b""]
        self._anchors = [0]
        self._lengths = [0]

    def _length(self, index: int) -> int:
        if index >= len(self._lengths):
            raise CodecError(
                _("phrase {index} is not in the dictionary of {size}").format(
                    index=index, size=len(self._lengths)
                )
            )
        return self._lengths[index]

    def _phrase(self, index: int) -> bytes:
        piece = self._pieces[index]
        if self._lengths[index] <= _PIECE:
            return piece
        pieces = [piece]
        while index := self._anchors[index]:
            pieces.append(self._pieces[index])
        return b"".join(reversed(pieces))

    def _grow(self, prefix: int, byte: int) -> None:
        if self._lengths[prefix] + 1 > MAX_PHRASE:
            raise CodecError(_("a phrase is longer than {limit} bytes").format(limit=MAX_PHRASE))
        if len(self._pieces) < self._capacity:
            full = len(self._pieces[prefix]) == _PIECE
            self._anchors.append(prefix if full else self._anchors[prefix])
            self._pieces.append(bytes((byte,)) if full else self._pieces[prefix] + bytes((byte,)))
            self._lengths.append(self._lengths[prefix] + 1)
        if len(self._pieces) == self._capacity and self._resets:
            self._clear()
