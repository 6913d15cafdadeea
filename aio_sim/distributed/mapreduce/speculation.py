"""Which attempts get a backup: what the policy is told, and when it is asked again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aio_sim.distributed.mapreduce.attempt import Attempt
from aio_sim.distributed.mapreduce.backups import BackupPolicy, Running, Stage
from aio_sim.distributed.mapreduce.task import Task
from aio_sim.kernel.environment import SECOND


class Speculation:
    """Asks a policy about the maps, or about the reduces, of a round."""

    def __init__(self, policy: BackupPolicy, tasks: Sequence[Task]) -> None:
        self._policy = policy
        self._count = len(tasks)
        self._reduces = bool(tasks) and tasks[0].split is None
        self._rates: list[float] = []

    def ended(self, age: int) -> None:
        """Note how long an attempt took that succeeded."""
        self._rates.append(SECOND / max(age, 1))

    def choose(
        self, attempts: Iterable[Attempt], done: int, slots: int, now: int
    ) -> tuple[Attempt | None, int | None]:
        """Return the attempt that gets a backup, or when to ask again; None for neither."""
        own = [each for each in attempts if (each.task.split is None) is self._reduces]
        running = [
            Running(now - each.started, each.progress, len(each.task.attempts) == 1) for each in own
        ]
        backups = sum(each.backup for each in own)
        stage = Stage(self._count, done, self._rates, slots, backups)
        number = self._policy.choose(running, stage)
        if number is not None:
            return own[number], None
        least = self._policy.least_age
        younger = [least - each.age for each in running if each.alone and each.age < least]
        return None, now + min(younger) if younger else None
