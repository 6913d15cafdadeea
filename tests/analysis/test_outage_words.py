"""`--explain` says when hosts die and when they are back, before what comes of it."""

from __future__ import annotations

from aio_sim import Scenario, simulate
from aio_sim.analysis.explanation import explain

WEB = """\
name: web
until: 20
hosts: [{name: h, count: 2, cores: 2, memory: 8GiB}]
containers: [{name: web, on: h-0, image: web, started: true, restart: always}]
workload: [{kind: periodic, every: 3, count: 6, work: 1, on: web}]
"""


def lines(failures: str) -> list[str]:
    """Return what is told of a run."""
    run = simulate(Scenario.from_text(f"{WEB}failures: [{failures}]\n"), level="full")
    return [line.strip() for line in explain(run.trace)]


def test_a_host_dies_before_what_it_takes_along_and_is_back_before_that_starts_again() -> None:
    told = lines("{host: h-0, at: 5, for: 4}")
    places = [
        told.index(line)
        for line in (
            "5.000 s  h-0 dies, with all that is on it",
            "5.000 s  web has exited",
            "6.000 s  periodic-2 fails: web has exited",
            "9.000 s  h-0 is back",
            "9.000 s  web is starting",
        )
    ]
    assert places == sorted(places)


def test_a_host_that_stays_down_is_not_said_to_be_back() -> None:
    told = lines("{host: h-1, at: 7}")
    assert [line.partition("  ")[2] for line in told if "h-1" in line] == [
        "h-1 dies, with all that is on it"
    ]
