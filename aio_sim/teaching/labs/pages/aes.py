"""The sheet of the lab on AES."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.codecs.encryption.aes_by_hand import Round, inverse, sub_bytes
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.aes import AesAnswer, AesProblem
from aio_sim.teaching.labs.pages.sheet import Sheet, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: AesProblem, answer: AesAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("What does the block become, round by round?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: AesProblem) -> Iterator[RenderableType]:
    yield _("AES-{bits}, one block by hand").format(bits=8 * len(problem.key))
    yield _("text:  {text!r}").format(text=problem.text.decode("utf-8", "replace"))
    yield _("block: {block}").format(block=problem.block.hex())
    yield _("key:   {key}").format(key=problem.key.hex())
    yield ""


def _solution(answer: AesAnswer) -> Iterator[RenderableType]:
    by_hand = answer.by_hand
    rows = [("", by_hand.block.hex(), by_hand.keys[0].hex())]
    rows += [(str(each.number), each.start.hex(), each.key.hex()) for each in by_hand.rounds]
    yield table((_("round"), _("state at its start"), _("key at its end")), rows, left=(1, 2))
    yield ""
    yield _("ciphertext:  {block}").format(block=by_hand.ciphertext.hex())
    yield _("the library: {block}").format(block=answer.library.hex())
    yield ""
    yield from _library(answer)


def _library(answer: AesAnswer) -> Iterator[RenderableType]:
    gcm = answer.gcm
    yield _("The whole text by the library's AES-GCM:")
    yield _("nonce:      {nonce}").format(nonce=gcm.nonce.hex())
    yield _("ciphertext: {text}").format(text=gcm.sealed[:-16].hex())
    yield _("tag:        {tag}").format(tag=gcm.sealed[-16:].hex())
    yield _("opened again: {same}; with one bit inverted: {altered}").format(
        same=_("the text") if gcm.opens else _("another text"),
        altered=_("it opens") if gcm.altered_opens else _("refused"),
    )


def _explanation(problem: AesProblem, answer: AesAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _key_sentence(problem.key, b"".join(answer.by_hand.keys))
    for each in answer.by_hand.rounds:
        yield ""
        yield _round(each)
        if each.number == 1:
            yield ""
            yield from _round_sentences(each)


def _key_sentence(key: bytes, expanded: bytes) -> str:
    """Return how the first word after the key is made; words have 4 bytes."""
    last, made = key[-4:], expanded[len(key) : len(key) + 4]
    turned = last[1:] + last[:1]
    form = _(
        "Key expansion: the key is words 0 to {last}. Word {number} = word 0 xor "
        "SubWord(RotWord(word {last})) xor 01000000; RotWord({word}) = {turned}, SubWord of that "
        "is {substituted}, and {first} xor {substituted} xor 01000000 = {made}."
    )
    return form.format(
        last=len(key) // 4 - 1,
        number=len(key) // 4,
        first=key[:4].hex(),
        word=last.hex(),
        turned=turned.hex(),
        substituted=sub_bytes(turned).hex(),
        made=made.hex(),
    )


def _round(each: Round) -> RenderableType:
    columns = {
        _("round {number}").format(number=each.number): each.start,
        "SubBytes": each.sub_bytes,
        "ShiftRows": each.shift_rows,
    }
    if each.mix_columns is None:
        columns |= {_("key"): each.key, _("ciphertext"): each.end}
    else:
        columns |= {"MixColumns": each.mix_columns, _("key"): each.key}
    rows = [[_row(state, number) for state in columns.values()] for number in range(4)]
    return table(list(columns), rows, left=range(len(columns)))


def _row(state: bytes, number: int) -> str:
    return " ".join(f"{byte:02x}" for byte in state[number::4])


def _round_sentences(each: Round) -> Iterator[str]:
    byte = each.start[0]
    yield _(
        "SubBytes: {byte:02x} has the inverse {inverse:02x} in GF(2^8), and the affine map makes "
        "{made:02x} of that."
    ).format(byte=byte, inverse=inverse(byte), made=each.sub_bytes[0])
    yield _(
        "ShiftRows: row r turns r places to the left; row 1 was {before} and is {after}."
    ).format(before=_row(each.sub_bytes, 1), after=_row(each.shift_rows, 1))
    a, b, c, d = each.shift_rows[:4]
    mixed = (each.mix_columns or each.shift_rows)[0]
    yield _(
        "MixColumns: the first byte is 2 x {a:02x} + 3 x {b:02x} + {c:02x} + {d:02x} = {made:02x} "
        "in GF(2^8), where adding is xor."
    ).format(a=a, b=b, c=c, d=d, made=mixed)
    yield _("AddRoundKey: {a:02x} xor {b:02x} = {made:02x}.").format(
        a=mixed, b=each.key[0], made=each.end[0]
    )
