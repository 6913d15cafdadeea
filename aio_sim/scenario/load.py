"""From a file to a checked scenario, or to all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aio_sim.kernel.errors import InputError, Problem, ScenarioError
from aio_sim.kernel.messages import _, plural
from aio_sim.scenario.findings import UNKNOWN_FIELD, Location
from aio_sim.scenario.locate import find_scenario
from aio_sim.scenario.overrides import override
from aio_sim.scenario.schema import Scenario
from aio_sim.scenario.sentences import sentence, shown
from aio_sim.scenario.yaml_tree import Mark, Node, compose

LARGEST_FILE: Final = 10_000_000
"""Bytes; a larger file is a log, and belongs in a trace workload."""

MOST_PROBLEMS: Final = 50
"""Problems told in full; beyond them, their number."""

_ABSENT: Final = frozenset({"missing", "union_tag_invalid", "union_tag_not_found"})
"""The types of errors that may be about a field that is not there."""


def load(reference: str | Path, set: Iterable[str] = ()) -> Scenario:
    """Return the scenario of a file or shipped name, with overrides.

    Raises UnknownName where there is no such scenario, ScenarioError with all that is wrong.
    """
    return reader(reference)(set)


def reader(reference: str | Path) -> Callable[[Iterable[str]], Scenario]:
    """Return what makes scenarios of overrides to one file or shipped name, which is read once.

    Raises UnknownName where there is no such scenario; what is returned raises ScenarioError.
    """
    path = find_scenario(reference)
    text = read_text(path)
    return lambda set: parse(text, str(path), path.parent, set)


def parse(
    text: str, file: str = "", folder: Path | None = None, set: Iterable[str] = ()
) -> Scenario:
    """Return the scenario of a YAML text, with overrides.

    `file` is what errors call it; the files it names are looked for in `folder`. Raises
    ScenarioError with all that is wrong.
    """
    root = compose(text, file)
    if not isinstance(root.content, dict):
        found = _("expected a mapping of fields (name, hosts, workload, ...), got {value}")
        raise ScenarioError([_problem(found.format(value=shown(root.data())), root.mark)])
    return checked(root, folder, set)


def checked(root: Node, folder: Path | None = None, set: Iterable[str] = ()) -> Scenario:
    """Return the scenario of a mapping of fields, with overrides; raises as `parse` does."""
    file = root.mark.file
    root, problems = _overridden(root, set)
    try:
        scenario = Scenario.model_validate(root.data(), context={"folder": folder or Path()})
    except ValidationError as error:
        problems += _problems(error, root)
    except InputError as error:  # from a policy's own validation, which pydantic lets through
        problems.append(Problem(str(error), file))
    if problems:
        raise ScenarioError(problems)
    return scenario


def _overridden(root: Node, settings: Iterable[str]) -> tuple[Node, list[Problem]]:
    """Return the document with all overrides that are possible, and what is wrong with others."""
    problems: list[Problem] = []
    for setting in settings:
        try:
            root = override(root, setting)
        except ScenarioError as error:
            problems += error.problems
    return root, problems


def read_text(path: Path) -> str:
    """Return the text of a file; ScenarioError where it cannot be read, or is no scenario's."""
    try:
        with open(path, "rb") as file:  # a pipe has no size, so reading is what is bounded
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = _("cannot be read: {reason}").format(reason=error.strerror)
        raise ScenarioError([Problem(reason, str(path))]) from None
    if len(content) > LARGEST_FILE:
        reason = _("larger than {limit} MB; a log belongs in a workload of the kind trace")
        raise ScenarioError([Problem(reason.format(limit=LARGEST_FILE // 1_000_000), str(path))])
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str:
    try:
        if b"\0" not in content:
            return content.decode("utf-8-sig")
        at = content.index(b"\0")
    except UnicodeDecodeError as error:
        at = error.start
    line = content.count(b"\n", 0, at) + 1
    reason = _("not a text in UTF-8 (byte {byte:#04x} at offset {at})")
    problem = Problem(reason.format(byte=content[at], at=at), str(path), line)
    raise ScenarioError([problem])


def _problems(error: ValidationError, root: Node) -> list[Problem]:
    """Return the problems in the order of the file; beyond the first ones, only their number."""
    # Pydantic counts the good entries of a list only; what is wrong with the others has been told.
    details = [detail for detail in error.errors(include_url=False) if not _repeats(detail)]
    problems = [_told(detail, root) for detail in details[:MOST_PROBLEMS]]
    problems.sort(key=lambda problem: (problem.line, problem.column))
    if (beyond := len(details) - MOST_PROBLEMS) > 0:
        more = plural("and {count} more problem", "and {count} more problems", beyond)
        problems.append(Problem(more.format(count=beyond), root.mark.file))
    return problems


def _repeats(detail: ErrorDetails) -> bool:
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _told(detail: ErrorDetails, root: Node) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    said = sentence(kind, detail["msg"], detail["input"], context)
    mark, field = _place(root, _location(detail["loc"], kind, context), kind)
    return _problem(said, mark, field)


def _location(location: Location, kind: str, context: Mapping[str, Any]) -> Location:
    """Return where an error is: one about the kind of a part, at the field that says the kind."""
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return (*location, context["discriminator"].strip("'"))
    return location


def _place(root: Node, location: Location, kind: str) -> tuple[Mark, str]:
    """Return where the part at a pydantic location was written, and its path for people.

    Pydantic's locations also name the kinds it tells apart by their tags; those are no parts.
    """
    node, mark, path, known = root, root.mark, "", True
    for part in location:
        child = _child(node, part)
        known = child is not None
        if child is None:
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
        # An unknown field is at fault where its name stands, others where their value does.
        mark = node.keys[str(part)] if kind == UNKNOWN_FIELD and node.keys else child.mark
        node = child
    if kind in _ABSENT and not known and isinstance(node.content, dict):
        path += f".{location[-1]}"
    path = path.removeprefix(".")
    return mark, "" if mark.file == f"--set {path}" else path


def _child(node: Node, part: int | str) -> Node | None:
    if isinstance(node.content, list):
        return node.content[part] if isinstance(part, int) else None
    if isinstance(node.content, dict):
        return node.content.get(str(part))
    return None


def _problem(said: str, mark: Mark, field: str = "") -> Problem:
    return Problem(said, mark.file, mark.line, mark.column, field)
