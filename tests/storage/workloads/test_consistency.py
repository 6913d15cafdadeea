"""What holds of the books of order entry and of a ledger, whatever happens at once or crashes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from aio_sim.kernel.environment import SECOND
from aio_sim.storage.document.settings import Settings as DocumentSettings
from aio_sim.storage.document.settings import Volume as DocumentVolume
from aio_sim.storage.relational.settings import Settings, Volume
from aio_sim.storage.server.database import Installation
from aio_sim.storage.server.document import DocumentInstallation
from aio_sim.storage.server.relational import RelationalInstallation
from aio_sim.storage.server.statements import Add, Change, Delete, only
from aio_sim.storage.workloads.clients import ClosedClient, Load
from aio_sim.storage.workloads.latencies import Latencies
from aio_sim.storage.workloads.ledger import Ledger
from aio_sim.storage.workloads.order_entry import OrderEntry, OrderEntryShape
from aio_sim.storage.workloads.workload import Workload
from aio_sim.storage.workloads.zipf import Uniform
from tests.storage.server.servers import System

PAGE = 4096


def generator() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(5))


def order_entry() -> OrderEntry:
    return OrderEntry(OrderEntryShape(warehouses=1, customers=5, items=50), generator())


def ledger() -> Ledger:
    return Ledger(2000, 0.1, Uniform(), generator())


def installed(workload: Workload, kind: str = "relational", pool: int = 64) -> Installation:
    made: Installation
    if kind == "relational":
        settings = Settings(page_size=PAGE, pool_pages=pool, log_size=4 * 2**20)
        made = RelationalInstallation(Volume(settings, 4000))
    else:
        keeps = DocumentSettings(page_size=PAGE, cache_pages=pool, journal_size=4 * 2**20)
        made = DocumentInstallation(DocumentVolume(keeps, 4000))
    database = made.open()
    for definition in workload.definitions:
        database.define(definition)
        database.load(definition.name, workload.records(definition.name))
    database.close()
    return made


def served(system: System, workload: Workload, operations: int, clients: int = 8) -> Load:
    """Return what became of that many operations; the system has run."""
    load = Load(workload.draw, operations, Latencies(workload.kinds), system.env.stop)
    for _client in range(clients):
        ClosedClient(system.env, system.server, load, lambda: 0)
    system.run()
    return load


def test_the_books_of_order_entry_agree_after_many_transactions_at_once() -> None:
    workload = order_entry()
    system = System(installed(workload))
    assert workload.violations(system.server.database) == []
    load = served(system, workload, 300)
    assert load.latencies.count == 300
    assert system.server.accounts.lock_waits > 0
    assert workload.violations(system.server.database) == []


@pytest.mark.parametrize("crash", [5, 17])
def test_they_agree_after_a_crash_at_any_instant(crash: int) -> None:
    workload = order_entry()
    system = System(installed(workload))
    system.at(crash * SECOND // 300, system.server.crash)
    system.recovers_at(SECOND)
    load = served(system, workload, 200)
    assert load.failed > 0
    assert workload.violations(system.server.database) == []


def test_documents_serve_order_entry_but_half_an_order_may_be_seen() -> None:
    workload = order_entry()
    system = System(installed(workload, "document"))
    load = served(system, workload, 600, clients=16)
    assert load.latencies.count == 600
    assert not load.failed


@pytest.mark.parametrize(
    "damage",
    [
        Add("warehouse", 0, {"ytd": 1}),
        Change("district", (0, 3), {"next_order": 99}),
        Delete("order_line", (0, 0, 1, 0)),
    ],
)
def test_books_that_do_not_agree_are_found(damage: Any) -> None:
    workload = order_entry()
    system = System(installed(workload))
    served(system, workload, 200)
    system.env.stopped = False
    system.ask(only(damage), at=system.env.now)
    system.run()
    assert workload.violations(system.server.database)


@pytest.mark.parametrize("crash", [8, 20, 32])
def test_transfers_in_transactions_lose_no_money_in_a_crash(crash: int) -> None:
    workload = ledger()
    system = System(installed(workload))
    system.at(crash * SECOND // 1000, system.server.crash)
    system.recovers_at(SECOND)
    load = served(system, workload, 400)
    assert load.failed > 0
    assert workload.violations(system.server.database) == []


def test_transfers_in_two_documents_lose_money_in_a_crash_and_only_then() -> None:
    found = []
    for crash in (0, 8, 20, 32):
        workload = ledger()
        system = System(installed(workload, "document"))
        if crash:
            system.at(crash * SECOND // 1000, system.server.crash)
            system.recovers_at(SECOND)
        served(system, workload, 400)
        found.append(len(workload.violations(system.server.database)))
    assert found[0] == 0
    assert sum(found) > 0
