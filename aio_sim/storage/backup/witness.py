"""Who watches the sessions of a database, so that it is known what was committed when."""

from __future__ import annotations

from collections.abc import Callable

from aio_sim.storage.backup.log_archive import LogArchive
from aio_sim.storage.backup.truth import Key, Truth, Write, add, change, delete, put
from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import LoggedDatabase, OpenDatabase, Session


class Witness:
    """Tells a `Truth` what is committed, and an archive, if there is one, of the log."""

    def __init__(self, truth: Truth, archive: LogArchive | None) -> None:
        self.truth = truth
        self.archive = archive
        self._database: LoggedDatabase | None = None

    @property
    def database(self) -> LoggedDatabase:
        """The database, as it was opened last."""
        assert self._database is not None  # for its server has opened it when it was made
        return self._database

    def opened(self, database: OpenDatabase) -> None:
        """Forget what was not durable when the power went; the log goes on."""
        assert isinstance(database, LoggedDatabase)  # for no others are watched
        self._database = database
        self.truth.cut(database.recovered_to)
        if self.archive is not None:
            self.archive.follow(database.log)

    def session(self, session: Session) -> Session:
        """Return a session that tells what it writes."""
        log = self.database.log
        return WitnessedSession(session, self.truth, lambda: log.end)


class WitnessedSession:
    """A session whose writes are noted once they are committed; `end` is the end of the log."""

    def __init__(self, session: Session, truth: Truth, end: Callable[[], int]) -> None:
        self._session = session
        self._truth = truth
        self._end = end
        self._writes: list[Write] = []
        self.autocommit = session.autocommit
        self.get = session.get
        self.scan = session.scan

    @property
    def writes(self) -> bool:
        """Whether the transaction has written."""
        return self._session.writes

    @property
    def may_go_on(self) -> bool:
        """Whether nobody is in the way of a statement that had to wait."""
        return self._session.may_go_on

    def begin(self) -> None:
        """Begin a transaction; one that was rolled back has written nothing."""
        self._writes.clear()
        self._session.begin()

    def put(self, store: str, record: Record) -> None:
        """Insert or replace a record."""
        self._session.put(store, record)
        self._note(Write(put, store, self._truth.key_of(store, record), record))

    def change(self, store: str, key: object, fields: Record) -> bool:
        """Set some fields of a record; return whether it is there."""
        found = self._session.change(store, key, fields)
        if found:
            self._note(Write(change, store, _key(key), fields))
        return found

    def add(self, store: str, key: object, amounts: Record) -> bool:
        """Add to some fields of a record; return whether it is there."""
        found = self._session.add(store, key, amounts)
        if found:
            self._note(Write(add, store, _key(key), amounts))
        return found

    def delete(self, store: str, key: object) -> bool:
        """Delete a record; return whether it was there."""
        found = self._session.delete(store, key)
        if found:
            self._note(Write(delete, store, _key(key), {}))
        return found

    def commit(self) -> int:
        """Commit; return the place in the log up to which it must be durable."""
        place = self._session.commit()
        if self._writes:
            self._truth.committed(place, self._writes)
            self._writes.clear()
        return place

    def roll_back(self) -> None:
        """Undo what the transaction did."""
        self._writes.clear()
        self._session.roll_back()

    def _note(self, write: Write) -> None:
        if self.autocommit:
            self._truth.committed(self._end(), [write])
        else:
            self._writes.append(write)


def _key(key: object) -> Key:
    return key if isinstance(key, tuple) else (key,)
