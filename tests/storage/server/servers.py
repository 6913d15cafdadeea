"""Storage servers for tests: a host, a database with some numbered records, and clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aio_sim.hardware.device import Disk
from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import ARRIVAL, Environment, Timer
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.storage.document.settings import Settings as DocumentSettings
from aio_sim.storage.document.settings import Volume as DocumentVolume
from aio_sim.storage.relational.settings import Settings, Volume
from aio_sim.storage.relational.transaction import Isolation
from aio_sim.storage.server.database import Definition, Installation
from aio_sim.storage.server.document import DocumentInstallation
from aio_sim.storage.server.pricing import RELATIONAL_PRICES, CpuPrices
from aio_sim.storage.server.relational import RelationalInstallation
from aio_sim.storage.server.server import Server
from aio_sim.storage.server.service import Place, Promise, Service
from aio_sim.storage.server.statements import Program
from aio_sim.storage.server.work import Request

MICROSECOND = 1_000
STORE = "numbers"
RECORDS = 50
LATENCY = 100 * MICROSECOND


def relational(**settings: Any) -> RelationalInstallation:
    """Return a small relational database with the records 0 to 49, each worth 0."""
    isolation = settings.pop("isolation", Isolation.REPEATABLE_READ)
    wanted = {"page_size": 512, "pool_pages": 64, "log_size": 256 * 512} | settings
    return filled(RelationalInstallation(Volume(Settings(**wanted), 4000), isolation))


def document() -> DocumentInstallation:
    """Return a small document database with the same records."""
    settings = DocumentSettings(page_size=512, cache_pages=64, journal_size=256 * 512)
    return filled(DocumentInstallation(DocumentVolume(settings, 4000)))


Kind = TypeVar("Kind", bound=Installation)


def filled(installation: Kind) -> Kind:
    """Return an installation whose database has the records."""
    database = installation.open()
    database.define(Definition(STORE, {"id": "integer", "worth": "integer"}, ("id",)))
    database.load(STORE, ({"id": number, "worth": 0} for number in range(RECORDS)))
    database.close()
    return installation


@dataclass
class System:
    """A server on a host of its own, whose disk needs 100 us an access and no time a byte."""

    installation: Installation
    promise: Promise = Promise.EACH_COMMIT
    workers: int = 8
    cores: int = 4
    window: int = 0
    prices: CpuPrices = RELATIONAL_PRICES
    env: Environment = field(default_factory=Environment)

    def __post_init__(self) -> None:
        cpu = Cpu(self.env, Trace(), "h", self.cores, FirstComeFirstServed())
        self.disk = Disk(self.env, 10**12, 10**15, 10**15, LATENCY)
        self.host = Host("h", cpu, 2**30, self.disk)
        self.server = Server(
            Place(self.env, self.host.accept, self.host.withdraw, self.disk),
            Service("db", self.promise, self.prices, self.workers, self.window),
            self.installation,
            lambda: True,
            list(range(self.workers + 1)),
        )

    def ask(self, program: Program, at: int = 0) -> Asked:
        """Ask the server for a transaction at an instant."""
        asked = Asked(self.env)
        Timer(
            self.env,
            lambda: self.server.submit(Request(0, program, self.env.now, asked)),
            ARRIVAL,
        ).set(at)
        return asked

    def at(self, instant: int, story: Callable[[], None]) -> None:
        """Let something happen at an instant."""
        Timer(self.env, story, ARRIVAL).set(instant)

    def recovers_at(self, instant: int) -> None:
        """Let the server recover from an instant on."""
        self.at(instant, lambda: _begun(self.env.process(self.server.recover(self.host.run))))

    def run(self) -> None:
        """Let time go on until nothing is left to do."""
        while self.env.advance(1000):
            pass

    def worth(self) -> dict[int, int]:
        """Return what each record is worth in the open database."""
        records: Any = self.server.database.records(STORE)
        return {record["id"]: record["worth"] for record in records}


@dataclass
class Asked:
    """A client of one request."""

    env: Environment
    answered_at: int = -1
    failed_at: int = -1

    def answered(self, _request: Request) -> None:
        self.answered_at = self.env.now

    def failed(self, _request: Request) -> None:
        self.failed_at = self.env.now


def _begun(_story: object) -> None:
    """Let a story go on by itself."""
