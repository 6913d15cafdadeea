"""What a scenario says of storage servers: engines on hosts, and what is asked of them."""

from aio_sim.scenario.storage.engines import EngineSpec
from aio_sim.scenario.storage.loads import (
    BlockTraceLoad,
    CatalogueLoad,
    LedgerLoad,
    LoadSpec,
    OrderEntryLoad,
    ServerLoad,
    YcsbLoad,
)
from aio_sim.scenario.storage.spec import StorageSpec, check_storage

__all__ = [
    "BlockTraceLoad",
    "CatalogueLoad",
    "EngineSpec",
    "LedgerLoad",
    "LoadSpec",
    "OrderEntryLoad",
    "ServerLoad",
    "StorageSpec",
    "YcsbLoad",
    "check_storage",
]
