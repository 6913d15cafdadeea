"""The lab on compression: real bytes through LZ77 or LZ78, token by token."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.codecs.algorithms import ALGORITHMS
from aio_sim.codecs.stream import compress_stream, decompress_stream
from aio_sim.teaching.labs.byte_statistics import ByteStatistics
from aio_sim.teaching.labs.drawing import integer, one_of, stream
from aio_sim.teaching.labs.tokens import TOKENS_SHOWN, TokenCount

_WORDS: Final = ("ana", "ban", "bar", "cab", "ab", "rab", "nab", "a")
_WORDS_DRAWN: Final = 10


@dataclass(frozen=True)
class CompressionProblem:
    """A text to compress."""

    algorithm: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {"algorithm": self.algorithm, "text": self.text}


def draw(seed: int, algorithm: str | None = None) -> CompressionProblem:
    """Return a short text with repetitions, and an algorithm where none is given."""
    if algorithm is None:
        algorithm = one_of(stream(seed, "compress", "algorithm"), tuple(ALGORITHMS))
    generator = stream(seed, "compress", "text")
    words = [_WORDS[integer(generator, 0, len(_WORDS) - 1)] for _word in range(_WORDS_DRAWN)]
    return CompressionProblem(algorithm, "".join(words))


@dataclass(frozen=True)
class CompressionAnswer:
    """What became of some bytes; sizes in bytes, entropies of order 0 and 1 in bits a byte."""

    algorithm: str
    input_bytes: int
    output_bytes: int
    tokens: TokenCount
    zlib_bytes: int
    entropies: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Original bytes for each compressed one."""
        return self.input_bytes / self.output_bytes

    def as_json(self, list_tokens: bool = False) -> dict[str, Any]:
        """Return the answer as `--json` prints it, with the first tokens where asked for."""
        return _as_json(self, list_tokens)


@dataclass(frozen=True)
class DecompressionAnswer:
    """What came out of a stream; sizes in bytes."""

    input_bytes: int
    output_bytes: int
    tokens: TokenCount

    @property
    def ratio(self) -> float:
        """Original bytes for each compressed one."""
        return self.output_bytes / self.input_bytes

    def as_json(self, list_tokens: bool = False) -> dict[str, Any]:
        """Return the answer as `--json` prints it, with the first tokens where asked for."""
        return _as_json(self, list_tokens)


def _as_json(answer: CompressionAnswer | DecompressionAnswer, list_tokens: bool) -> dict[str, Any]:
    numbers = {
        "input_bytes": answer.input_bytes,
        "output_bytes": answer.output_bytes,
        "ratio": answer.ratio,
        "tokens": answer.tokens.count,
    }
    return numbers | ({"token_list": answer.tokens.as_json()} if list_tokens else {})


class Compression:
    """A compression under way: take `stream` to its end, then ask for the `answer`.

    Memory is bounded as that of `compress_stream` is. Raises UnknownName for another algorithm.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        algorithm: str,
        *,
        length: int | None = None,
        shown: int = TOKENS_SHOWN,
    ) -> None:
        self._algorithm = algorithm
        self._tokens = TokenCount(shown)
        self._statistics = ByteStatistics()
        self._zlib = zlib.compressobj(9)
        self._zlib_bytes = self._output_bytes = 0
        passing = self._beside_zlib(self._statistics.passing(chunks))
        packed = compress_stream(passing, algorithm, length=length, watch=self._tokens)
        self.stream = self._counted(packed)

    @property
    def answer(self) -> CompressionAnswer:
        """What has come of it so far."""
        statistics = self._statistics
        return CompressionAnswer(
            algorithm=self._algorithm,
            input_bytes=statistics.size,
            output_bytes=self._output_bytes,
            tokens=self._tokens,
            zlib_bytes=self._zlib_bytes,
            entropies=(statistics.entropy(0), statistics.entropy(1)),
        )

    def _beside_zlib(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._zlib_bytes += len(self._zlib.compress(chunk))
            yield chunk
        self._zlib_bytes += len(self._zlib.flush())

    def _counted(self, packed: Iterable[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(packed):
            if number == 1:  # after the header
                self._tokens.end_first_block()
            self._output_bytes += len(chunk)
            yield chunk


class Decompression:
    """A decompression under way: take `stream` to its end, then ask for the `answer`.

    Taking raises CodecError where the stream is damaged.
    """

    def __init__(self, chunks: Iterable[bytes], *, shown: int = TOKENS_SHOWN) -> None:
        self._tokens = TokenCount(shown)
        self._input_bytes = self._output_bytes = 0
        self.stream = self._counted(chunks)

    @property
    def answer(self) -> DecompressionAnswer:
        """What has come of it so far."""
        return DecompressionAnswer(self._input_bytes, self._output_bytes, self._tokens)

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for block in decompress_stream(self._arriving(chunks), watch=self._tokens):
            self._tokens.end_first_block()
            self._output_bytes += len(block)
            yield block

    def _arriving(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._input_bytes += len(chunk)
            yield chunk


def solve(problem: CompressionProblem, shown: int = TOKENS_SHOWN) -> CompressionAnswer:
    """Return what compressing the text comes to; UnknownName for another algorithm."""
    running = Compression([problem.text.encode()], problem.algorithm, shown=shown)
    for _chunk in running.stream:
        pass
    return running.answer
