"""A storage server: an open database on a host, with so many transactions at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

from simpy.events import Event

from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.scheduling.completion import ProcessLost
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.storage.cost import Cost
from aio_sim.storage.server.accounts import Accounts
from aio_sim.storage.server.database import Installation, OpenDatabase, Session
from aio_sim.storage.server.group_commit import GroupCommit, LazyFlush
from aio_sim.storage.server.meter import Meter
from aio_sim.storage.server.page_cleaner import PageCleaner
from aio_sim.storage.server.pricing import disk_use
from aio_sim.storage.server.service import Place, Promise, Service
from aio_sim.storage.server.work import Request, Work


class Watch(Protocol):
    """Who is told of all that is written to a database, so as to know later what there was."""

    def opened(self, database: OpenDatabase) -> None:
        """The database is open, and takes requests."""

    def session(self, session: Session) -> Session:
        """Return a session of the database as one that is watched."""


class Server:
    """Takes requests, carries out so many at a time, and crashes and recovers with its host.

    `numbers` are those of its processes, one a worker, and one more for recovery; `watch`, if any,
    is told of what is written.
    """

    def __init__(
        self,
        place: Place,
        service: Service,
        installation: Installation,
        survives: Callable[[], bool],
        numbers: list[int],
        watch: Watch | None = None,
    ) -> None:
        self._place = place
        self._env = place.env
        self.service = service
        self.prices = service.prices
        self.commits_wait = service.promise is Promise.EACH_COMMIT
        self._installation = installation
        self._survives = survives
        self._numbers = numbers
        self._watch = watch
        self.has_lost_disk = False
        """Whether its data are gone, and not restored yet."""
        self._free = numbers[:0:-1]
        self._running: dict[int, Process] = {}
        self._queue: deque[Request] = deque()
        self.waiting: dict[Work, Event] = {}
        self._unsafe: deque[int] = deque()  # places in the log of answered commits, not yet durable
        self.group = GroupCommit(place.env, self._flush, service.window)
        self.lazy = LazyFlush(place.env, self._flush, service.lazy_period)
        self.cleaner = PageCleaner(place.env, self._wants_cleaning, self._clean)
        self.accounts = Accounts()
        self._victims = 0
        self._database: OpenDatabase | None = None
        self._start(installation.open())
        self._back: Event | None = None  # fires when it is up again
        self._opened = 0  # how often it was opened, or went down: a recovery holds for one of them

    # For clients

    @property
    def is_up(self) -> bool:
        """Whether it takes requests."""
        return self._database is not None

    @property
    def database(self) -> OpenDatabase:
        """The open database; only while it is up."""
        assert self._database is not None
        return self._database

    @property
    def inside(self) -> int:
        """Requests that are carried out, or wait for that."""
        return len(self._running) + len(self._queue)

    def submit(self, request: Request) -> None:
        """Take a request; its client hears how it ends."""
        if self._database is None:
            self.accounts.refused += 1
            request.client.failed(request)
        elif self._free:
            self._begin(request)
        else:
            self._queue.append(request)

    def when_up(self) -> Event:
        """Return an event that fires when it is up again."""
        if self._back is None:
            self._back = Event(self._env)
        return self._back

    # For its transactions

    def statement_done(self) -> None:
        """Let those go on who wait and have become victims of a deadlock."""
        victims = self.database.victims
        if victims != self._victims:
            self._victims = victims
            self._wake_waiting()

    def wait_for_others(self, work: Work) -> Event:
        """Return an event that fires when a statement is worth trying again."""
        self.accounts.lock_waits += 1
        event = self.waiting[work] = Event(self._env)
        return event

    def commit(self, work: Work) -> Event:
        """Commit what a transaction wrote; return an event that fires when that is durable."""
        self._commit(work)
        return self.group.join()

    # For its host

    def crash(self) -> None:
        """Lose all that is not on disk, with the host; whoever waits hears that it failed.

        A recovery that is under way comes to nothing.
        """
        self._opened += 1
        if self.is_up:
            self._stop()
        self._installation.lose_power(self._survives)

    def lose_disk(self) -> None:
        """Lose all data; it can recover once others are in their place."""
        self.crash()
        self.has_lost_disk = True

    def recover(self, submit: Callable[[Process], Event]) -> Generator[Event, Any, None]:
        """Open the database again, as long as that takes on disk and CPU; then take requests.

        Where the host or the disk fails over it, it comes to nothing.
        """
        begun = self._env.now
        self._opened += 1
        attempt = self._opened
        self.has_lost_disk = False
        database = self._installation.open()
        self.accounts.lost += sum(place > database.recovered_to for place in self._unsafe)
        self._unsafe.clear()
        yield self._env.timeout(self._reading(database))
        if attempt != self._opened:
            return
        work = max(database.cost.pages_touched * self.prices.page, 1)
        try:
            yield submit(Process(self._numbers[0], self._env.now, work, source=SYSTEM))
        except ProcessLost:
            return
        if attempt != self._opened:
            return
        self.accounts.recoveries.append(self._env.now - begun)
        self._start(database)
        back, self._back = self._back, None
        if back is not None:
            back.succeed()

    def finished(self, process: Process) -> None:
        """Answer the client of a process that has come to its end, and begin the next request."""
        work: Any = process.bursts
        if work.error is None and not work.is_committed:
            self._commit(work)
        self._end(process)
        self._account(work)
        self.accounts.cpu_time += process.received
        if self._queue:
            self._begin(self._queue.popleft())
        if work.error is None:
            work.request.client.answered(work.request)
        else:
            work.request.client.failed(work.request)

    def lost(self, process: Process, _reason: str) -> None:
        """Fail the request of a process that ended with its host."""
        work: Any = process.bursts
        self._end(process)
        work.request.client.failed(work.request)

    def check(self) -> None:
        """Audit its books; raises AuditError."""
        if self._database is None:
            return
        if len(self._free) + len(self._running) != self.service.workers:
            raise AuditError(_("{server}: workers got lost").format(server=self.service.name))
        if self.commits_wait and self._unsafe:
            raise AuditError(
                _("{server}: commits were answered before they were durable").format(
                    server=self.service.name
                )
            )

    def close(self) -> None:
        """Bring the accounts up to the end."""
        if self._database is not None:
            self._close_account()

    def _stop(self) -> None:
        for process in self._running.values():
            self._place.withdraw(process)
        lost = [*self._requests(), *self._queue]
        for keeps in (self._running, self._queue, self.waiting):
            keeps.clear()
        for part in (self.group, self.lazy, self.cleaner):
            part.stop()
        self._free = self._numbers[:0:-1]
        self._close_account()
        self._database = None
        self.accounts.crashes += 1
        for request in lost:
            request.client.failed(request)

    def _start(self, database: OpenDatabase) -> None:
        self._database = database
        self.meter = Meter(database, self._place.disk, self.prices)
        self._victims = database.victims
        database.advance(self._env.now)
        if self._watch is not None:
            self._watch.opened(database)

    def _reading(self, database: OpenDatabase) -> int:
        """Return how long the disk takes for what was read and written to open a database (ns)."""
        disk = self._place.disk
        wait = disk.claim_reads(1, database.log_read)
        use = disk_use(Cost(), database.cost, database.page_size)
        return wait if use is None else use.claim(disk)

    def _begin(self, request: Request) -> None:
        number = self._free.pop()
        database = self.database
        database.advance(self._env.now)
        session = database.session()
        work = Work(self, request, self._watch.session(session) if self._watch else session)
        process = Process(number, self._env.now, work.go_on(), source=SYSTEM)
        process.bursts = work
        process.owner = self
        self._running[number] = process
        self._place.accept(process)

    def _commit(self, work: Work) -> None:
        place = work.session.commit()
        work.is_committed = True
        if place:
            if not self.commits_wait:
                self._unsafe.append(place)
                self.lazy.note()
            self.cleaner.look()
        if self.waiting:
            self._wake_waiting()

    def _wake_waiting(self) -> None:
        for work, event in list(self.waiting.items()):
            if work.session.may_go_on:
                del self.waiting[work]
                event.succeed()

    def _requests(self) -> Iterator[Request]:
        works: Iterator[Any] = (process.bursts for process in self._running.values())
        return (work.request for work in works)

    def _end(self, process: Process) -> None:
        del self._running[process.number]
        self._free.append(process.number)

    def _account(self, work: Work) -> None:
        accounts = self.accounts
        accounts.statements += work.statements
        accounts.restarts += work.restarts
        accounts.payload += work.payload
        if work.error is not None:
            accounts.errors += 1

    def _flush(self) -> int:
        """Make the log durable; return for how long the disk is busy with it."""
        self.database.flush()
        durable, unsafe = self.database.durable, self._unsafe
        while unsafe and unsafe[0] <= durable:
            unsafe.popleft()
        return self.meter.charge()

    def _wants_cleaning(self) -> bool:
        return self._database is not None and self._database.wants_cleaning

    def _clean(self, pages: int) -> int:
        self.database.clean(pages)
        return self.meter.charge()

    def _close_account(self) -> None:
        self.accounts.cost = self.accounts.cost.plus(self.meter.total)
        self.accounts.disk_time += self.meter.disk_time
