"""A storage server as something to be backed up, while its clients go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from simpy.events import Event

from aio_sim.kernel.environment import Environment
from aio_sim.scheduling.process import Process
from aio_sim.storage.backup.engines import EngineReading
from aio_sim.storage.backup.log_archive import joined_log
from aio_sim.storage.backup.log_piece import LogPiece, Mark
from aio_sim.storage.backup.pipeline import Story
from aio_sim.storage.backup.rogue import Rogue
from aio_sim.storage.backup.witness import Witness
from aio_sim.storage.cost import Cost
from aio_sim.storage.engine import Snapshot
from aio_sim.storage.server.database import Files, LoggedInstallation
from aio_sim.storage.server.pricing import disk_use
from aio_sim.storage.server.server import Server

if TYPE_CHECKING:
    import numpy as np

    from aio_sim.hardware.device import Disk


_NO_END: Final = 2**63
"""A place behind all that a log ever has."""


class RestoredFiles(NamedTuple):
    """The files of a database, and what rolling them forward took beyond their recovery."""

    files: Files
    cost: Cost


class ServerSource:
    """The database of a server on a host; `run` runs a process there, `disk` is where it is.

    Its own log makes a copy consistent, its clients' sessions are watched by `witness`.
    """

    def __init__(
        self,
        env: Environment,
        server: Server,
        installation: LoggedInstallation,
        witness: Witness,
        disk: Disk,
        run: Callable[[Process], Event],
    ) -> None:
        self._env = env
        self._server = server
        self._installation = installation
        self._witness = witness
        self._disk = disk
        self._run = run
        self._reading: EngineReading | None = None
        self._set_aside = 0
        self._durable = 0  # how far the log was, when the data were lost

    @property
    def is_up(self) -> bool:
        """Whether it can be read."""
        return self._server.is_up

    @property
    def overhead(self) -> int:
        """Bytes of pages set aside because they were about to be overwritten."""
        reading = self._reading
        present = 0 if reading is None else reading.set_aside * reading.block_size
        return self._set_aside + present

    def advance(self, now: int) -> None:
        """Do nothing: its clients do."""

    def begin(self, since: int, now: int) -> EngineReading:
        """Begin a copy: the engine writes back what is dirty, and the disk is busy with that."""
        self._set_aside = self.overhead
        database = self._witness.database
        self._reading = EngineReading(database, since, now, self._is_overwritten)
        self._server.meter.charge()
        return self._reading

    def log_behind(self, position: int, now: int) -> LogPiece:
        """Return the log behind an instant, all of it made durable."""
        assert self._witness.archive is not None  # for it is archived
        self._witness.database.flush()
        self._server.meter.charge()
        return self._witness.archive.behind(position, now)

    def forget_log(self, position: int) -> None:
        """Keep no log up to an instant."""
        if self._witness.archive is not None:
            self._witness.archive.forget(position)

    def stop(self, now: int) -> None:
        """Do nothing: it goes down with its host."""

    def lose(self, now: int) -> None:
        """Be lost, with the disk."""
        server = self._server
        self._durable = _NO_END
        if server.is_up:
            log = self._witness.database.log
            self._durable = log.durable if server.commits_wait else log.end
        server.lose_disk()

    def resume(self, now: int) -> None:
        """Do nothing: it recovers with its host."""

    def corrupt(self, share: float, now: int, random: np.random.Generator) -> None:
        """Let a program overwrite a share of the records."""
        if self._server.is_up:
            state = self._witness.truth.state(self._witness.database.log.end)
            Rogue(self._server.submit, lambda: self._env.now, state, share, random).go_on()

    def rebuild(
        self, chain: Sequence[Snapshot], logs: Sequence[LogPiece], upto: Mark
    ) -> RestoredFiles:
        """Return the files that backups and the log give."""
        log = joined_log(chain[-1], logs, upto.position)
        return RestoredFiles(*self._installation.restored(chain, log))

    def is_as_it_was(self, state: RestoredFiles, mark: Mark) -> bool:
        """Return whether all records are what was committed up to an instant, and no others are."""
        database = self._installation.look_into(state.files)
        return self._witness.truth.is_held_by(database, mark.position)

    def lost_behind(self, mark: Mark) -> int:
        """Return how many transactions were committed behind an instant."""
        return self._witness.truth.between(mark.position, self._durable)

    def adopt(self, state: RestoredFiles, mark: Mark, now: int) -> Story:
        """Open what was restored, and let clients go on with it."""
        self._installation.adopt(state.files)
        self._witness.truth.cut(mark.position)
        if self._witness.archive is not None:
            self._witness.archive.cut(mark.position)
        use = disk_use(Cost(), state.cost, state.files.settings.page_size)
        if use is not None:
            yield self._env.timeout(use.claim(self._disk))
        yield from self._server.recover(self._run)  # or with its host, should that die over it

    def _is_overwritten(self, number: int, image: bytes) -> bool:
        return self._server.is_up and self._witness.database.is_overwritten(number, image)
