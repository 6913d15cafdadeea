"""Small databases for tests: tiny pages, so that a few documents make a tree of several levels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aio_sim.storage.document.engine import DocumentEngine
from aio_sim.storage.document.settings import Settings, Volume

SMALL = Settings(page_size=512, cache_pages=64, journal_size=128 * 512)


def volume(pages: int = 2000, **changes: Any) -> Volume:
    """Return the files of a small database; a page has four sectors, so that it can be torn."""
    return Volume(replace(SMALL, **changes), pages, sector=128)


def engine(pages: int = 2000, **changes: Any) -> DocumentEngine:
    """Return a small database with nothing in it."""
    return DocumentEngine(volume(pages, **changes))
