"""The error tree: everything a user can do wrong is an AioSimError whose text is the lesson."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aio_sim.kernel.messages import _


class AioSimError(Exception):
    """Understood, but what was asked failed or found fault."""

    exit_code = 1


class InputError(AioSimError):
    """The request or a file cannot be understood."""

    exit_code = 2


class UnitError(InputError, ValueError):
    """A quantity such as `20ms` or `4GiB` cannot be read."""


class UnknownName(InputError, KeyError):  # noqa: N818  # it is one, and says so
    """A name that nothing answers to; says the nearest one that exists."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(
            _("unknown {kind} {name!r}{hint}").format(
                kind=kind, name=name, hint=hint(name, self.known)
            )
        )

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would put it in quotes


class PluginError(InputError):
    """A plug-in file that does not import, or registers something that cannot be used."""


class PolicyError(AioSimError):
    """A policy that raised, or answered with a process it was not offered."""


class CodecError(AioSimError):
    """A compressed stream that is damaged, cut short, or asks for more than it may have."""


class EncryptionError(AioSimError):
    """A wrong or dead key, or an encrypted stream or frame that was altered, cut or replayed."""


class AuditError(AioSimError):
    """An invariant of the simulated machine did not hold: a bug of ours, or of a plug-in."""


class TraceError(InputError):
    """A saved trace that cannot be read: wrong file, other version, damaged."""


class ImageError(AioSimError):
    """A disk image that is damaged or cannot be written; names the file, the byte and the field."""

    def __init__(self, message: str, file: object = "", offset: int = -1, field: str = "") -> None:
        self.message, self.file, self.offset, self.field = message, str(file), offset, field
        byte = _("byte {offset}").format(offset=offset) if offset >= 0 else ""
        super().__init__(": ".join(part for part in (self.file, byte, field, message) if part))


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where, and what was expected instead."""

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    field: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.field, self.message) if part)


class ScenarioError(InputError):
    """All the problems of one scenario, each with file, line, column and field."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class WorkloadError(InputError):
    """A workload file with a row that cannot be used; names file and line."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known name that `name` most looks like, None where none is as like as that."""
    from difflib import get_close_matches  # takes long to import, and errors are rare

    found = get_close_matches(name, list(known), n=1, cutoff=likeness)
    return found[0] if found else None


def hint(name: str, known: Iterable[str]) -> str:
    """Return the end of an error sentence: the nearest known name, or a short list whole.

    Of a long list it is the nearest one, however far that is.
    """
    names = sorted(known)
    if near := nearest(name, names):
        return _("; did you mean {near!r}?").format(near=near)
    if 0 < len(names) <= 12:
        return _("; expected one of {names}").format(names=", ".join(names))
    if far := nearest(name, names, 0.0):
        return _("; the nearest is {name!r}").format(name=far)
    return ""
