"""`aio-sim lab encrypt`: AES round by round, RSA by hand, and the library's real ciphers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aio_sim.cli.lab_options import Explain, LabSeed, show
from aio_sim.cli.options import Json
from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.teaching.labs.pages.sheet import Sheet

_ALGORITHMS: Final = ("aes", "rsa")


def encrypt(
    algorithm: Annotated[str | None, typer.Option(metavar="NAME", help="aes or rsa.")] = None,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="What to encrypt.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="HEX", help="Of aes: 32 or 64 hexadecimal digits.")
    ] = None,
    primes: Annotated[
        list[str] | None, typer.Option(metavar="P,Q", help="Of rsa: two small primes.")
    ] = None,
    exponent: Annotated[
        int | None, typer.Option(metavar="E", min=2, help="Of rsa: the public exponent.")
    ] = None,
    seed: LabSeed = 0,
    json: Json = False,
    explain: Explain = False,
) -> None:
    """Encrypt a text by hand, a block of AES or toy numbers of RSA, and by the library.

    Keys that are not given are drawn, too, and shown: they protect nothing.
    """
    from aio_sim.teaching.labs.drawing import one_of, stream

    chosen = algorithm or one_of(stream(seed, "encrypt", "algorithm"), _ALGORITHMS)
    if chosen not in _ALGORITHMS:
        raise UnknownName("encryption algorithm", chosen, _ALGORITHMS)
    _check(chosen, key, primes, exponent)
    data = None if text is None else os.fsencode(text)
    sheet = _aes(seed, data, key) if chosen == "aes" else _rsa(seed, data, primes, exponent)
    show(sheet, drawn=None in (algorithm, text), explain=explain, json=json)


def _aes(seed: int, text: bytes | None, key: str | None) -> Sheet:
    from aio_sim.teaching.labs.aes import draw, solve
    from aio_sim.teaching.labs.pages.aes import sheet

    problem = draw(seed, text=text, key=None if key is None else _hexadecimal(key))
    return sheet(problem, solve(problem))


def _rsa(seed: int, text: bytes | None, primes: list[str] | None, exponent: int | None) -> Sheet:
    from aio_sim.cli.lab_values import whole_numbers
    from aio_sim.teaching.labs.pages.rsa import sheet
    from aio_sim.teaching.labs.rsa import draw, solve

    pair = whole_numbers("--primes", primes)
    if pair is not None and len(pair) != 2:
        raise InputError(_("--primes: expected two, as in 61,53, not {n}").format(n=len(pair)))
    given = None if pair is None else (pair[0], pair[1])
    problem = draw(seed, text=text, primes=given, exponent=exponent)
    return sheet(problem, solve(problem))


def _check(algorithm: str, key: str | None, primes: list[str] | None, exponent: int | None) -> None:
    if algorithm == "rsa" and key is not None:
        raise InputError(_("--key is for --algorithm aes; rsa takes --primes and --exponent"))
    if algorithm == "aes" and not (primes is None and exponent is None):
        raise InputError(_("--primes and --exponent are for --algorithm rsa; aes takes --key"))


def _hexadecimal(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise InputError(
            _("--key: expected 32 or 64 hexadecimal digits, without anything else")
        ) from None
