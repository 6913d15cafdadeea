"""Asks a policy one question at a time, and notes what is wrong with the answer."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.kernel.messages import _
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process

READ_ONLY: Final = tuple(name for name in Process.__slots__ if name != "data")
"""The attributes of a process that a policy may not write."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a policy, or, where it is a warning, worth knowing."""

    message: str
    warning: bool = False


class UnusableAnswerError(Exception):
    """A policy that raised, or gave an answer with which a situation cannot go on."""


class Examiner:
    """Puts questions to one policy and keeps the findings, the first of each kind.

    With `twice`, every question is asked of a copy of the situation too, and answers must agree.
    """

    def __init__(self, policy: SchedulingPolicy) -> None:
        self.policy = policy
        self.twice = True
        self.findings: dict[str, Finding] = {}

    def note(self, kind: str, sentence: str, *, warning: bool = False) -> None:
        """Keep a finding, unless there is one of its kind."""
        self.findings.setdefault(kind, Finding(sentence, warning))

    def tell(self, method: str, *arguments: Any) -> None:
        """Call a hook, which answers nothing."""
        self._call(method, arguments)

    def key(self, process: Process, moment: Moment) -> Any:
        """Return the key of a process."""
        key = self._answer("key", process, moment)
        if isinstance(key, float) and math.isnan(key):
            self.note("key nan", _("key answered NaN, which nothing can be compared with"))
        return key

    def sorts(self, keys: Sequence[Any]) -> bool:
        """Return whether keys can be compared with each other."""
        try:
            sorted(keys)
        except TypeError as error:
            sentence = _("the keys {keys} cannot be compared with each other: {error}")
            self.note("key order", sentence.format(keys=keys, error=error))
            return False
        return True

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        """Return the process that the policy picks.

        Raises UnusableAnswerError where it is not one of those ready.
        """
        offered = list(ready)
        picked: Process = self._answer("pick", offered, moment)
        if offered != list(ready):
            sentence = _("pick changed the list of ready processes; it may only look at it")
            self.note("pick list", sentence)
        if any(process is picked for process in ready):
            return picked
        sentence = _("pick answered {picked!r}, which is not one of the processes ready, {ready}")
        self.note("pick stranger", sentence.format(picked=picked, ready=list(ready)))
        raise UnusableAnswerError

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate takes the core."""
        answer = self._answer("preempts", candidate, running, moment)
        if answer not in (True, False):
            sentence = _("preempts answered {answer!r} where True or False was expected")
            self.note("preempts type", sentence.format(answer=answer))
        return bool(answer)

    def slice(self, process: Process, moment: Moment) -> int | None:
        """Return the slice of a process.

        Raises UnusableAnswerError where it is no time.
        """
        length = self._answer("slice", process, moment)
        if length is None:
            return None
        if isinstance(length, int) and length > 0:
            return length
        sentence = _("slice answered {length!r}; expected whole nanoseconds above 0, or None")
        self.note("slice", sentence.format(length=length))
        raise UnusableAnswerError

    def value(self, process: Process, moment: Moment) -> None:
        """See that the number for explanations is one."""
        value = self._answer("value", process, moment)
        if value is None:
            return
        with suppress(TypeError):
            if math.isfinite(value):
                return
        self.note("value", _("value answered {value!r}, which is no number").format(value=value))

    def reorders_at(self, moment: Moment) -> int | None:
        """Return the next instant at which keys change by themselves.

        Raises UnusableAnswerError where it is not in the future.
        """
        at = self._answer("reorders_at", moment)
        if at is None or (isinstance(at, int) and at > moment.now):
            return at
        sentence = _("reorders_at answered {at!r}; expected an instant after now, {now}, or None")
        self.note("reorders_at", sentence.format(at=at, now=moment.now))
        raise UnusableAnswerError

    def _answer(self, method: str, *arguments: Any) -> Any:
        again = _copy(arguments) if self.twice else None
        answer = self._call(method, arguments)
        if again is not None:
            with suppress(UnusableAnswerError):
                self._compare(method, answer, self._call(method, again))
        return answer

    def _compare(self, method: str, first: Any, second: Any) -> None:
        if not _alike(first, second):
            sentence = _(
                "{method} is not deterministic: asked twice in the same situation it answered "
                "{first!r} and {second!r}; take chance from moment.random, and keep what is to be "
                "remembered in moment.memory or process.data"
            )
            text = sentence.format(method=method, first=first, second=second)
            self.note(f"{method} fickle", text)

    def _call(self, method: str, arguments: tuple[Any, ...]) -> Any:
        shown = _processes(arguments)
        before = [_read_only(process) for process in shown]
        try:
            answer = getattr(self.policy, method)(*arguments)
        except Exception as error:
            sentence = _("{method} raised {kind}: {error}")
            text = sentence.format(method=method, kind=type(error).__name__, error=error)
            self.note(f"{method} raised", text)
            raise UnusableAnswerError from error
        for process, was in zip(shown, before, strict=True):
            self._see_unchanged(method, process, was)
        return answer

    def _see_unchanged(self, method: str, process: Process, was: tuple[Any, ...]) -> None:
        for name, before, now in zip(READ_ONLY, was, _read_only(process), strict=True):
            if before != now:
                sentence = _(
                    "{method} changed {name} of process {number}; a policy may write only to "
                    "process.data and moment.memory"
                )
                text = sentence.format(method=method, name=name, number=process.number)
                self.note(f"{method} changed {name}", text)


def _copy(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
    try:
        return copy.deepcopy(arguments)
    except Exception:  # what a policy remembers need not be something that can be copied
        return None


def _processes(arguments: tuple[Any, ...]) -> list[Process]:
    """Return the processes that are shown to the policy, one by one or in a list."""
    shown: list[Process] = []
    for argument in arguments:
        if isinstance(argument, Process):
            shown.append(argument)
        elif isinstance(argument, list):
            shown += argument
    return shown


def _read_only(process: Process) -> tuple[Any, ...]:
    values = tuple(getattr(process, name) for name in READ_ONLY)
    return tuple(list(value) if isinstance(value, list) else value for value in values)


def _alike(first: Any, second: Any) -> bool:
    """Return whether two answers say the same; a process and its copy do, and so do two NaNs."""
    if isinstance(first, Process) and isinstance(second, Process):
        return first.number == second.number
    return bool(first == second or (first != first and second != second))
