"""Policies that answer with nonsense: an error that says what, at the first such answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aio_sim.kernel.errors import PluginError, PolicyError
from aio_sim.scheduling.policy import SchedulingPolicy, scheduling_policy
from tests.scheduling.on_cpu import run_on_cpu
from tests.scheduling.reference_rules import ReferenceProcess

LOAD = [ReferenceProcess(number, 0, 5) for number in range(3)]


def policy(**methods: Callable[..., Any]) -> SchedulingPolicy:
    return type("Faulty", (SchedulingPolicy,), methods)()


@pytest.mark.parametrize("length", [0, -5, 0.5, 1.5e9, "20ms", float("inf"), float("nan")])
def test_a_slice_is_a_whole_number_above_0(length: object) -> None:
    with pytest.raises(PolicyError, match="slice must be a whole number of nanoseconds above 0"):
        run_on_cpu(policy(slice=lambda *_: length), LOAD)


@pytest.mark.parametrize("later", [0, -1, 0.5])
def test_keys_change_at_an_instant_after_now(later: float) -> None:
    faulty = policy(
        key=lambda _self, process, _moment: process.number,
        reorders_at=lambda _self, moment: moment.now + later,
    )
    with pytest.raises(PolicyError, match="reorders_at must be an instant after now"):
        run_on_cpu(faulty, LOAD)


def raises(error: BaseException) -> Callable[..., Any]:
    def method(*_: object) -> None:
        raise error

    return method


@pytest.mark.parametrize("error", [RuntimeError("oh"), SystemExit(4), ZeroDivisionError()])
@pytest.mark.parametrize("method", ["pick", "key", "slice", "enters", "value"])
def test_a_policy_that_raises_is_told_with_file_and_line(error: BaseException, method: str) -> None:
    with pytest.raises(PolicyError, match=rf"{method} raised|method raised") as caught:
        run_on_cpu(policy(**{method: raises(error)}), LOAD)
    assert "test_policy_faults.py:" in str(caught.value)


def test_a_method_that_is_nearly_a_hook_is_refused() -> None:
    class Misspelt(SchedulingPolicy):
        def pik(self) -> None:
            """Never called."""

    with pytest.raises(PluginError, match="did you mean 'pick'"):
        scheduling_policy("misspelt")(Misspelt)


def test_helpers_of_other_names_are_welcome() -> None:
    class Helped(SchedulingPolicy):
        def key(self, process: Any, moment: Any) -> Any:
            return self.distance(process)

        def distance(self, process: Any) -> int:
            """Of a process from the end."""
            return -int(process.number)

    assert scheduling_policy("helped-by-a-test")(Helped) is Helped
