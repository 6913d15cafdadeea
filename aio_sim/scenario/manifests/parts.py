"""A part of a manifest, which knows where it stands and what of it has been asked for.

What nobody asked for is not simulated, and is named when the part is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from aio_sim.kernel.errors import InputError, hint, nearest
from aio_sim.kernel.messages import _
from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.yaml_tree import Mark, Node

T = TypeVar("T")

MISSPELT = 0.8
"""How like a field that was asked for another must be to be taken for it."""


class Part:
    """A part that is there, or the place where it could be."""

    def __init__(self, node: Node | None, mark: Mark, path: str, notes: Notes) -> None:
        self.node = node
        self.mark = mark
        self.path = path
        self.notes = notes
        self._asked: dict[str, Part] = {}
        self._entries: list[Part] | None = None
        notes.paths.setdefault(mark, path)

    @property
    def present(self) -> bool:
        """Whether it is there, and not null."""
        return self.node is not None and self.node.content is not None

    @property
    def data(self) -> Any:
        """The part as plain data; None where it is not there."""
        return None if self.node is None else self.node.data()

    def wrong(self, sentence: str) -> None:
        """Note what is wrong with it."""
        self.notes.wrong(sentence, self.mark, self.path)

    def warn(self, sentence: str) -> None:
        """Note what comes out of it otherwise than its author may think."""
        self.notes.warn(sentence, self.mark, self.path)

    def leave_out(self, sentence: str) -> None:
        """Note why nothing comes of it, and of no field in it."""
        self.warn(sentence)
        self.node = None

    def pass_over(self) -> None:
        """Take it as read, with all that is in it."""
        self.node = None

    # Parts of it

    def field(self, name: str) -> Part:
        """Return the field of that name, which then counts as read."""
        if name not in self._asked:
            content = self._mapping()
            node = content.get(name)
            path = f"{self.path}.{name}".removeprefix(".")
            mark = self.mark if node is None else node.mark
            self._asked[name] = Part(node, mark, path, self.notes)
        return self._asked[name]

    def needed(self, name: str) -> Part:
        """Return the field of that name, and note where it is not there."""
        part = self.field(name)
        if not part.present and isinstance(self.node and self.node.content, dict):
            part.wrong(_("is required"))
        return part

    def fields(self) -> dict[str, Part]:
        """Return all fields, whatever their names."""
        return {name: self.field(name) for name in self._mapping()}

    def entries(self) -> list[Part]:
        """Return the entries of a list; none where it is not there."""
        if self._entries is None:
            self._entries = [
                Part(node, node.mark, f"{self.path}[{at}]", self.notes)
                for at, node in enumerate(self._list())
            ]
        return self._entries

    def _mapping(self) -> Mapping[str, Node]:
        content = self.node.content if self.node is not None else None
        if isinstance(content, dict):
            return content
        self._expected(_("a mapping of fields"))
        return {}

    def _list(self) -> list[Node]:
        content = self.node.content if self.node is not None else None
        if isinstance(content, list):
            return content
        self._expected(_("a list"))
        return []

    def _expected(self, form: str) -> None:
        """Note that something else is there than was expected, once."""
        if self.present:
            sentence = _("must be {expected}, got {value}")
            self.wrong(sentence.format(expected=form, value=shown(self.data)))
            self.node = None

    # Values

    def read(self, parse: Callable[[Any], T]) -> T | None:
        """Return what a function makes of the value; its InputError or ValueError is noted."""
        if not self.present:
            return None
        self._warn_of_variables()
        try:
            return parse(self.data)
        except (InputError, ValueError) as error:
            self.wrong(str(error))
            return None

    def _warn_of_variables(self) -> None:
        for name in self.notes.missing.pop(self.mark, ()):
            told = _("the variable {name} has no default here, and is taken to be empty")
            self.warn(told.format(name=name))

    def text(self) -> str:
        """Return the value as text, "" where there is none."""
        return self.read(_text) or ""

    def whole(self, least: int = 0) -> int | None:
        """Return a whole number of `least` or more."""
        return self.read(lambda value: _whole(value, least))

    def choice(self, choices: Mapping[str, T]) -> T | None:
        """Return what the value stands for; an unknown one is noted, with the nearest."""
        return self.read(lambda value: _choice(value, choices))

    def truth(self) -> bool:
        """Return whether it is true; false where it is not there."""
        return bool(self.read(_truth))

    def labels(self) -> dict[str, str]:
        """Return a mapping of names to texts."""
        return {name: part.text() for name, part in self.fields().items()}

    # What becomes of it

    def made(self, value: Any) -> Node:
        """Return the part of a scenario that is made of this one: plain data, or nodes in it."""
        if isinstance(value, Node):
            return value
        if isinstance(value, Mapping):
            given = {name: self.made(each) for name, each in value.items() if each is not None}
            size = 1 + sum(each.size for each in given.values())
            return Node(self.mark, given, {name: each.mark for name, each in given.items()}, size)
        if isinstance(value, list | tuple):
            parts = [self.made(each) for each in value]
            return Node(self.mark, parts, size=1 + sum(each.size for each in parts))
        return Node(self.mark, value)

    def made_of(self, value: Any) -> Node | None:
        """Return the same where the part is there and the value is something, else None."""
        return self.made(value) if self.present and value is not None else None

    def settle(self) -> None:
        """Note all fields in it that nobody asked for."""
        content = self.node.content if self.node is not None else None
        for entry in self._entries or ():
            entry.settle()
        if not isinstance(content, dict) or self.node is None:
            return
        absent = [name for name, part in self._asked.items() if part.node is None]
        for name in content:
            if name in self._asked:
                self._asked[name].settle()
            else:
                self._ignore(name, self.node.keys.get(name, self.mark), absent)

    def _ignore(self, name: str, mark: Mark, absent: Iterable[str]) -> None:
        near = nearest(name, absent, MISSPELT)
        sentence = _("is not simulated")
        if near:
            sentence = _("is not simulated; did you mean {near!r}?").format(near=near)
        self.notes.ignore(sentence, mark, f"{self.path}.{name}".removeprefix("."))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(_must_be(_("text"), value))


def _whole(value: object, least: int) -> int:
    form = _("a whole number of {least} or more").format(least=least)
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**62:
        raise ValueError(_must_be(form, value))
    return value


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError(_must_be(_("true or false"), value))


def _choice(value: object, choices: Mapping[str, T]) -> T:
    if isinstance(value, str) and value in choices:
        return choices[value]
    names = ", ".join(choices)
    meant = hint(str(value), choices)
    told = _must_be(_("one of {names}").format(names=names), value)
    raise ValueError(told + (meant if "?" in meant else ""))


def _must_be(expected: str, value: object) -> str:
    return _("must be {expected}, got {value}").format(expected=expected, value=shown(value))
