"""Why a virtual core joins the Cpu below it, and why it leaves, in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING

from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import Reason

if TYPE_CHECKING:
    from aio_sim.analysis.board import Board
    from aio_sim.analysis.levels import Levels, VirtualCoreName
    from aio_sim.analysis.machine_lives import MachineLives
    from aio_sim.kernel.trace import ScheduleRow


class _Why(Enum):
    """Why a virtual core rests."""

    IDLE = auto()
    STANDS_STILL = auto()
    LIMIT = auto()
    WEIGHT = auto()


class VirtualCoreWords:
    """Tells the steps of virtual cores; those of a trace one after the other."""

    def __init__(self, levels: Levels, lives: MachineLives) -> None:
        self._levels = levels
        self._lives = lives
        self._resting: dict[int, _Why] = {}

    def joins(self, row: ScheduleRow) -> str:
        """Return why a virtual core joins, "" where it is none or has not joined anew."""
        core = self._levels.virtual_cores.get(row.process)
        if core is None or row.reason not in (Reason.ARRIVAL, Reason.WAKE_UP):
            return ""
        forms = {
            _Why.IDLE: _("{core} has something to run"),
            _Why.STANDS_STILL: _("{core} may run again"),
            _Why.LIMIT: _("{core} may run again, within the limit of {machine}"),
            _Why.WEIGHT: _("{core} is back, with its new weight"),
        }
        return _told(forms[self._resting.pop(row.process, _Why.IDLE)], core)

    def leaves(self, row: ScheduleRow, boards: Mapping[str, Board]) -> str:
        """Return why a virtual core leaves, "" where it is none or does not; boards are by Cpu."""
        core = self._levels.virtual_cores.get(row.process)
        if core is None or row.reason != Reason.BLOCKED:
            return ""
        state = self._lives.state(core.guest, row.time)
        why = self._resting[row.process] = self._why(core, state, boards.get(core.guest))
        forms = {
            _Why.IDLE: _("{core} has nothing to run"),
            _Why.STANDS_STILL: _("{core} stands still, for {machine} is {state}"),
            _Why.LIMIT: _("{core} is held back by the limit of {machine}"),
            _Why.WEIGHT: _("{core} makes way, for its weight changes"),
        }
        return _told(forms[why], core, state)

    def _why(self, core: VirtualCoreName, state: str, guest: Board | None) -> _Why:
        if guest is None or not (core.core in guest.running or guest.sharing):
            return _Why.IDLE
        if state not in ("", "booting", "running", "shutting down"):
            return _Why.STANDS_STILL
        return _Why.LIMIT if core.guest in self._levels.limited else _Why.WEIGHT


def _told(form: str, core: VirtualCoreName, state: str = "") -> str:
    name = f"{core.guest}/{core.core}"
    return form.format(core=plain(name), machine=plain(core.guest), state=plain(state))
