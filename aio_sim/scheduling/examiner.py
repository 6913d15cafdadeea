"""Asks a policy one question at a time, and notes what is wrong with the answer."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aio_sim.kernel.messages import _
from aio_sim.scheduling.policy import Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process

POLICYS_OWN = frozenset({"data"})
"""The only attribute of a process that a policy may write."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a policy, or, where it is a warning, worth knowing."""

    message: str
    warning: bool = False

    def __str__(self) -> str:
        return self.message


class Spoilt(Exception):  # noqa: N818 - it ends a rehearsal and nobody else sees it
    """A policy that raised, so that there is no going on with this situation."""


Snapshot = list[tuple[Any, ...]]


def _snapshot(processes: Sequence[Process]) -> Snapshot:
    names = [name for name in Process.__slots__ if name not in POLICYS_OWN]
    return [tuple(copy.copy(getattr(process, name)) for name in names) for process in processes]


def _changed(before: tuple[Any, ...], process: Process) -> str:
    """Return the first attribute of a process that is not as it was."""
    names = [name for name in Process.__slots__ if name not in POLICYS_OWN]
    pairs = zip(names, before, strict=True)
    return next((name for name, value in pairs if getattr(process, name) != value), "")


class Examiner:
    """Puts questions to one policy about the processes of one queue, and keeps the findings.

    Every question is asked twice, of the situation itself and of a copy, which must agree. Only the
    first finding of each kind is kept.
    """

    def __init__(self, policy: SchedulingPolicy) -> None:
        self.policy = policy
        self.findings: dict[str, Finding] = {}
        self.processes: list[Process] = []  # all of the present situation, to see them unchanged

    def note(self, kind: str, sentence: str, *, warning: bool = False, **words: Any) -> None:
        """Keep a finding, unless there is one of its kind; `sentence` is translated here."""
        self.findings.setdefault(kind, Finding(_(sentence).format(**words), warning))

    def tell(self, method: str, *arguments: Any) -> None:
        """Call a hook, which answers nothing."""
        self._call(method, *arguments)

    def key(self, process: Process, moment: Moment) -> Any:
        """Return the key of a process."""
        key = self._answer_twice("key", process, moment)
        if isinstance(key, float) and math.isnan(key):
            self.note("key nan", "key answered NaN, which nothing can be compared with")
        return key

    def sorts(self, keys: Sequence[Any]) -> bool:
        """Return whether keys can be compared with each other."""
        try:
            sorted(keys)
        except TypeError as error:
            self.note("key order", "keys cannot be compared with each other: {error}", error=error)
            return False
        return True

    def pick(self, ready: Sequence[Process], moment: Moment) -> Process:
        """Return the process that the policy picks.

        Raises Spoilt where it is not one of those ready.
        """
        offered = list(ready)
        picked = self._answer_twice("pick", offered, moment)
        if offered != list(ready):
            self.note(
                "pick list",
                "pick changed the list of ready processes; it may only look at it",
            )
        if not any(process is picked for process in ready):
            self.note(
                "pick stranger",
                "pick answered {picked!r}, which is not one of the ready processes {ready}",
                picked=picked,
                ready=[process.number for process in ready],
            )
            raise Spoilt
        chosen: Process = picked
        return chosen

    def preempts(self, candidate: Process, running: Process, moment: Moment) -> bool:
        """Return whether the candidate takes the core."""
        answer = self._answer_twice("preempts", candidate, running, moment)
        if answer not in (True, False):
            self.note(
                "preempts type",
                "preempts answered {answer!r} where True or False was expected",
                answer=answer,
            )
        return bool(answer)

    def slice(self, process: Process, moment: Moment) -> int | None:
        """Return the slice of a process.

        Raises Spoilt where it is no time at all.
        """
        length = self._answer_twice("slice", process, moment)
        if length is None:
            return None
        if isinstance(length, bool) or int(length) != length:
            self.note(
                "slice type",
                "slice answered {length!r} where whole nanoseconds or None were expected",
                length=length,
            )
        if length <= 0:
            self.note("slice", "slice answered {length!r}; it must be above 0", length=length)
            raise Spoilt
        return int(length)

    def value(self, process: Process, moment: Moment) -> None:
        """See that the number for explanations is one."""
        value = self._answer_twice("value", process, moment)
        if value is not None and not math.isfinite(value):
            self.note("value", "value answered {value!r}, which is no number", value=value)

    def reorders_at(self, moment: Moment) -> int | None:
        """Return the next instant at which keys change."""
        at = self._answer_twice("reorders_at", moment)
        if at is not None and at <= moment.now:
            self.note(
                "reorders_at",
                "reorders_at answered {at}, which is not after now, {now}",
                at=at,
                now=moment.now,
            )
            raise Spoilt
        return None if at is None else int(at)

    def _answer_twice(self, method: str, *arguments: Any) -> Any:
        again = self._copy(arguments)
        answer = self._call(method, *arguments)
        if again is not None:
            with self._unspoilt():
                second = self._call(method, *again, watch=False)
                if not _alike(answer, second):
                    self.note(
                        f"{method} fickle",
                        "{method} is not deterministic: asked twice in the same situation, it "
                        "answered {answer!r} and {second!r}; use moment.random for chance and "
                        "moment.memory or process.data for what it remembers",
                        method=method,
                        answer=answer,
                        second=second,
                    )
        return answer

    @staticmethod
    def _copy(arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
        try:
            return copy.deepcopy(arguments)
        except Exception:  # what a policy remembers need not be something that can be copied
            return None

    @contextmanager
    def _unspoilt(self) -> Iterator[None]:
        try:
            yield
        except Spoilt:
            return

    def _call(self, method: str, *arguments: Any, watch: bool = True) -> Any:
        before = _snapshot(self.processes) if watch else []
        ask: Callable[..., Any] = getattr(self.policy, method)
        try:
            return ask(*arguments)
        except Exception as error:
            self.note(
                f"{method} raised",
                "{method} raised {kind}: {error}",
                method=method,
                kind=type(error).__name__,
                error=error,
            )
            raise Spoilt from error
        finally:
            if watch:
                self._see_unchanged(method, before)

    def _see_unchanged(self, method: str, before: Snapshot) -> None:
        for process, was in zip(self.processes, before, strict=True):
            if name := _changed(was, process):
                self.note(
                    f"{method} changed {name}",
                    "{method} changed {name} of process {number}; a policy may only write its "
                    "`data` (and moment.memory)",
                    method=method,
                    name=name,
                    number=process.number,
                )


def _alike(answer: Any, second: Any) -> bool:
    """Return whether two answers say the same; a process and its copy do."""
    if isinstance(answer, Process) and isinstance(second, Process):
        return answer.number == second.number
    return bool(answer == second or (answer != answer and second != second))
