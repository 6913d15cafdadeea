"""What a scenario says of one thing that goes to many hosts."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Count, ExistingFile, MachineNames, Name, Size, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.protection import KindName
from aio_sim.scheduling.policy import Duration

SchemeName = Literal["unicast", "chain", "tree", "swarm"]


class DistributionSpec(Spec):
    """One thing, such as a model, that goes from one host to many."""

    name: Name | None = None
    """What to call it in results; `distribution-0`, `distribution-1`, ... where absent."""
    at: Duration = 0
    """When it begins (seconds)."""
    size: Annotated[Size, Field(gt=0)] | None = None
    """How large it is; as large as `sample` where absent."""
    sample: ExistingFile | None = None
    """A file that it has the bytes of; relative to the scenario's folder."""
    source: Name = Field(alias="from", description="The host that has it.")
    to: MachineNames
    """The hosts that get it, or patterns; the host that has it is left out."""
    scheme: SchemeName = "unicast"
    """`unicast`: the source sends to all at once; `chain`: each passes the pieces on to the next;
    `tree`: who has it hands it on, so that they double; `swarm`: all pass on pieces to all."""
    pieces: Annotated[Count, Field(le=100_000)] | None = None
    """In how many pieces a chain or a swarm sends it; 32 where absent, or one a byte of fewer."""
    encryption: KindName | None = None
    """How it is protected on its way; as the links say where absent."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = Findings("distribution")
        if self.size is None and self.sample is None:
            raise ValueError(_("needs `size` or `sample`, which tell how large it is"))
        if not self.bytes:
            findings.say(_("is empty; there is nothing to distribute"), "sample")
        if self.pieces is not None and self.scheme not in ("chain", "swarm"):
            sentence = _("{scheme} sends it in one piece; leave `pieces` out, or take a chain")
            findings.say(sentence.format(scheme=self.scheme), "pieces", value=self.pieces)
        if self.pieces is not None and self.pieces > self.bytes > 0:
            sentence = _("must be at most the {size} that there are").format(
                size=format_size(self.bytes)
            )
            findings.say(sentence, "pieces", value=self.pieces)
        findings.raise_any()
        return self

    @property
    def bytes(self) -> int:
        """How large it is."""
        if self.size is not None:
            return self.size
        assert self.sample is not None  # for one of the two is given
        return self.sample.stat().st_size

    @property
    def parts(self) -> int:
        """In how many pieces it goes."""
        if self.scheme not in ("chain", "swarm"):
            return 1
        return min(self.pieces or 32, self.bytes)
