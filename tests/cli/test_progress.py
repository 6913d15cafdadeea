from __future__ import annotations

import io
import sys

import pytest

from aio_sim.cli import progress
from aio_sim.cli.progress import counting_bar, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal that is stderr from now on (what a fixture puts there, pytest removes)."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_there_is_no_bar_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress_bar() as report:
        assert report is None


def test_nobody_who_waits_for_a_moment_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with progress_bar() as report:
        assert report is not None
        report(5_000_000_000, 0.5)
    assert terminal.getvalue() == ""


def test_a_long_run_shows_simulated_time(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    with progress_bar() as report:
        assert report is not None
        report(5_000_000_000, None)
        report(7_000_000_000, 0.5)
    assert "simulated 7 s" in terminal.getvalue()


def test_a_comparison_shows_how_many_runs_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0)
    with counting_bar() as report:
        assert report is not None
        report(3, 10)
    assert "run 3 of 10" in terminal.getvalue()
