"""Ready queues: in order of joining, by a key that stands still, or by a pick each time."""

from __future__ import annotations

import heapq
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from traceback import extract_tb
from typing import Any, Protocol

from aio_sim.kernel.errors import AioSimError, PolicyError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.policy import HOOKS, Moment, SchedulingPolicy
from aio_sim.scheduling.process import Process


class ReadyQueue(Protocol):
    """The processes that wait for a core."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Process]: ...
    def push(self, process: Process) -> None: ...
    def put_back(self, process: Process) -> None:
        """Take back a process that was on a core and keeps its turn."""

    def peek(self) -> Process: ...
    def pop(self) -> Process: ...
    def remove(self, process: Process) -> None: ...
    def rekey(self) -> None:
        """Ask the policy for every key anew."""

    def runner_up(self, chosen: Process) -> Process | None:
        """Return who would have been next, after `chosen` was popped; for explanations."""


def overrides(policy: SchedulingPolicy, method: str) -> bool:
    """Return whether a policy has its own version of one of SchedulingPolicy's methods."""
    return getattr(type(policy), method) is not getattr(SchedulingPolicy, method)


def only_takes_turns(policy: SchedulingPolicy) -> bool:
    """Return whether a policy is first come, first served, and hears of nothing else."""
    return _only_takes_turns(type(policy))


@cache
def _only_takes_turns(kind: type[SchedulingPolicy]) -> bool:
    asked_for_explanations = {"value"}
    return all(
        getattr(kind, hook) is getattr(SchedulingPolicy, hook)
        for hook in HOOKS - asked_for_explanations
    )


def ready_queue(policy: SchedulingPolicy, moment: Moment) -> ReadyQueue:
    """Return the ready queue that fits a policy."""
    if overrides(policy, "pick"):
        return PickQueue(policy, moment)
    if overrides(policy, "key"):
        return KeyQueue(policy, moment)
    return TurnQueue()


def ask(policy: object, method: Callable[..., Any], *arguments: Any) -> Any:
    """Return a policy's answer.

    Raises PolicyError where the policy raises.
    """
    try:
        return method(*arguments)
    except (Exception, SystemExit) as error:
        raise failure(policy, method, error) from error


def failure(
    policy: object, method: Callable[..., Any], error: Exception | SystemExit
) -> AioSimError:
    """Return the error that says that a policy raised, and where; one of ours stays what it is."""
    if isinstance(error, AioSimError):
        return error
    frame = extract_tb(error.__traceback__)[-1]
    return PolicyError(
        _("policy {policy}: {method} raised {kind}: {error} ({file}:{line})").format(
            policy=type(policy).__name__,
            method=method.__name__,
            kind=type(error).__name__,
            error=error,
            file=frame.filename,
            line=frame.lineno,
        )
    )


class TurnQueue(deque[Process]):
    """First come, first served."""

    push = deque.append
    put_back = deque.appendleft
    pop = deque.popleft

    def peek(self) -> Process:
        return self[0]

    def rekey(self) -> None:
        """Turns do not change."""

    def runner_up(self, chosen: Process) -> Process | None:
        return self[0] if self else None


class KeyQueue:
    """By the policy's key, then by arrival, then by number; a binary heap."""

    def __init__(self, policy: SchedulingPolicy, moment: Moment) -> None:
        self._policy, self._moment = policy, moment
        self._heap: list[tuple[Any, int, int, Process]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[Process]:
        return (entry[3] for entry in sorted(self._heap, key=lambda entry: entry[:3]))

    def _entry(self, process: Process) -> tuple[Any, int, int, Process]:
        key = ask(self._policy, self._policy.key, process, self._moment)
        return key, process.arrival, process.number, process

    def push(self, process: Process) -> None:
        entry = self._entry(process)
        try:
            heapq.heappush(self._heap, entry)
        except TypeError as error:
            raise PolicyError(
                _("policy {policy}: key {key!r} cannot be compared with the others").format(
                    policy=type(self._policy).__name__, key=entry[0]
                )
            ) from error

    put_back = push

    def peek(self) -> Process:
        return self._heap[0][3]

    def pop(self) -> Process:
        return heapq.heappop(self._heap)[3]

    def remove(self, process: Process) -> None:
        self._heap = [entry for entry in self._heap if entry[3] is not process]
        heapq.heapify(self._heap)

    def rekey(self) -> None:
        self._heap = [self._entry(entry[3]) for entry in self._heap]
        heapq.heapify(self._heap)

    def runner_up(self, chosen: Process) -> Process | None:
        return self._heap[0][3] if self._heap else None


class PickQueue:
    """By the policy's pick, asked anew each time; processes stand in the order of joining."""

    def __init__(self, policy: SchedulingPolicy, moment: Moment) -> None:
        self._policy, self._moment = policy, moment
        self._ready: list[Process] = []
        self._picked: Process | None = None  # peeked at, so that a draw is made once

    def __len__(self) -> int:
        return len(self._ready)

    def __iter__(self) -> Iterator[Process]:
        return iter(self._ready)

    def push(self, process: Process) -> None:
        self._ready.append(process)
        self._picked = None

    def put_back(self, process: Process) -> None:
        insort(self._ready, process, key=lambda process: process.joined)
        self._picked = None

    def peek(self) -> Process:
        if self._picked is None:
            picked = ask(self._policy, self._policy.pick, tuple(self._ready), self._moment)
            if not any(process is picked for process in self._ready):
                raise PolicyError(
                    _("policy {policy}: pick answered {picked!r}, which is not ready").format(
                        policy=type(self._policy).__name__, picked=picked
                    )
                )
            self._picked = picked
        return self._picked

    def pop(self) -> Process:
        picked = self.peek()
        self.remove(picked)
        return picked

    def remove(self, process: Process) -> None:
        self._ready.remove(process)
        self._picked = None

    def rekey(self) -> None:
        self._picked = None

    def runner_up(self, chosen: Process) -> Process | None:
        """Return the process whose value comes nearest to that of the chosen one."""
        value = self._value(chosen)
        if value is None or not self._ready:
            return None
        near = value
        return min(self._ready, key=lambda process: abs((self._value(process) or 0.0) - near))

    def _value(self, process: Process) -> float | None:
        value: float | None = ask(self._policy, self._policy.value, process, self._moment)
        return value
