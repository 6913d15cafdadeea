"""The console that everything for a terminal is printed to."""

from __future__ import annotations

import io

import pytest

from aio_sim.report.console import console


class Closed(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_has_left_is_told_as_such() -> None:
    with pytest.raises(BrokenPipeError):
        console(Closed()).print("something")
