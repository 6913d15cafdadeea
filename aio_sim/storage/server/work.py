"""One transaction on its way through a server: CPU, disk, locks, CPU, ..., the log."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex

from aio_sim.kernel.errors import AioSimError
from aio_sim.storage.conflicts import RestartError, WaitError
from aio_sim.storage.server.statements import Cancelled

if TYPE_CHECKING:
    from simpy.events import Event

    from aio_sim.storage.server.database import Session
    from aio_sim.storage.server.meter import Meter
    from aio_sim.storage.server.pricing import CpuPrices, DiskUse
    from aio_sim.storage.server.statements import Program, Statement


class Pending(Enum):
    """What comes after the present burst of CPU time, or the present wait."""

    NOTHING = auto()
    GO_ON = auto()
    DISK = auto()
    LOCK = auto()
    SYNC = auto()
    COMMIT = auto()


# Under names of their own, for the look-up of an enum's member costs in every statement.
NOTHING, GO_ON, DISK, LOCK, SYNC, COMMIT = Pending


class Request:
    """What a client asks for: a program, since when, and who is told how it ended."""

    __slots__ = ("arrival", "client", "kind", "program")

    def __init__(self, kind: int, program: Program, arrival: int, client: Client) -> None:
        self.kind = kind
        self.program = program
        self.arrival = arrival
        self.client = client


class Client(Protocol):
    """Who waits for the answer of a request."""

    def answered(self, request: Request) -> None:
        """The transaction is committed, as durably as the server promises."""

    def failed(self, request: Request) -> None:
        """The server is down, or went down before it answered."""


class Desk(Protocol):
    """What a transaction needs of its server."""

    prices: CpuPrices

    @property
    def meter(self) -> Meter:
        """The counters of its database."""

    @property
    def waiting(self) -> Mapping[Work, Event]:
        """Who waits for others."""

    def statement_done(self) -> None:
        """Look whether a statement has led to a rollback that some wait for, or fell victim to."""

    def wait_for_others(self, work: Work) -> Event:
        """Return an event that fires when a statement is worth trying again."""

    def commit(self, work: Work) -> Event:
        """Commit; return an event that fires when that is durable."""

    @property
    def commits_wait(self) -> bool:
        """Whether who has written waits until that is durable."""


class Work:
    """The bursts of the process that carries out a request.

    Statements are carried out, one after the other, as the process asks for its next burst, until
    one needs the disk or waits for a lock: so locks are held from then on until the commit, and a
    burst is the CPU time of all statements that need nothing else.
    """

    __slots__ = (
        "_answer",
        "_desk",
        "_event",
        "_pending",
        "_program",
        "_retry",
        "_use",
        "error",
        "is_committed",
        "payload",
        "request",
        "restarts",
        "session",
        "statements",
    )

    def __init__(self, desk: Desk, request: Request, session: Session) -> None:
        self._desk = desk
        self.request = request
        self.session = session
        self.is_committed = False
        self.error: AioSimError | None = None
        self.restarts = self.statements = self.payload = 0
        self._pending = GO_ON
        self._use: DiskUse | None = None
        self._event: Event | None = None
        self._begin()

    def _begin(self) -> None:
        self.session.begin()
        self._program: Generator[Statement, Any, None] = self.request.program()
        self._answer: Any = None
        self._retry: Statement | None = None
        self.payload = 0

    def __bool__(self) -> bool:
        return self._pending is not NOTHING

    def pop(self, _index: SupportsIndex, /) -> Any:
        """Return what comes next: something to wait for, or the time of a burst."""
        pending = self._pending
        if pending is GO_ON:
            return self.go_on()
        if pending is COMMIT:
            self._pending = NOTHING
            return self._desk.commit(self)
        self._pending = GO_ON
        if pending is SYNC:
            return self._desk.commit(self)
        if pending is DISK:
            assert self._use is not None
            return self._desk.meter.claim(self._use)
        return self._event

    def go_on(self) -> int:
        """Carry out statements until one has to wait, or all are done; return the CPU time."""
        prices, time = self._desk.prices, 0
        if self._use is not None:
            self._use = None
            if self._must_sync():
                return prices.commit
        while True:
            statement = self._retry or self._following()
            if statement is None:
                return time + prices.commit
            time += prices.statement
            if not self._carried_out(statement):
                return time
            looking, use = self._desk.meter.spent()
            time += looking + _records(self._answer) * prices.record
            if use is not None:
                self._use, self._pending = use, DISK
                return time
            if self._must_sync():
                return time + prices.commit

    def _must_sync(self) -> bool:
        """Return whether a statement that is a transaction of its own waits to be durable."""
        session = self.session
        if session.autocommit and session.writes and self._desk.commits_wait:
            self._pending = SYNC
            return True
        return False

    def _following(self) -> Statement | None:
        """Return the next statement, None where there is none: then what follows is the end."""
        try:
            return self._program.send(self._answer)
        except StopIteration:
            waits = self.session.writes and self._desk.commits_wait
            self._pending = COMMIT if waits else NOTHING
            return None
        except Cancelled:
            self.session.roll_back()
            self.is_committed, self._pending, self.payload = True, NOTHING, 0
            return None

    def _carried_out(self, statement: Statement) -> bool:
        """Try a statement; return False where it must wait for others, or cannot be done."""
        try:
            self._answer = statement.run(self.session)
        except WaitError:
            self._retry, self._pending = statement, LOCK
            self._event = self._desk.wait_for_others(self)
            return False
        except RestartError:
            self.restarts += 1
            self._desk.statement_done()
            self._begin()
            return True
        except AioSimError as error:
            self.session.roll_back()
            self.error, self._pending = error, NOTHING
            return False
        self._retry = None
        if self._desk.waiting:
            self._desk.statement_done()
        self.statements += 1
        self.payload += statement.payload
        return True


def _records(answer: object) -> int:
    """Return how many records an answer has."""
    if isinstance(answer, list):
        return len(answer)
    return 1 if answer else 0
