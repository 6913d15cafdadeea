"""Makes the databases of storage servers from what a scenario says of them."""

from __future__ import annotations

from aio_sim.scenario.storage import EngineSpec
from aio_sim.storage.relational.settings import Settings, Volume
from aio_sim.storage.relational.transaction import Isolation
from aio_sim.storage.server.database import Installation
from aio_sim.storage.server.pricing import DOCUMENT_PRICES, RELATIONAL_PRICES, CpuPrices
from aio_sim.storage.server.relational import RelationalInstallation


def installation(engine: EngineSpec) -> Installation:
    """Return the files of an empty database."""
    return _relational(engine) if engine.engine == "relational" else _document(engine)


def prices(engine: EngineSpec) -> CpuPrices:
    """Return what an engine's work takes of a core."""
    return RELATIONAL_PRICES if engine.engine == "relational" else DOCUMENT_PRICES


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
