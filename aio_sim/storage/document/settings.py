"""The settings of the document engine, and the files that a database consists of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.storage.document.block_map import blocks_needed
from aio_sim.storage.pages.device import SECTOR, BlockFile, Power

JOURNAL_BLOCK: Final = 512
"""Bytes of a journal block; WiredTiger's records are aligned to 128. An assumption: a sector."""

FEWEST_CACHE_PAGES: Final = 64
"""A write holds a path and its neighbours of each tree in the cache. An assumption: a dozen."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an engine works; the defaults are those of MongoDB 7 (profile `mongodb`).

    Raises InputError for sizes that cannot work.
    """

    page_size: int = 32 * 1024
    """Bytes. Source: WiredTiger, leaf_page_max of MongoDB's collections."""
    cache_pages: int = 8192
    """Pages of the cache: 256 MiB, the least there is. Source: storage.wiredTiger.cacheSizeGB."""
    journal_size: int = 200 * 1024 * 1024
    """Bytes of the journal: a checkpoint is due when half of it, one WiredTiger file, is full."""
    journaled: bool = False
    """Whether each write waits until it is in the journal. Source: write concern, `j`."""
    commit_interval: int = SECOND // 10
    """ns after which the journal is made durable. Source: storage.journal.commitIntervalMs."""
    checkpoint_interval: int = 60 * SECOND
    """ns between checkpoints. Source: MongoDB Manual, WiredTiger Storage Engine."""

    def __post_init__(self) -> None:
        self._least("page_size", self.page_size, 512)
        self._least("cache_pages", self.cache_pages, FEWEST_CACHE_PAGES)
        self._least("journal_size", self.journal_size, 128 * self.page_size)
        self._least("commit_interval", self.commit_interval, 1)
        self._least("checkpoint_interval", self.checkpoint_interval, 1)
        if self.journal_size % JOURNAL_BLOCK:
            raise InputError(
                _("the journal's size must be a multiple of {block} bytes").format(
                    block=JOURNAL_BLOCK
                )
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
    """The two files of a database, fed by one power supply: data and journal.

    The data file has room for two versions of each page and of the map, for none is overwritten
    before the next checkpoint.
    """

    settings: Settings
    pages: int
    sector: int = SECTOR
    power: Power = field(default_factory=Power)

    def __post_init__(self) -> None:
        settings, power, sector = self.settings, self.power, self.sector
        blocks = blocks_needed(self.pages, settings.page_size)
        self.data = BlockFile(power, settings.page_size, blocks, sector)
        journal_blocks = settings.journal_size // JOURNAL_BLOCK + 2
        self.journal = BlockFile(power, JOURNAL_BLOCK, journal_blocks, sector)

    @property
    def files(self) -> tuple[BlockFile, BlockFile]:
        """All files, in the order in which they come back after a power loss."""
        return self.data, self.journal

    def restart(self, survives: Callable[[], bool], power: Power | None = None) -> None:
        """Turn the power on again after a loss; `survives`: whether a volatile sector was kept."""
        self.power = power or Power()
        for file in self.files:
            file.restart(self.power, survives)
