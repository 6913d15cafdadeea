"""Migration: a virtual machine moves to another host, cold, by pre-copy or by post-copy.

`plan` works out what it takes on a link of constant bandwidth; `migrate` does it on the event loop.
"""

from aio_sim.virtualization.migration.methods import Method, MigrationOptions
from aio_sim.virtualization.migration.migrate import MigrationResult, Migrator
from aio_sim.virtualization.migration.plan import (
    MigrationPlan,
    PreCopySeries,
    Round,
    expected_faults,
    plan_migration,
    pre_copy_series,
    settled_share,
    transfer_time,
)
from aio_sim.virtualization.migration.under_way import MigratableMachine, Rooms

__all__ = [
    "MigratableMachine",
    "Method",
    "MigrationOptions",
    "MigrationPlan",
    "MigrationResult",
    "Migrator",
    "PreCopySeries",
    "Rooms",
    "Round",
    "expected_faults",
    "plan_migration",
    "pre_copy_series",
    "settled_share",
    "transfer_time",
]
