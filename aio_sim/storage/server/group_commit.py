"""When commits become durable: together, with the flush of the log that serves all who wait."""

from __future__ import annotations

from collections.abc import Callable

from simpy.events import Event

from aio_sim.kernel.environment import COMPLETION, Environment, Timer


class GroupCommit:
    """Flushes the log for those who wait; who comes during a flush waits for the next one.

    `flush` makes all of the log durable and returns for how long the disk is busy with it (ns).
    The first who comes waits `window` ns for others, so that one flush serves more.

    Source: Gawlick & Kinkade, Varieties of Concurrency Control in IMS/VS Fast Path, 1985; DeWitt
    et al., Implementation Techniques for Main Memory Database Systems, SIGMOD 1984.
    """

    def __init__(self, env: Environment, flush: Callable[[], int], window: int = 0) -> None:
        self._env = env
        self._flush = flush
        self._window = window
        self._opens = Timer(env, self._begin, COMPLETION)
        self._ends = Timer(env, self._end, COMPLETION)
        self._next: Event | None = None  # of those who wait for the next flush to begin
        self._present: Event | None = None  # of those whose flush is under way
        self.flushes = 0
        self.commits = 0

    def join(self) -> Event:
        """Return an event that fires when all that is in the log by now is durable."""
        self.commits += 1
        joined = self._next
        if joined is None:
            joined = self._next = Event(self._env)
            if self._present is None:
                self._opens.set(self._env.now + self._window)
        return joined

    def stop(self) -> None:
        """Forget all who wait: the power is gone."""
        self._opens.cancel()
        self._ends.cancel()
        self._next = self._present = None

    def _begin(self) -> None:
        self._present, self._next = self._next, None
        self.flushes += 1
        self._ends.set(self._env.now + self._flush())

    def _end(self) -> None:
        done, self._present = self._present, None
        if self._next is not None:
            self._opens.set(self._env.now + self._window)
        if done is not None:
            done.succeed()


class LazyFlush:
    """Flushes the log at the end of each period in which somebody committed.

    Source: MySQL Reference Manual, innodb_flush_log_at_trx_commit = 0: once a second.
    """

    def __init__(self, env: Environment, flush: Callable[[], int], period: int) -> None:
        self._env = env
        self._flush = flush
        self._period = period
        self._due = Timer(env, self._on_due, COMPLETION)
        self.flushes = 0
        self.commits = 0

    def note(self) -> None:
        """Note that there is something to flush."""
        self.commits += 1
        if self._due.due < 0:
            now = self._env.now
            self._due.set(now - now % self._period + self._period)

    def stop(self) -> None:
        """Flush no more: the power is gone."""
        self._due.cancel()

    def _on_due(self) -> None:
        self.flushes += 1
        self._flush()
