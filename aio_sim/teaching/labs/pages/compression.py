"""The sheets of the labs on compression and decompression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.codecs.algorithms import Token
from aio_sim.codecs.entropy import lz78_rate
from aio_sim.codecs.lz77 import Literal, Match
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.compression import (
    CompressionAnswer,
    CompressionProblem,
    DecompressionAnswer,
)
from aio_sim.teaching.labs.pages.sheet import Sheet, table
from aio_sim.teaching.labs.tokens import TokenCount, meanings

if TYPE_CHECKING:
    from rich.console import RenderableType

_LONGEST_TEXT = 32


def text_sheet(problem: CompressionProblem, answer: CompressionAnswer, tokens: bool) -> Sheet:
    """Return the sheet of a short text to compress; `tokens` puts them into the JSON, too."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(tokens),
        given=(
            _("Text to compress by {algorithm}:").format(algorithm=problem.algorithm),
            problem.text,
            "",
        ),
        task=_("Which tokens does it become?"),
        solution=_tokens(answer.tokens),
        explanation=_token_sentences(answer.tokens),
    )


def tokens_sheet(problem: CompressionProblem, answer: CompressionAnswer, tokens: bool) -> Sheet:
    """Return the sheet of tokens to turn into their text."""
    packed = [_token(token) for token in answer.tokens.first]
    return Sheet(
        problem={"algorithm": problem.algorithm, "tokens": answer.tokens.as_json()},
        answer=DecompressionAnswer(answer.output_bytes, answer.input_bytes, answer.tokens).as_json(
            tokens
        )
        | {"text": problem.text},
        given=(
            _("Tokens of {algorithm}:").format(algorithm=problem.algorithm),
            "  ".join(packed),
            "",
        ),
        task=_("Which text do they stand for?"),
        solution=(problem.text,),
        explanation=_token_sentences(answer.tokens),
    )


def compression_sheet(name: str, answer: CompressionAnswer, tokens: bool) -> Sheet:
    """Return the sheet of a file that was compressed; `tokens` shows the first of them, too."""
    return Sheet(
        problem={},
        answer=answer.as_json(tokens),
        given=(f"{name}: {answer.algorithm}", ""),
        task="",
        solution=_compressed(answer, tokens),
        explanation=_token_sentences(answer.tokens),
    )


def decompression_sheet(name: str, answer: DecompressionAnswer, tokens: bool) -> Sheet:
    """Return the sheet of a file that was decompressed; `tokens` shows the first of them, too."""
    return Sheet(
        problem={},
        answer=answer.as_json(tokens),
        given=(_("{name}: complete and undamaged").format(name=name), ""),
        task="",
        solution=_decompressed(answer, tokens),
        explanation=_token_sentences(answer.tokens),
    )


def _compressed(answer: CompressionAnswer, tokens: bool) -> Iterator[RenderableType]:
    size = answer.input_bytes
    rows: list[tuple[str, str, str]] = [
        (_("original"), f"{size:,}", ""),
        (answer.algorithm, f"{answer.output_bytes:,}", _ratio(size, answer.output_bytes)),
        (_("zlib, level 9"), f"{answer.zlib_bytes:,}", _ratio(size, answer.zlib_bytes)),
    ]
    bounds = (_("entropy of single bytes"), _("entropy of bytes after a byte"))
    for name, entropy in zip(bounds, answer.entropies, strict=True):
        rows.append((name, f"{size * entropy / 8:,.0f}", _ratio(8, entropy)))
    if answer.algorithm == "lz78" and size:
        rate = lz78_rate(answer.tokens.count, size)
        rows.append((_("c log2 c bits, c tokens"), f"{size * rate / 8:,.0f}", _ratio(8, rate)))
    yield table(("", _("bytes"), _("ratio")), rows)
    yield ""
    yield _("{count:,} tokens").format(count=answer.tokens.count)
    if tokens:
        yield ""
        yield from _tokens(answer.tokens)


def _decompressed(answer: DecompressionAnswer, tokens: bool) -> Iterator[RenderableType]:
    rows = (
        (_("compressed"), f"{answer.input_bytes:,}"),
        (_("original"), f"{answer.output_bytes:,}"),
        (_("ratio"), _ratio(answer.output_bytes, answer.input_bytes)),
        (_("tokens"), f"{answer.tokens.count:,}"),
    )
    yield table(("", _("bytes")), rows)
    if tokens:
        yield ""
        yield from _tokens(answer.tokens)


def _ratio(size: float, packed: float) -> str:
    return f"{size / packed:.3f}" if size and packed else ""


def _tokens(tokens: TokenCount) -> Iterator[RenderableType]:
    rows: list[tuple[object, ...]] = []
    position = 0
    for token, meaning in zip(tokens.first, meanings(tokens.first), strict=True):
        rows.append((len(rows) + 1, position, _token(token), _shown(meaning)))
        position += len(meaning)
    yield table(("#", _("position"), _("token"), _("stands for")), rows, left=(2, 3))
    if left := tokens.count - len(tokens.first):
        yield _("... and {count:,} more").format(count=left)


def _token(token: Token) -> str:
    if isinstance(token, Literal):
        return _byte(token.byte)
    if isinstance(token, Match):
        return f"({token.distance}, {token.length})"
    return f"({token.prefix}, {'' if token.byte is None else _byte(token.byte)})"


def _byte(byte: int) -> str:
    return repr(chr(byte)) if 32 <= byte < 127 else f"0x{byte:02x}"


def _shown(meaning: bytes) -> str:
    """Return bytes as text, cut where they are many."""
    text = repr(meaning[:_LONGEST_TEXT])[1:]
    return text if len(meaning) <= _LONGEST_TEXT else f"{text} ..."


def _token_sentences(tokens: TokenCount) -> Iterator[RenderableType]:
    yield ""
    for number, (token, meaning) in enumerate(
        zip(tokens.first, meanings(tokens.first), strict=True), start=1
    ):
        yield f"{number}. {_sentence(number, token, _shown(meaning))}"
    if left := tokens.count - len(tokens.first):
        yield _("... and {count:,} more").format(count=left)


def _sentence(number: int, token: Token, meaning: str) -> str:
    if isinstance(token, Literal):
        return _("{token}: the byte itself.").format(token=_token(token))
    if isinstance(token, Match):
        form = _("{token}: go back {distance}, copy {length}: {meaning}.")
        return form.format(
            token=_token(token), distance=token.distance, length=token.length, meaning=meaning
        )
    if token.byte is None:
        form = _("{token}: phrase {prefix} again: {meaning}, and the end.")
        return form.format(token=_token(token), prefix=token.prefix, meaning=meaning)
    form = _("{token}: phrase {prefix} and {byte} make phrase {number}: {meaning}.")
    return form.format(
        token=_token(token),
        prefix=token.prefix,
        byte=_byte(token.byte),
        number=number,
        meaning=meaning,
    )
