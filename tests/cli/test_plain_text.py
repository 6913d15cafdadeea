"""Whoever sets NO_COLOR (https://no-color.org) gets text and nothing else."""

from __future__ import annotations

import io
import sys

import pytest

from aio_sim.cli import main

PAGES = [
    ["run", "silberschatz-rr", "--explain"],
    ["compare", "stallings-five", "--vary", "scheduler.policy=fcfs,sjf"],
    ["lab", "paging", "--reference", "1,2,3", "--frames", "2", "--explain"],
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what a command prints on a terminal that has colours."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert main(arguments) == 0
    return terminal.getvalue()


@pytest.mark.parametrize("arguments", [*PAGES, ["topics"]], ids=lambda arguments: arguments[0])
def test_nothing_is_escaped_where_no_colour_is_wanted(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = printed(arguments, monkeypatch)
    assert out
    assert "\x1b" not in out


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("arguments", PAGES, ids=lambda arguments: arguments[0])
def test_a_terminal_shows_what_matters_more_in_bold_otherwise(
    arguments: list[str], value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    assert "\x1b[1m" in printed(arguments, monkeypatch)
