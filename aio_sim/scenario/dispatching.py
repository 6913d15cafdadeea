"""What a scenario says of tasks that are lost, or slow: retries and speculative copies."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aio_sim.scenario.fields import Count, Number, Share, Spec
from aio_sim.scheduling.policy import Duration, Quantum


class RetrySpec(Spec):
    """A task that is lost with its machine is sent again, after a while that grows."""

    attempts: Count = 4
    """How often a task is sent in all."""
    wait: Duration = 1_000_000_000
    """How long it waits before it is sent a second time (seconds); 1s where absent."""
    factor: Annotated[Number, Field(ge=1, le=1000)] = 2
    """How many times longer it waits before each further time, 1 to 1,000."""
    most: Quantum = 60_000_000_000
    """The longest that it waits (seconds); 1min where absent."""
    jitter: Share = 0
    """Which part of a wait is drawn at random, 0 to 1, so that tasks do not all come at once."""


class SpeculationSpec(Spec):
    """A task that takes much longer than others of its workload is begun once more elsewhere."""

    factor: Annotated[Number, Field(gt=1, le=1_000_000)] = 1.5
    """How many times the median of its workload a task takes before it has a copy; above 1."""
    least: Count = 5
    """How many tasks of its workload must have finished before."""
