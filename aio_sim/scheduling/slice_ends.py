"""The ends of slices: watched only while somebody waits."""

from __future__ import annotations

from collections.abc import Iterable

from aio_sim.kernel.environment import NEVER, Timer
from aio_sim.scheduling.core import Alarm, Core
from aio_sim.scheduling.core_accounts import CoreAccounts
from aio_sim.scheduling.process import Process, Stretches


class SliceEnds:
    """Sees to it that slices end, and keeps the cores whose slice has until they are dealt with."""

    __slots__ = ("_accounts", "_decision", "_ended")

    def __init__(self, accounts: CoreAccounts, decision: Timer) -> None:
        self._accounts = accounts
        self._decision = decision
        self._ended: list[Core] = []

    def __bool__(self) -> bool:
        return bool(self._ended)

    def lapses(self, core: Core) -> None:
        """Note that the slice on a core ends now."""
        self._ended.append(core)
        self._decision.at_once()

    def take(self) -> list[Core]:
        """Return the cores whose slice has ended that run somebody still, and forget them."""
        ended, self._ended = self._ended, []
        return [core for core in ended if core.process is not None]

    def watch(self, cores: Iterable[Core]) -> None:
        """Wait for the ends of the slices on these cores, now that somebody else waits."""
        for core in cores:
            lapse = core.lapse
            if core.process is not None and lapse is not None and lapse.due == NEVER:
                self._watch(core, core.process, lapse)

    def _watch(self, core: Core, process: Process, lapse: Alarm) -> None:
        if core.slice_length is None or core in self._ended:
            return
        now = core.now()
        self._accounts.charge(core, now)
        if core.slice_length is None:
            return
        end = core.slice_start + core.slice_length
        if end == now:
            self._ended.append(core)
        elif end < core.completion.due or _goes_on(process):
            lapse.set(end)


def _goes_on(process: Process) -> bool:
    """Return whether a process may stay on its core when its burst is used up."""
    return process.guest is not None or isinstance(process.bursts, Stretches)
