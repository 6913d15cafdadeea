"""For tests of your own: `check_policy`, and a pytest plugin with two fixtures.

pytest finds the plugin by itself once aio_sim is installed. `run_scenario` runs a shipped scenario
or a file, `simulate_text` one that stands in the test; both audit every run.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aio_sim.kernel.errors import InputError, PolicyError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from aio_sim.scenario import Scenario
    from aio_sim.scheduling.policy import SchedulingPolicy
    from aio_sim.simulation import Run

__all__ = ["PolicyCheckError", "check_policy"]


class PolicyCheckError(PolicyError, AssertionError):
    """A policy that is not fit for use; the message lists all that is wrong with it."""


def check_policy(
    policy: SchedulingPolicy | type[SchedulingPolicy] | str, *, situations: int = 25, seed: int = 0
) -> list[str]:
    """Put a policy through generated situations, and return warnings (such as that it may starve).

    `policy` is an object, a class that needs no options, or a registered name. What counts as a
    fault: it raises; it answers with a process that is not ready, with keys that cannot be compared
    or that move while a process waits, with a slice of no time; it changes a process or the list of
    those ready; asked twice in the same situation, it answers differently; two processes preempt
    each other without end.

    Raises PolicyCheckError, which is an AssertionError too, with a sentence for each fault, and
    InputError where `policy` is not one.
    """
    from aio_sim.scheduling.conformance import examine

    examined = _policy(policy)
    findings = examine(examined, situations=situations, seed=seed)
    faults = [finding.message for finding in findings if not finding.warning]
    if faults:
        head = _("{policy} is not fit for use:").format(policy=type(examined).__name__)
        raise PolicyCheckError("\n- ".join([head, *faults]))
    return [finding.message for finding in findings]


def _policy(policy: Any) -> SchedulingPolicy:
    from pydantic import ValidationError

    import aio_sim.scheduling.policies  # noqa: F401 - so that their names are known
    from aio_sim.scheduling.policy import SCHEDULING_POLICIES, SchedulingPolicy

    if isinstance(policy, SchedulingPolicy):
        return policy
    chosen = SCHEDULING_POLICIES[policy] if isinstance(policy, str) else policy
    if not (isinstance(chosen, type) and issubclass(chosen, SchedulingPolicy)):
        raise InputError(
            _("{policy!r} is no scheduling policy; derive it from SchedulingPolicy").format(
                policy=policy
            )
        )
    try:
        return chosen()
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise InputError(
            _("{policy} needs options ({fields}); check an object made with them").format(
                policy=chosen.__name__, fields=fields
            )
        ) from None


class ScenarioRunner(Protocol):
    """The fixture `run_scenario`."""

    def __call__(
        self,
        scenario: Scenario | str | Path,
        *,
        seed: int | None = None,
        set: Iterable[str] = (),
    ) -> Run:
        """Return the audited run of a scenario, by object, shipped name or path.

        `set` is PATH=VALUE, as on the command line.
        """


class TextRunner(Protocol):
    """The fixture `simulate_text`."""

    def __call__(self, text: str, *, seed: int | None = None) -> Run:
        """Return the audited run of a scenario given as YAML."""


def _audited(scenario: Scenario, seed: int | None) -> Run:
    from aio_sim.simulation import simulate

    return simulate(scenario, seed, level="full", audit=True)


try:
    import pytest
except ImportError:  # check_policy serves without it
    pass
else:

    @pytest.fixture(scope="session")
    def run_scenario() -> ScenarioRunner:
        """Run a scenario by its name, path or object, every invariant audited."""

        def run(
            scenario: Scenario | str | Path,
            *,
            seed: int | None = None,
            set: Iterable[str] = (),
        ) -> Run:
            from aio_sim.scenario import Scenario

            if not isinstance(scenario, Scenario):
                scenario = Scenario.load(scenario, set=set)
            return _audited(scenario, seed)

        return run

    @pytest.fixture(scope="session")
    def simulate_text() -> TextRunner:
        """Run a scenario given as YAML, every invariant audited."""

        def run(text: str, *, seed: int | None = None) -> Run:
            from aio_sim.scenario import Scenario

            return _audited(Scenario.from_text(text), seed)

        return run
