"""A profile: what will be free on one host, from now to the end of time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from aio_sim.resources.demand import FOREVER, Needs

_TRIM = 16


class Profile:
    """Free amounts as steps in time: `rows[i]` holds from `times[i]` up to `times[i + 1]`."""

    def __init__(self, amounts: Sequence[int], now: int = 0) -> None:
        self.times = [now]
        self.rows = [list(amounts)]

    def earliest(
        self, needs: Needs, duration: int, now: int, before: int, continues: bool = False
    ) -> int | None:
        """Return the first instant from `now` on, and before `before`, with room for `duration`.

        With `continues`, the needs themselves are what takes the room from `before` on, so that a
        stretch of room up to `before` is enough. None where there is no such instant. O(steps).
        """
        times, rows = self.times, self.rows
        start = None
        for step in range(self._step_of(now), len(times)):
            at = times[step]
            if at >= before and (continues or start is None):
                break
            row = rows[step]
            for kind, amount in needs:
                if row[kind] < amount:
                    start = None
                    break
            else:
                if start is None:
                    start = max(at, now)
                following = times[step + 1] if step + 1 < len(times) else FOREVER
                if following >= min(start + duration, FOREVER):
                    return start
        return start if continues else None

    def change(self, start: int, end: int, needs: Needs, sign: int) -> None:
        """Lend (sign -1) or give back (+1) from start to end; O(steps)."""
        if start >= end:
            return
        first, last = self._split(start), self._split(end)
        for row in self.rows[first:last]:
            for kind, amount in needs:
                row[kind] += sign * amount
        self._join(last)
        self._join(first)

    def least(self, start: int, end: int) -> list[int]:
        """Return the amounts that are free all the time from start to end."""
        first = bisect_right(self.times, start) - 1
        last = max(bisect_left(self.times, end), first + 1)  # at an instant, where they are one
        return [min(column) for column in zip(*self.rows[first:last], strict=True)]

    def _step_of(self, now: int) -> int:
        step = bisect_right(self.times, now) - 1
        if step > _TRIM:  # what is past is of no more use
            del self.times[:step], self.rows[:step]
            return 0
        return step

    def _split(self, at: int) -> int:
        """Return the step that begins at an instant, making one if need be."""
        step = bisect_left(self.times, at)
        if step == len(self.times) or self.times[step] != at:
            self.times.insert(step, at)
            self.rows.insert(step, list(self.rows[step - 1]))
        return step

    def _join(self, step: int) -> None:
        """Join a step to the one before, if it is no step."""
        if 0 < step < len(self.times) and self.rows[step] == self.rows[step - 1]:
            del self.times[step], self.rows[step]
