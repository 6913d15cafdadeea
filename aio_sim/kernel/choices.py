"""Choices by name: the members of an enumeration, with an error that helps when there is none."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from aio_sim.kernel.errors import UnknownName

Choice = TypeVar("Choice", bound=StrEnum)


def choice(choices: type[Choice], kind: str, name: str) -> Choice:
    """Return the member whose value is `name`; `kind` is what the choices are called.

    Raises UnknownName for another name, with the nearest one.
    """
    if name not in tuple(choices):
        raise UnknownName(kind, name, [each.value for each in choices])
    return choices(name)
