"""What a scenario does to files and data nodes, step by step or at random."""

from __future__ import annotations

from collections.abc import Callable, Generator, Set
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system import DistributedFileSystem, FileSystemError
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.file_system.steps import (
    BalanceStep,
    DecommissionStep,
    DeleteStep,
    FailStep,
    FileSystemStepSpec,
    RandomFailuresStep,
    RenameStep,
    RestartStep,
    ReviveStep,
    RotStep,
    ScanStep,
)
from aio_sim.scenario.name_patterns import matching

if TYPE_CHECKING:
    import numpy as np

Story = Generator[Event, Any, None]


class FileSteps:
    """Does what a step says; raises what the file system does where it cannot be done.

    `down` are the hosts that are down, on which no data node comes back.
    """

    def __init__(self, env: Environment, files: DistributedFileSystem, down: Set[str]) -> None:
        self._env = env
        self._files = files
        self._down = down
        self._verbs: dict[type[FileSystemStepSpec], Callable[[Any], Event | None]] = {
            DeleteStep: self._delete,
            RenameStep: self._rename,
            RotStep: self._rot,
            FailStep: self._fail,
            ReviveStep: self._revive,
            ScanStep: self._scan,
            DecommissionStep: self._decommission,
            BalanceStep: self._balance,
            RestartStep: self._restart,
        }

    def take(self, step: FileSystemStepSpec) -> Story:
        """Take a step, to its end."""
        ended = self._verbs[type(step)](step)
        if ended is not None:
            yield ended

    def _named(self, step: FailStep | ReviveStep | ScanStep | DecommissionStep) -> list[str]:
        return matching(step.node, self._files.cluster.names)

    def _delete(self, step: DeleteStep) -> None:
        self._files.delete(step.path, recursive=True)

    def _rename(self, step: RenameStep) -> None:
        self._files.rename(step.path, step.to)

    def _fail(self, step: FailStep) -> None:
        for name in self._named(step):
            self._files.fail(name, step.disk_lost)

    def _revive(self, step: ReviveStep) -> None:
        for name in self._named(step):
            if name in self._down:
                raise FileSystemError(_("{node} is down, with its host").format(node=name))
            self._files.revive(name)

    def _scan(self, step: ScanStep) -> Event:
        return AllOf(self._env, [self._files.scan(name) for name in self._named(step)])

    def _decommission(self, step: DecommissionStep) -> Event:
        return AllOf(self._env, [self._files.decommission(name) for name in self._named(step)])

    def _balance(self, step: BalanceStep) -> Event:
        return self._files.balance(Fraction(repr(step.threshold)))

    def _restart(self, step: RestartStep) -> Event:
        return self._files.restart()

    def _rot(self, step: RotStep) -> None:
        views = self._files.blocks(step.path)
        if step.block >= len(views):
            sentence = _("{path} has {count} blocks, there is no block {block}")
            told = sentence.format(path=step.path, count=len(views), block=step.block)
            raise FileSystemError(told)
        view = views[step.block]
        name = step.node or next(iter(view.nodes), self._files.cluster.names[0])
        self._files.rot(name, view.number, step.byte, step.bit)


def fail_at_random(
    env: Environment,
    streams: RandomStreams,
    files: DistributedFileSystem,
    step: RandomFailuresStep,
    number: int,
    down: Set[str],
) -> None:
    """Let each node fail at times of its own, which no other node's shift.

    One whose host is `down` by then comes back with that.
    """
    wounds = _Wounds(files, step.most, down)
    for name in files.cluster.names:
        random = streams.stream(f"file_system.failures.{number}.{name}")
        env.process(_fail_again(env, name, step, random, wounds))


class _Wounds:
    """Nodes that have failed since all was well, of which there may be `most`."""

    def __init__(self, files: DistributedFileSystem, most: int | None, down: Set[str]) -> None:
        self.files = files
        self.down = down
        self._most = most
        self._open: set[str] = set()

    def add(self, name: str) -> bool:
        """Return whether one more node may fail now, which then counts until all is well."""
        if self.files.whole:
            self._open.clear()
        if self._most is not None and len(self._open) >= self._most:
            return False
        self._open.add(name)
        return True


def _fail_again(
    env: Environment,
    name: str,
    step: RandomFailuresStep,
    random: np.random.Generator,
    wounds: _Wounds,
) -> Story:
    """Let one node fail and come back until there has been enough of it."""
    yield env.timeout(step.at)
    while True:
        yield env.timeout(_drawn(random, step.mean))
        pause = None if step.repair is None else _drawn(random, step.repair)
        if env.now >= step.until:
            return
        if not wounds.add(name):
            continue
        wounds.files.fail(name, step.disk_lost)
        if pause is None:
            return
        yield env.timeout(pause)
        if name not in wounds.down:
            wounds.files.revive(name)


def _drawn(random: np.random.Generator, mean: int) -> int:
    """Return an exponential time, of a nanosecond at least."""
    return max(round(random.exponential(mean)), 1)


def told(step: FileSystemStepSpec) -> str:
    """Return what a step does, in the words of the scenario."""
    data = step.model_dump(mode="json", exclude={"at"}, exclude_unset=True)
    return " ".join(word for name, value in data.items() if (word := _word(name, value)))


def _word(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"({name.replace('_', ' ')})" if value else ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
