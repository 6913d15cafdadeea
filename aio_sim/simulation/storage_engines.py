"""Makes the databases of storage servers from what a scenario says of them."""

from __future__ import annotations

from typing import Final

from aio_sim.scenario.storage import EngineSpec
from aio_sim.scenario.storage.engines import GROWTH
from aio_sim.storage.relational.settings import Settings, Volume
from aio_sim.storage.relational.transaction import Isolation
from aio_sim.storage.server.database import Installation
from aio_sim.storage.server.pricing import (
    DOCUMENT_PRICES,
    RELATIONAL_PRICES,
    STRUCTURE_PRICES,
    CpuPrices,
)
from aio_sim.storage.server.relational import RelationalInstallation
from aio_sim.storage.server.service import Promise

PRICES: Final = {
    "relational": RELATIONAL_PRICES,
    "document": DOCUMENT_PRICES,
    "structure": STRUCTURE_PRICES,
}


def installation(engine: EngineSpec) -> Installation:
    """Return the files of an empty database."""
    if engine.engine == "structure":
        return _structure(engine)
    return _relational(engine) if engine.engine == "relational" else _document(engine)


def prices(engine: EngineSpec) -> CpuPrices:
    """Return what an engine's work takes of a core."""
    return PRICES[engine.engine]


def promise(engine: EngineSpec) -> Promise:
    """Return when a commit is answered; a structure has no log to wait for."""
    return Promise.EACH_SECOND if engine.engine == "structure" else Promise(engine.durability)


def _relational(engine: EngineSpec) -> Installation:
    settings = Settings(
        page_size=engine.settings.page_size,
        pool_pages=engine.pool_pages,
        log_size=engine.settings.log,
        doublewrite=engine.doublewrite,
    )
    return RelationalInstallation(
        Volume(settings, engine.pages), Isolation[engine.isolation.upper()]
    )


def _document(engine: EngineSpec) -> Installation:
    from aio_sim.storage.document.settings import Settings as DocumentSettings
    from aio_sim.storage.document.settings import Volume as DocumentVolume
    from aio_sim.storage.server.document import DocumentInstallation

    settings = DocumentSettings(
        page_size=engine.settings.page_size,
        cache_pages=engine.pool_pages,
        journal_size=engine.settings.log,
    )
    return DocumentInstallation(DocumentVolume(settings, engine.pages))


def _structure(engine: EngineSpec) -> Installation:
    from aio_sim.storage.server.shelf import StructureSettings
    from aio_sim.storage.server.structure import StructureInstallation
    from aio_sim.storage.structures.key_value import key_value

    assert engine.structure is not None  # for the engine needs one
    kind, sizes = key_value(engine.structure), engine.settings
    settings = StructureSettings(
        page_size=sizes.page_size,
        memory=sizes.buffer_pool,
        room=engine.size if kind.paged else sizes.buffer_pool,
        growth=engine.growth or GROWTH,
    )
    return StructureInstallation(kind, settings)
