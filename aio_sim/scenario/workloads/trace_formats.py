"""The logs of known format that can be replayed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from aio_sim.scenario.readers.terms import Tenants
from aio_sim.scenario.workloads.common import TaskDemands, pattern
from aio_sim.scenario.workloads.trace import TraceWorkload
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.scenario.readers.rows import Rows, Skips


class SwfTrace(TraceWorkload):
    """A batch log in the Standard Workload Format: rigid parallel jobs.

    A job takes the processors it used (asked, where unknown), of any hosts, for its actual run
    time; its name is its number. Jobs whose run time or size is unknown or zero are rejected.
    """

    format: Literal["swf"]
    memory: bool = False
    """Whether jobs take memory: a processor's, as asked (used, where unknown), times processors."""
    tenant_from: Tenants | None = None
    """Which of these a job's tenant is (`user-12`); `tenant` where absent."""

    @property
    def spans(self) -> bool:
        """A job takes processors wherever they are."""
        return True

    @property
    def takes_cores(self) -> bool:
        """A job holds its processors."""
        return True

    @property
    def takes_memory(self) -> bool:
        """As the scenario says."""
        return self.memory

    def names(self, label: str) -> str:
        """Return the pattern of job numbers, after the name of the workload where it has one."""
        return "{}" if label == self.kind else pattern(label)

    def rows(self, skips: Skips) -> Iterator[Rows]:
        """Yield the jobs of the log."""
        from aio_sim.scenario.readers import swf

        return swf.read(self.path, skips, memory=self.memory, tenant=self.tenant_from)


class AzureLlmTrace(TraceWorkload, TaskDemands):
    """Requests to a language model: TIMESTAMP, ContextTokens, GeneratedTokens.

    Work grows with the tokens. The times a token are those of Llama2-70B on eight H100 without
    batching, rounded: a median 84 ms to the first token of some 1,000, then 28 ms a token (Patel et
    al., Splitwise, ISCA 2024, Table IV).
    """

    format: Literal["azure_llm"]
    seconds_per_context_token: Duration = 80_000
    """Work a token of the prompt (seconds); 80us where absent."""
    seconds_per_generated_token: Duration = 28_000_000
    """Work a token of the answer (seconds); 28ms where absent."""

    @property
    def has_dates(self) -> bool:
        """Requests are stamped with wall-clock time."""
        return True

    @property
    def spans(self) -> bool:
        """As the scenario says."""
        return self.span

    def rows(self, skips: Skips) -> Iterator[Rows]:
        """Yield the requests of the trace."""
        from aio_sim.scenario.readers import azure_llm

        return azure_llm.read(
            self.path,
            skips,
            context_token=self.seconds_per_context_token,
            generated_token=self.seconds_per_generated_token,
        )


class AlibabaGpuTrace(TraceWorkload):
    """Pods of a GPU cluster: name, cpu_milli, memory_mib, creation, deletion and scheduled time.

    A pod arrives at its creation, works from its scheduling to its deletion, and is rejected if it
    was never scheduled.
    """

    format: Literal["alibaba_gpu"]
    exclusive: bool = True
    """Whether a pod has whole cores for itself, as many as hold its cpu_milli; else it shares."""
    memory: bool = True
    """Whether pods take the memory they asked."""

    @property
    def has_names(self) -> bool:
        """Pods have names."""
        return True

    @property
    def takes_cores(self) -> bool:
        """As the scenario says."""
        return self.exclusive

    @property
    def takes_memory(self) -> bool:
        """As the scenario says."""
        return self.memory

    def rows(self, skips: Skips) -> Iterator[Rows]:
        """Yield the pods of the trace."""
        from aio_sim.scenario.readers import alibaba_gpu

        return alibaba_gpu.read(self.path, skips, exclusive=self.exclusive, memory=self.memory)
