from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aio_sim.cli.interrupts import noted_interrupt

ENDLESS = """
name: endless
hosts: [{name: h1}]
scheduler: {policy: telling}
workload: [{kind: poisson, rate: 1, count: 1000000000, work: 0.5}]
"""

TELLING = """
from aio_sim import SchedulingPolicy, scheduling_policy

@scheduling_policy("telling")
class Telling(SchedulingPolicy):
    def key(self, process, moment):
        if process.number == 2000:
            print("well on its way", flush=True)
        return process.number
"""

DEAF = """
from signal import SIGINT, getsignal
from aio_sim import SchedulingPolicy, scheduling_policy

@scheduling_policy("telling")
class Deaf(SchedulingPolicy):
    def key(self, process, moment):
        if process.number == 2000:
            print("well on its way", flush=True)
            interrupt = getsignal(SIGINT).__self__
            while not interrupt.asked:
                pass
            print("asked once", flush=True)
            while True:
                pass
        return process.number
"""

# Whoever starts the tests in the background has SIGINT ignored by all that they start.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from aio_sim.cli import main
sys.exit(main())
"""


@contextmanager
def started(folder: Path, policy: str) -> Iterator[subprocess.Popen[str]]:
    """Give a run that goes on until it is interrupted."""
    (folder / "endless.yaml").write_text(ENDLESS)
    (folder / "policy.py").write_text(policy)
    with subprocess.Popen(
        [
            *(sys.executable, "-c", PROGRAM, "run", "endless.yaml", "--plugin", "policy.py"),
            *("--out", "results", "--json"),
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # a run that a failed test has left behind


def wait_for(line: str, process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for said in process.stderr:
        if said.strip() == line:
            return
    pytest.fail(f"the run ended before it said {line!r}")


def test_what_an_interrupted_run_has_finished_is_kept(tmp_path: Path) -> None:
    with started(tmp_path, TELLING) as process:
        wait_for("well on its way", process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in err
    result = json.loads(out)
    assert result["metrics"]["tasks.completed"] > 1000
    assert json.loads((tmp_path / "results" / "result.json").read_text()) == result


def test_a_second_interrupt_stops_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with started(tmp_path, DEAF) as process:
        for line in ("well on its way", "asked once"):
            wait_for(line, process)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert (out, err.splitlines()[-1]) == ("", "interrupted")
    assert sorted(path.name for path in tmp_path.glob("*results*")) == []


def test_an_interrupt_is_noted_first_and_obeyed_the_second_time() -> None:
    # A shell has what it runs in the background ignore interrupts, these tests perhaps among it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with noted_interrupt() as interrupt:
            signal.raise_signal(signal.SIGINT)
            assert interrupt.asked
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_ignores_interrupts_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with noted_interrupt() as interrupt:
            signal.raise_signal(signal.SIGINT)
        assert not interrupt.asked
    finally:
        signal.signal(signal.SIGINT, before)
