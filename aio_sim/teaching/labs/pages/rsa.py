"""The sheet of the lab on RSA."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aio_sim.codecs.encryption.rsa_by_hand import PowerStep
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.rsa import REAL_BITS, RsaAnswer, RsaProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: RsaProblem, answer: RsaAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("What is the private exponent, and what becomes of each byte?"),
        solution=_solution(problem, answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: RsaProblem) -> Iterator[RenderableType]:
    key = problem.key
    yield _("RSA of toy size: p = {p}, q = {q}, e = {e}").format(p=key.p, q=key.q, e=key.exponent)
    yield _("text: {text!r}, bytes {numbers}").format(
        text=problem.text.decode("utf-8", "replace"), numbers=listed(problem.text)
    )
    yield ""


def _solution(problem: RsaProblem, answer: RsaAnswer) -> Iterator[RenderableType]:
    key = answer.key
    yield _("n = {n}, lambda(n) = {order}, d = {d}").format(
        n=key.modulus, order=key.order, d=key.private
    )
    yield ""
    rows = zip(problem.text, answer.ciphertext, answer.decrypted, strict=True)
    yield table((_("byte m"), "c = m^e mod n", "c^d mod n"), list(rows), left=())
    yield ""
    yield from _library(answer)


def _library(answer: RsaAnswer) -> Iterator[RenderableType]:
    library = answer.library
    yield _("The whole text by the library's RSA-{bits} with OAEP:").format(bits=REAL_BITS)
    yield _("{size} bytes of ciphertext, with room for {room} of text").format(
        size=library.size, room=library.room
    )
    yield _("opened again: {same}; encrypted once more: {twice}").format(
        same=_("the text") if library.opens else _("another text"),
        twice=_("the same ciphertext") if library.same_twice else _("another ciphertext"),
    )


def _explanation(problem: RsaProblem, answer: RsaAnswer) -> Iterator[RenderableType]:
    key = answer.key
    yield ""
    yield _("n = p q = {p} x {q} = {n}").format(p=key.p, q=key.q, n=key.modulus)
    yield _("lambda(n) = lcm(p - 1, q - 1) = lcm({p}, {q}) = {order}").format(
        p=key.p - 1, q=key.q - 1, order=key.order
    )
    yield from _euclid(answer)
    yield from _power(_("m^e mod n"), problem.text[0], key.exponent, answer.encrypting)
    yield from _power(_("c^d mod n"), answer.ciphertext[0], key.private, answer.decrypting)
    yield ""
    yield _(
        "Equal bytes become equal numbers, and n is factored at sight: real RSA has a modulus of "
        "2048 bits or more, and OAEP mixes random bytes into each message."
    )


def _euclid(answer: RsaAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _("Extended Euclid, each remainder = x lambda(n) + y e:")
    rows = [
        ("" if row.quotient is None else row.quotient, row.remainder, row.x, row.y)
        for row in answer.euclid
    ]
    yield table((_("quotient"), _("remainder"), "x", "y"), rows, left=())
    yield ""
    y, order = answer.euclid[-2].y, answer.key.order
    yield _("1 = ... + {y} e, so d = {y} mod {order} = {d}").format(
        y=y, order=order, d=answer.key.private
    )


def _power(
    name: str, base: int, exponent: int, steps: Sequence[PowerStep]
) -> Iterator[RenderableType]:
    yield ""
    form = _("{name} of the first byte, {base}^{exponent}, exponent {bits} in binary:")
    yield form.format(name=name, base=base, exponent=exponent, bits=f"{exponent:b}")
    rows = [(step.bit, step.squared, step.result if step.bit else "") for step in steps]
    yield table((_("bit"), _("squared"), _("times {base}").format(base=base)), rows, left=())
