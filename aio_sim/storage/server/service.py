"""How a storage server serves, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from aio_sim.hardware.device import Disk
from aio_sim.kernel.environment import SECOND, Environment
from aio_sim.scheduling.process import Process
from aio_sim.storage.server.pricing import CpuPrices

LAZY_PERIOD: Final = SECOND
"""ns. Source: MySQL Reference Manual, innodb_flush_log_at_timeout."""


class Promise(Enum):
    """When a commit is answered: once it is durable, or at once, to be durable a while later."""

    EACH_COMMIT = "each_commit"
    EACH_SECOND = "each_second"


@dataclass(frozen=True)
class Service:
    """How a server serves."""

    name: str
    promise: Promise
    prices: CpuPrices
    workers: int
    """Transactions that it carries out at a time; others wait in a queue."""
    window: int = 0
    """ns that the first of a group commit waits for others."""
    lazy_period: int = LAZY_PERIOD


@dataclass(frozen=True)
class Place:
    """Where a server runs: the host's processor and disk."""

    env: Environment
    accept: Callable[[Process], None]
    withdraw: Callable[[Process], None]
    disk: Disk
