"""What a reader of manifests found: what is wrong, and what is not simulated."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from aio_sim.kernel.errors import Problem, ScenarioError
from aio_sim.kernel.messages import plural
from aio_sim.scenario.load import MOST_PROBLEMS
from aio_sim.scenario.yaml_tree import Mark

_EACH = re.compile(r"\[\d+\]|(?<=^services\.)[^.]+")
"""What of a path tells entries that are alike from each other."""


@dataclass
class Notes:
    """Problems and warnings, gathered so that all are told at once."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)
    """Fields that are not simulated."""
    missing: dict[Mark, list[str]] = field(default_factory=dict)
    """Variables without a value, by where they stand."""
    paths: dict[Mark, str] = field(default_factory=dict)
    """The path of each part that was looked at, by where it stands."""

    def wrong(self, sentence: str, mark: Mark, path: str) -> None:
        """Note what is wrong with a part."""
        self.problems.append(_problem(sentence, mark, path))

    def warn(self, sentence: str, mark: Mark, path: str) -> None:
        """Note what comes out otherwise than its author may think."""
        self.warnings.append(_problem(sentence, mark, path))

    def ignore(self, sentence: str, mark: Mark, path: str) -> None:
        """Note a field that is not simulated."""
        self.unread.append(_problem(sentence, mark, path))

    def raise_any(self) -> None:
        """Raise a ScenarioError of all that is wrong, if anything is."""
        if not self.problems:
            return
        found = sorted(self.problems, key=lambda each: (each.file, each.line, each.column))
        beyond = len(found) - MOST_PROBLEMS
        if beyond > 0:
            more = plural("and {count} more problem", "and {count} more problems", beyond)
            found = [*found[:MOST_PROBLEMS], Problem(more.format(count=beyond))]
        raise ScenarioError(found)

    def told(self) -> tuple[str, ...]:
        """Return the warnings in sentences, each field that is not simulated once a file."""
        first = [str(each) for each in self.warnings]
        return (*first, *(_told(alike) for alike in _alike(self.unread)))

    def in_manifest(self, error: ScenarioError) -> ScenarioError:
        """Return an error with the paths of the manifest, wherever a problem stands in it."""
        return ScenarioError([self._placed(problem) for problem in error.problems])

    def _placed(self, problem: Problem) -> Problem:
        mark = Mark(problem.file, problem.line, problem.column)
        field = self.paths.get(mark, problem.field)
        return Problem(problem.message, problem.file, problem.line, problem.column, field)


def _alike(unread: Iterable[Problem]) -> Iterable[list[Problem]]:
    """Return the problems by file and field, whatever entry it is of."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for each in unread:
        key = each.file, _EACH.sub("", each.field), each.message
        groups.setdefault(key, []).append(each)
    return groups.values()


def _told(alike: list[Problem]) -> str:
    first, others = alike[0], len(alike) - 1
    if not others:
        return str(first)
    more = plural("{first} (and {count} more)", "{first} (and {count} more)", others)
    return more.format(first=first, count=others)


def _problem(sentence: str, mark: Mark, path: str) -> Problem:
    return Problem(sentence, mark.file, mark.line, mark.column, path)
