"""Workloads: where tasks come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import Fits
from aio_sim.scenario.workloads.batch import BatchWorkload
from aio_sim.scenario.workloads.bursty import BurstState, BurstyWorkload
from aio_sim.scenario.workloads.closed import ClosedWorkload
from aio_sim.scenario.workloads.common import OpenWorkload, TaskSource, Workload
from aio_sim.scenario.workloads.periodic import PeriodicWorkload
from aio_sim.scenario.workloads.poisson import PoissonWorkload
from aio_sim.scenario.workloads.task_list import ListWorkload, TaskSpec
from aio_sim.scenario.workloads.trace import TraceWorkload
from aio_sim.scenario.workloads.trace_csv import CsvTrace
from aio_sim.scenario.workloads.trace_formats import AlibabaGpuTrace, AzureLlmTrace, SwfTrace
from aio_sim.scenario.workloads.workflow import WfFormatTrace

_FORMATS: Final = ("swf", "azure_llm", "alibaba_gpu", "csv", "wfformat")


def _known_format(data: object) -> object:
    """Return the data of a trace; raise where its format is missing, or is none."""
    if isinstance(data, Mapping) and data.get("format") not in _FORMATS:
        name = str(data.get("format", ""))
        findings = Findings("format")
        sentence = _("unknown format {name!r}{hint}") if name else _("needs a format{hint}")
        findings.say(sentence.format(name=name, hint=hint(name, _FORMATS)), "format")
        findings.raise_any()
    return data


TraceSpec = Annotated[
    SwfTrace | AzureLlmTrace | AlibabaGpuTrace | CsvTrace | WfFormatTrace,
    Field(discriminator="format"),
    BeforeValidator(_known_format),
]
"""A log to be replayed, by its format."""

WorkloadSpec = Annotated[
    ListWorkload
    | BatchWorkload
    | PoissonWorkload
    | PeriodicWorkload
    | BurstyWorkload
    | ClosedWorkload
    | TraceSpec,
    Field(discriminator="kind"),
]
"""A workload, by its kind."""

__all__ = [
    "AlibabaGpuTrace",
    "AzureLlmTrace",
    "BatchWorkload",
    "BurstState",
    "BurstyWorkload",
    "ClosedWorkload",
    "CsvTrace",
    "Fits",
    "ListWorkload",
    "OpenWorkload",
    "PeriodicWorkload",
    "PoissonWorkload",
    "SwfTrace",
    "TaskSource",
    "TaskSpec",
    "TraceSpec",
    "TraceWorkload",
    "WfFormatTrace",
    "Workload",
    "WorkloadSpec",
]
