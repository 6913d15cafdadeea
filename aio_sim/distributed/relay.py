"""Packets through stages, each of which serves one at a time: a pipeline that may branch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from simpy.events import Event

from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.environment import Environment


class NodeDown(Exception):  # noqa: N818  # it says what happened
    """A node that a stage needs is down; its name is `node`.

    It belongs to the simulated world, as TransferFailed does, and never ends a run.
    """

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


Broken = (TransferFailed, NodeDown)
"""What a relay fails with."""


class Server(Protocol):
    """What serves the packets of a stage."""

    def serve(self, size: int) -> Event | None:
        """Return an event that fires when a packet is served; None where that takes no time.

        Raises NodeDown where it cannot be.
        """

    def cancel(self) -> None:
        """Give up the packet in hand, if there is one."""


class Stage(NamedTuple):
    """A server, and the stage after which a packet comes to it; None for the beginning."""

    server: Server
    after: int | None


def packets(size: int, most: int) -> list[int]:
    """Return the sizes of the packets that make up so many bytes, each of `most` at the most."""
    whole, rest = divmod(size, most)
    return [most] * whole + [rest] * (rest > 0)


class Relay:
    """Lets packets through stages, in their order, and each as soon as the stage is free.

    `through` counts the packets that have passed each stage. `done` fires when all have passed
    all, and fails with the first failure, when the other stages give up. An undisturbed chain of
    stages is a permutation flow shop (M. Pinedo, Scheduling, 5th ed., chapter 6).
    """

    def __init__(self, env: Environment, sizes: Sequence[int], stages: Sequence[Stage]) -> None:
        self.done = env.event()
        self.through = [0] * len(stages)
        self._sizes = sizes
        self._stages = stages
        self._busy = [False] * len(stages)
        self._open = len(stages)
        """How many stages have packets before them."""
        self._followers: list[list[int]] = [[] for _stage in stages]
        for number, stage in enumerate(stages):
            if stage.after is not None:
                self._followers[stage.after].append(number)
        self._begin()

    def give_up(self, reason: Exception) -> None:
        """Let nothing more through; `done` fails with the reason, unless all is over."""
        if not self.done.triggered:
            self._fail(reason)

    def _begin(self) -> None:
        if not self._sizes or not self._stages:
            self.done.succeed()
            return
        for number, stage in enumerate(self._stages):
            if stage.after is None:
                self._advance(number)

    def _advance(self, number: int) -> None:
        """Serve the next packets of a stage until one takes time, or there is none."""
        stage = self._stages[number]
        while not self._busy[number] and not self.done.triggered:
            here = len(self._sizes) if stage.after is None else self.through[stage.after]
            if self.through[number] >= here:
                return
            try:
                event = stage.server.serve(self._sizes[self.through[number]])
            except NodeDown as failure:
                self._fail(failure)
                return
            if event is None:
                self._passed(number)
                continue
            self._busy[number] = True
            assert event.callbacks is not None
            event.callbacks.append(partial(self._served, number))

    def _served(self, number: int, event: Event) -> None:
        self._busy[number] = False
        if not event.ok:
            event.defused = True
        if self.done.triggered:
            return
        if not event.ok:
            self._fail(event.value)
            return
        self._passed(number)
        self._advance(number)

    def _passed(self, number: int) -> None:
        self.through[number] += 1
        if self.through[number] == len(self._sizes):
            self._open -= 1
            if not self._open:
                self.done.succeed()
        for follower in self._followers[number]:
            self._advance(follower)

    def _fail(self, failure: Any) -> None:
        self.done.fail(failure)
        self.done.defused = True  # whoever waits is told; nobody need wait
        for number, stage in enumerate(self._stages):
            if self._busy[number]:
                stage.server.cancel()
