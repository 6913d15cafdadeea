"""The settings of an engine, and the files that a database consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Final

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.pages.device import SECTOR, BlockFile, Power

LOG_BLOCK: Final = 512
"""Bytes of a log block. Source: InnoDB, OS_FILE_LOG_BLOCK_SIZE."""

FEWEST_POOL_PAGES: Final = 32
"""A change of the tree holds a path and its neighbours in the pool. An assumption: heights to 8."""

FEWEST_LOG_PAGES: Final = 256
"""The log must hold eight of the largest changes, 32 pages each (see `redo_log`)."""


class Durability(Enum):
    """When a commit's log records are made durable.

    Source: MySQL Reference Manual, innodb_flush_log_at_trx_commit, settings 1 and 0.
    """

    EACH_COMMIT = "each_commit"
    EACH_SECOND = "each_second"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an engine works; the defaults are those of MySQL 8.4 (profile `mysql`).

    Raises InputError for sizes that cannot work.
    """

    page_size: int = 16 * 1024
    """Bytes. Source: innodb_page_size."""
    pool_pages: int = 8192
    """Pages of the buffer pool: 128 MiB. Source: innodb_buffer_pool_size."""
    old_share: Fraction = Fraction(37, 100)
    """Part of the pool that is old. Source: innodb_old_blocks_pct (37, for 3/8)."""
    old_blocks_time: int = SECOND
    """ns after its first use until a use makes a page young. Source: innodb_old_blocks_time."""
    log_size: int = 100 * 1024 * 1024
    """Bytes of the log. Source: innodb_redo_log_capacity, 100 MiB."""
    doublewrite: bool = True
    """Whether pages are written twice, against torn ones. Source: innodb_doublewrite."""
    flush_batch: int = 128
    """Pages written together at most. An assumption: 2 MiB at a time."""
    durability: Durability = Durability.EACH_COMMIT

    def __post_init__(self) -> None:
        self._least("pool_pages", self.pool_pages, FEWEST_POOL_PAGES)
        self._least("log_size", self.log_size, FEWEST_LOG_PAGES * self.page_size)
        self._least("flush_batch", self.flush_batch, 1)
        self._least("page_size", self.page_size, 256)
        if self.log_size % LOG_BLOCK:
            raise InputError(
                _("the log's size must be a multiple of {block} bytes").format(block=LOG_BLOCK)
            )

    @staticmethod
    def _least(name: str, value: int, least: int) -> None:
        if value < least:
            raise InputError(
                _("{name} must be {least} or more, not {value}").format(
                    name=name, least=least, value=value
                )
            )


@dataclass
class Volume:
    """The three files of a database, fed by one power supply: data, log and doublewrite area."""

    settings: Settings
    pages: int
    sector: int = SECTOR
    power: Power = field(default_factory=Power)

    def __post_init__(self) -> None:
        settings, power, sector = self.settings, self.power, self.sector
        self.data = BlockFile(power, settings.page_size, self.pages, sector)
        self.log = BlockFile(power, LOG_BLOCK, settings.log_size // LOG_BLOCK + 2, sector)
        self.doublewrite = BlockFile(power, settings.page_size, settings.flush_batch, sector)

    @property
    def files(self) -> tuple[BlockFile, BlockFile, BlockFile]:
        """All files, in the order in which they come back after a power loss."""
        return self.data, self.log, self.doublewrite

    def restart(self, survives: Callable[[], bool], power: Power | None = None) -> None:
        """Turn the power on again after a loss; `survives`: whether a volatile sector was kept."""
        self.power = power or Power()
        for file in self.files:
            file.restart(self.power, survives)
