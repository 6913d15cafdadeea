"""Items that go through stages, all of which are at work at the same time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final

from simpy import Interrupt, Store
from simpy.events import AllOf, Event

from aio_sim.kernel.environment import Environment

BUFFER: Final = 2
"""Items that wait between two stages at most. An assumption."""

Story = Generator[Event, Any, Any]
Stage = Callable[[Any], Story]
"""What a stage does with an item; what the story returns goes to the next stage."""


def pipeline(env: Environment, items: Iterable[Any], stages: Sequence[Stage]) -> Story:
    """Let items through stages in their order; raises what a stage raises, the others stopped."""
    line = _Line(env, list(items))
    buffers = [Store(env, BUFFER) for _stage in stages[1:]]
    pipes = zip(stages, [None, *buffers], [*buffers, None], strict=True)
    stories = [env.process(line.stage(*pipe)) for pipe in pipes]
    try:
        yield AllOf(env, stories) | line.broken
        if line.errors:
            raise line.errors[0]
    except BaseException:
        for story in stories:
            if story.is_alive:
                story.interrupt()
        raise


class _Line:
    """The items of a pipeline, and what went wrong in its stages; two may fail at one instant."""

    def __init__(self, env: Environment, items: Sequence[Any]) -> None:
        self._items = items
        self.broken = Event(env)
        self.errors: list[Exception] = []

    def stage(self, stage: Stage, before: Store | None, after: Store | None) -> Story:
        try:
            for each in self._items:
                item = each if before is None else (yield before.get())
                made = yield from stage(item)
                if after is not None:
                    yield after.put(made)
        except Interrupt:
            return  # another stage failed, or all is given up
        except Exception as error:
            self.errors.append(error)
            if not self.broken.triggered:
                self.broken.succeed()
