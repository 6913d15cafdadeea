"""A mix of operations of YCSB that is none of its core workloads."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Number, Spec
from aio_sim.scenario.findings import Findings

Weight = Annotated[Number, Field(ge=0, le=1e9)]


class MixSpec(Spec):
    """Weights of the operations, of which only the proportions count."""

    read: Weight = 0
    """Of reading one record."""
    update: Weight = 0
    """Of writing one field of a record."""
    insert: Weight = 0
    """Of writing a new record."""
    scan: Weight = 0
    """Of reading 1 to 100 records in the order of their keys."""
    read_modify_write: Weight = 0
    """Of reading a record and then writing one field of it."""

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        findings = Findings("mix")
        if not sum(self.weights):
            findings.say(_("one weight must be above 0"))
        findings.raise_any()
        return self

    @property
    def weights(self) -> tuple[float, ...]:
        """The weights, in the order of YCSB's operations."""
        return (self.read, self.update, self.insert, self.scan, self.read_modify_write)
