"""Small databases for tests: tiny pages, so that a few rows make a tree of several levels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aio_sim.storage.relational.database import Database
from aio_sim.storage.relational.settings import Settings, Volume

SMALL = Settings(page_size=512, pool_pages=32, log_size=256 * 512, flush_batch=8, old_blocks_time=0)


def volume(pages: int = 2000, **changes: Any) -> Volume:
    """Return the files of a small database; a page has four sectors, so that it can be torn."""
    return Volume(replace(SMALL, **changes), pages, sector=128)


def database(pages: int = 2000, **changes: Any) -> Database:
    """Return a small database with nothing in it."""
    return Database(volume(pages, **changes))
