"""Tasks that arrive in bursts: a Poisson process modulated by a Markov chain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.messages import _
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.scenario.fields import Number, Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.readers.terms import CHUNK
from aio_sim.scenario.workloads.common import Extent, GeneratedWorkload, PositiveDuration
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_STATES_AN_ARRIVAL = 1_000
_STATES_AT_A_TIME = 100_000


class BurstState(Spec):
    """A phase of a bursty workload."""

    rate: Annotated[Number, Field(ge=0)]
    """Arrivals a second, on average, in this state."""
    mean: PositiveDuration
    """How long the state lasts on average (seconds; exponentially distributed); above 0."""


class BurstyWorkload(GeneratedWorkload, Extent):
    """Tasks whose rate of arrival changes with a state that lasts an exponential time.

    A Markov-modulated Poisson process; it begins in the first state.
    """

    kind: Literal["bursty"] = "bursty"
    states: Annotated[tuple[BurstState, ...], Field(min_length=2)]
    """At least two states, not all with rate 0."""
    next: Literal["cycle", "uniform"] = "cycle"
    """Which state follows: the next in the list (the first after the last), or any other."""
    start: Duration = Field(0, alias="from", description="No task arrives before this instant.")

    @model_validator(mode="after")
    def _arrives(self) -> Self:
        findings = Findings("states")
        if not any(state.rate for state in self.states):
            findings.say(_("at least one needs a rate above 0"), "states")
        elif self._arrivals_a_state * _MOST_STATES_AN_ARRIVAL < 1:
            sentence = _("change more than {number} times an arrival; let them last longer")
            findings.say(sentence.format(number=_MOST_STATES_AN_ARRIVAL), "states")
        findings.raise_any()
        return self

    @property
    def _arrivals_a_state(self) -> float:
        """How many tasks arrive in a state, on average."""
        expected = (state.rate * state.mean / SECOND for state in self.states)
        return sum(expected) / len(self.states)

    def arrivals(
        self, streams: RandomStreams, label: str, chunk: int = CHUNK
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the instants of a Poisson process with the rate of the state at the time."""
        from aio_sim.scenario.workloads.arrivals import markov_chain, modulated, within

        states = markov_chain(
            streams.stream(f"{label}.states"),
            streams.stream(f"{label}.next_states"),
            [state.rate for state in self.states],
            [state.mean for state in self.states],
            self.next == "cycle",
        )
        generator = streams.stream(f"{label}.arrivals")
        at_a_time = max(int(self._arrivals_a_state * _STATES_AT_A_TIME), 1)
        chunk = min(chunk, self.count or chunk, at_a_time)
        instants = modulated(generator, states, self.start, chunk, f"{label}.arrivals")
        return within(instants, self.count, self.until)
