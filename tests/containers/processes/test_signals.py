"""Signals have the names and numbers of Linux, and exit codes those that shells report."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from aio_sim.containers.processes.signals import ExitStatus, Signal
from aio_sim.kernel.errors import UnknownName


@pytest.mark.skipif(sys.platform != "linux", reason="numbers differ elsewhere")
@pytest.mark.parametrize("each", Signal)
def test_numbers_are_those_of_this_machine(each: Signal) -> None:
    assert signal.Signals[f"SIG{each.name}"] == each.value


def test_a_signal_has_a_name_and_a_number() -> None:
    assert Signal.named("TERM") is Signal.named("sigterm") is Signal.named("15") is Signal.TERM
    with pytest.raises(UnknownName, match="did you mean 'TERM'"):
        Signal.named("TERN")


def test_an_end_by_a_signal_is_reported_as_shells_do() -> None:
    said = subprocess.run(
        ["sh", "-c", "sh -c 'kill -KILL $$'; echo $?"], capture_output=True, text=True, check=True
    )
    assert ExitStatus(0, Signal.KILL).reported == int(said.stdout) == 137
    assert ExitStatus(3).reported == 3
