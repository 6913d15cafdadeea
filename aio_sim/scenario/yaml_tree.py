"""YAML as a tree whose every part knows where it was written.

Scalars follow YAML 1.2, so that `no` is a word and `1e3` a number; anchors and merge keys are
understood, and what they may expand to is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

import yaml

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.kernel.messages import _

DEEPEST: Final = 50
MOST_NODES: Final = 1_000_000

Scalar = str | int | float | bool | None

T = TypeVar("T")

_RESOLUTIONS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], Scalar]], ...]] = (
    ("null", re.compile(r"~|null|Null|NULL|"), lambda _text: None),
    ("bool", re.compile(r"true|True|TRUE"), lambda _text: True),
    ("bool", re.compile(r"false|False|FALSE"), lambda _text: False),
    ("int", re.compile(r"[-+]?(0|[1-9][0-9]{0,99})"), int),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?"), float),
    ("float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+"), float),
    ("float", re.compile(r"[-+]?\.(inf|Inf|INF)"), lambda text: float(text.replace(".", ""))),
    ("float", re.compile(r"\.(nan|NaN|NAN)"), lambda _text: float("nan")),
)


_FIRST: Final = frozenset("~nNtTfF-+.0123456789")
"""What a plain scalar that is no text begins with, if with anything."""


class Mark(NamedTuple):
    """Where something was written: a file with line and column from 1, or an override."""

    file: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a document: a scalar, a list of parts or a mapping of names to parts."""

    mark: Mark
    content: Scalar | list[Node] | dict[str, Node]
    keys: dict[str, Mark] = field(default_factory=dict)
    """Where each name of a mapping was written."""
    size: int = 1
    """How many parts this is in all, aliases counted as what they stand for."""

    def data(self) -> Any:
        """Return the part as plain Python data."""
        if isinstance(self.content, dict):
            return {name: node.data() for name, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.data() for node in self.content]
        return self.content


def compose(text: str, file: str) -> Node:
    """Return the one document of a YAML text; `file` is what errors call it.

    Raises ScenarioError where it is not YAML, repeats a key, or is too deep or too large.
    """
    return _composed(text, file, lambda composer: composer.document())


def compose_all(text: str, file: str) -> list[Node]:
    """Return the documents of a YAML text, in their order; `file` is what errors call it.

    Raises ScenarioError as `compose` does; no documents at all are none.
    """
    return _composed(text, file, lambda composer: list(composer.documents()))


def _composed(text: str, file: str, read: Callable[[_Composer], T]) -> T:
    try:
        return read(_Composer(text, file))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _failure(_explained(error, text), file, mark) from None
    except (yaml.YAMLError, UnicodeError) as error:
        reason = getattr(error, "reason", error)
        raise _failure(_("not valid YAML: {reason}").format(reason=reason), file) from None


def resolve(text: str) -> Scalar:
    """Return what a plain scalar stands for, as YAML 1.2 has it."""
    if text and text[0] not in _FIRST:
        return text
    for _name, pattern, convert in _RESOLUTIONS:
        if pattern.fullmatch(text):
            return convert(text)
    return text


class Dumper(yaml.SafeDumper):
    """Writes YAML that `compose` reads back the same."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


Dumper.yaml_implicit_resolvers = {
    None: [
        (f"tag:yaml.org,2002:{name}", re.compile(f"(?:{pattern.pattern})\\Z"))
        for name, pattern, _convert in _RESOLUTIONS
    ]
    + [("tag:yaml.org,2002:merge", re.compile("<<\\Z"))]
}


def _represent_text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    # PyYAML writes some line breaks of Unicode as they are, which the parser folds to spaces.
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


Dumper.add_representer(str, _represent_text)


class _Composer:
    """Turns the parser's events into nodes."""

    def __init__(self, text: str, file: str) -> None:
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there
        self._events: Iterator[Any] = yaml.parse(text, Loader=loader)
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._depth = 0
        self._count = 0

    def document(self) -> Node:
        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise _failure(_("the file is empty"), self._file)
        root = self._node(next(self._events))
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._failure(_("expected one document, and here begins another"), after)
        return root

    def documents(self) -> Iterator[Node]:
        next(self._events)  # the stream begins
        while not isinstance(next(self._events), yaml.StreamEndEvent):
            self._anchors.clear()
            yield self._node(next(self._events))
            next(self._events)  # the document ends

    def _node(self, event: Any) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            sentence = _("nested more than {limit} levels deep").format(limit=DEEPEST)
            raise self._failure(sentence, event)
        node = self._alias(event) if isinstance(event, yaml.AliasEvent) else self._new(event)
        self._depth -= 1
        return node

    def _alias(self, event: Any) -> Node:
        try:
            node = self._anchors[event.anchor]
        except KeyError:
            sentence = _("there is no anchor &{name} before this").format(name=event.anchor)
            raise self._failure(sentence, event) from None
        self._spend(node.size, event)
        return node

    def _new(self, event: Any) -> Node:
        self._spend(1, event)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise self._failure(_("the tag {tag} has no place here").format(tag=event.tag), event)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            node = Node(self._mark(event), resolve(event.value) if plain else event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event)
        else:
            node = self._mapping(event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _spend(self, parts: int, event: Any) -> None:
        self._count += parts
        if self._count > MOST_NODES:
            sentence = _("more than {limit:,} entries, once anchors are expanded")
            raise self._failure(sentence.format(limit=MOST_NODES), event)

    def _sequence(self, event: Any) -> Node:
        parts: list[Node] = []
        while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
            parts.append(self._node(following))
        return Node(self._mark(event), parts, size=1 + sum(part.size for part in parts))

    def _mapping(self, event: Any) -> Node:
        parts: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        merged: list[Node] = []
        while not isinstance(following := next(self._events), yaml.MappingEndEvent):
            if _is_merge(following):
                merged.extend(self._merged(next(self._events)))
                continue
            name = self._name(following)
            if name in parts:
                sentence = _("{name!r} is here twice; first in line {line}")
                raise self._failure(sentence.format(name=name, line=keys[name].line), following)
            keys[name] = self._mark(following)
            parts[name] = self._node(next(self._events))
        for other in merged:
            parts = {**other.content, **parts}  # type: ignore[dict-item]  # _merged has seen to it
            keys = {**other.keys, **keys}
        size = 1 + sum(part.size for part in parts.values())
        return Node(self._mark(event), parts, keys, size)

    def _merged(self, event: Any) -> list[Node]:
        """Return the mappings that a merge key `<<` names."""
        node = self._node(event)
        mappings = node.content if isinstance(node.content, list) else [node]
        if not all(isinstance(mapping.content, dict) for mapping in mappings):
            raise self._failure(_("<< takes a mapping, or a list of them"), event)
        return mappings

    def _name(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._failure(_("expected the name of a field"), event)
        return str(event.value)

    def _mark(self, event: Any) -> Mark:
        return Mark(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _failure(self, sentence: str, event: Any) -> ScenarioError:
        return _failure(sentence, self._file, event.start_mark)


def _is_merge(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<"


def _failure(sentence: str, file: str, mark: Any = None) -> ScenarioError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return ScenarioError([Problem(sentence, file, line, column)])


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    sentence = _("not valid YAML: {problem}").format(problem=error.problem or error.context)
    lines = text.splitlines()
    line = error.problem_mark.line if error.problem_mark else 0
    if line < len(lines) and "\t" in lines[line][: len(lines[line]) - len(lines[line].lstrip())]:
        return sentence + _("; indent with spaces, not tabs")
    if error.context == "while scanning an alias":
        return sentence + _("; text that begins with * goes in quotes, as in '*/5 * * * *'")
    return sentence
