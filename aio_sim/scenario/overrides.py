"""Overrides: `PATH=VALUE` changes one part of a scenario before it is checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aio_sim.kernel.errors import Problem, ScenarioError, hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import CommandLineText
from aio_sim.scenario.policies import AllocationSpec, DispatchSpec, PolicySpec, SchedulerSpec
from aio_sim.scenario.sentences import shown
from aio_sim.scenario.yaml_tree import Mark, Node, compose

_NAMES: Final = ("name", "id", "kind")
"""What an entry of a list may be called by."""

_POLICIES: Final[Mapping[str, type[PolicySpec[Any]]]] = {
    "scheduler": SchedulerSpec,
    "dispatch": DispatchSpec,
    "allocation": AllocationSpec,
}


def override(root: Node, setting: str) -> Node:
    """Return the document with one part changed; the rest is shared with the old one.

    `setting` is `PATH=VALUE`: fields by name, entries of a list by number, name, id or kind, the
    value in YAML. Choosing another policy leaves behind the options that it does not have. Raises
    ScenarioError where the path leads nowhere or the value is not YAML.
    """
    path, sign, text = setting.partition("=")
    parts = [part.strip() for part in re.sub(r"\[([^\]]*)\]", r".\1", path).split(".")]
    mark = Mark(f"--set {path}")
    if not sign or not all(parts):
        sentence = _("expected PATH=VALUE, such as scheduler.quantum=20ms, got {setting}")
        raise _failure(sentence.format(setting=shown(setting)), Mark("--set"))
    return _changed(root, parts, _value(text, mark), "")


def _value(text: str, mark: Mark) -> Node:
    """Return the part that a value given on the command line stands for."""
    if not text.strip():
        return Node(mark, None)
    try:
        return _marked(compose(text, mark.file), mark)
    except ScenarioError as error:
        raise _failure(error.problems[0].message, mark) from None


def _marked(node: Node, mark: Mark) -> Node:
    """Return a part as it was given on the command line."""
    content = node.content
    if isinstance(content, dict):
        parts = {name: _marked(part, mark) for name, part in content.items()}
        return Node(mark, parts, dict.fromkeys(parts, mark))
    if isinstance(content, list):
        return Node(mark, [_marked(part, mark) for part in content])
    return Node(mark, CommandLineText(content) if isinstance(content, str) else content)


def _changed(node: Node, parts: list[str], value: Node, path: str) -> Node:
    """Return `node`, to which `path` led, with the part at `parts` replaced."""
    if not parts:
        return value
    if isinstance(node.content, list):
        at, used = _entry(node.content, parts, path, value.mark)
        entries = list(node.content)
        entries[at] = _changed(entries[at], parts[used:], value, f"{path}[{at}]")
        return replace(node, content=entries)
    if node.content is not None and not isinstance(node.content, dict):
        sentence = _("is the single value {value}, which has no part {name!r}")
        raise _failure(sentence.format(value=shown(node.content), name=parts[0]), value.mark, path)
    return _changed_field(node, node.content or {}, parts, value, path)


def _changed_field(
    node: Node, fields: dict[str, Node], parts: list[str], value: Node, path: str
) -> Node:
    name, used = _field(fields, parts)
    if parts == ["policy"]:
        fields = _without_old_options(fields, value, path.rpartition(".")[2])
    old = fields.get(name, Node(value.mark, {}))  # a new mapping on the way was written here
    new = _changed(old, parts[used:], value, f"{path}.{name}".removeprefix("."))
    key = node.keys.get(name, value.mark) if parts[used:] else value.mark
    return Node(node.mark, {**fields, name: new}, {**node.keys, name: key})


def _field(fields: Mapping[str, Node], parts: list[str]) -> tuple[str, int]:
    """Return the field that the path goes on with, and how many of its parts that takes."""
    for used in range(1, len(parts) + 1):  # a tenant's name may have dots in it
        if (name := ".".join(parts[:used])) in fields:
            return name, used
    return parts[0], 1


def _entry(entries: list[Node], parts: list[str], path: str, mark: Mark) -> tuple[int, int]:
    """Return the entry that the path goes on with, and how many of its parts that takes."""
    if parts[0].isdecimal() and int(parts[0]) < len(entries):
        return int(parts[0]), 1
    called = [_names(entry) for entry in entries]
    for used in range(1, len(parts) + 1):
        name = ".".join(parts[:used])
        found = [at for at, names in enumerate(called) if name in names]
        if len(found) == 1:
            return found[0], used
        if found:
            numbers = ", ".join(map(str, found))
            sentence = _("{name!r} may be any of the entries {numbers}; give one of the numbers")
            raise _failure(sentence.format(name=name, numbers=numbers), mark, path)
    known = {name for names in called for name in names} | {str(at) for at in range(len(entries))}
    sentence = _("has no entry {name!r}{hint}")
    raise _failure(sentence.format(name=parts[0], hint=hint(parts[0], known)), mark, path)


def _names(entry: Node) -> list[str]:
    content = entry.content if isinstance(entry.content, dict) else {}
    return [
        str(content[name].content)
        for name in _NAMES
        if name in content and isinstance(content[name].content, str | int)
    ]


def _without_old_options(fields: dict[str, Node], value: Node, owner: str) -> dict[str, Node]:
    """Return the fields of `owner` but for options that a newly chosen policy does not have."""
    if owner not in _POLICIES:
        return fields
    known = _POLICIES[owner].known_fields(value.content)
    return {name: part for name, part in fields.items() if name in known}


def policy_fields(owner: str, policy: object) -> set[str]:
    """Return the fields that the part at path `owner` may have under a policy, if it has one."""
    part = owner.rpartition(".")[2]
    return _POLICIES[part].known_fields(policy) if part in _POLICIES else set()


def _failure(sentence: str, mark: Mark, field: str = "") -> ScenarioError:
    return ScenarioError([Problem(sentence, mark.file, field=field)])
