"""Virtual machines in the trace events: which tracks there are, and how they nest."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tests.analysis.machines import FAULTING, LIFE, MOVING, trace_of
from tests.analysis.traces import shortest_first
from tests.report.test_perfetto import MICROSECONDS, events_of

Track = tuple[str, str]


def tracks(text: str) -> dict[Track, list[dict[str, Any]]]:
    """Return the events of each track, by the names of its machine and of itself."""
    events = events_of(trace_of(text))
    named = {
        (event["name"], event["pid"], event["tid"]): event["args"].get("name")
        for event in events
        if event["ph"] == "M"
    }
    found: defaultdict[Track, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        if event["ph"] not in "MC":
            machine = named["process_name", event["pid"], 0]
            found[machine, named["thread_name", event["pid"], event["tid"]]].append(event)
    return found


def stretches(events: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    return [
        (event["name"], event["ts"] / MICROSECONDS, (event["ts"] + event["dur"]) / MICROSECONDS)
        for event in events
        if event["ph"] == "X"
    ]


def test_states_and_stages_of_a_machine_are_tracks_of_its_own() -> None:
    found = tracks(LIFE)
    assert stretches(found["virtual machine vm", "state"]) == [
        ("running", 0, 1.01),
        ("paused", 1.01, 3.01),
        ("running", 3.01, 9),
        ("destroyed", 9, 9.1),
    ]
    assert stretches(found["virtual machine vm", "stages"]) == [
        ("pause", 1, 1.01),
        ("resume", 3, 3.01),
        ("destruction", 9, 9.1),
    ]
    assert {"host h1", "virtual machine vm"} <= {machine for machine, _track in found}


def test_a_refusal_is_an_instant_with_its_reason() -> None:
    (refused,) = [e for e in tracks(LIFE)["virtual machine wide", "state"] if e["ph"] == "i"]
    assert refused["name"] == "refused by h1"
    assert refused["args"] == {"reason": "has 2 virtual cores, the host 1"}


def test_a_migration_holds_its_stages() -> None:
    told = tracks(MOVING)["virtual machine vm", "migration"]
    whole, copy, switch = stretches(told)
    assert whole[0] == "migration from h1 to h2, cold"
    assert (copy[0], switch[0]) == ("migration copy", "migration switch over")
    assert whole[1] == copy[1] < copy[2] == switch[1] < switch[2] == whole[2]
    assert told[-1]["name"] == "migration refused"


def test_the_stages_of_a_copy_which_overlap_have_a_track_each() -> None:
    found = tracks(MOVING)
    copy = {track for machine, track in found if machine == "copy disk"}
    assert copy == {"copy from h1 to h2", "copy read", "copy send", "copy write"}


@pytest.mark.parametrize("text", [LIFE, FAULTING, MOVING])
def test_stretches_of_a_track_nest(text: str) -> None:
    for events in tracks(text).values():
        holding: list[float] = []
        for _name, start, end in stretches(events):
            while holding and holding[-1] <= start:
                holding.pop()
            assert not holding or end <= holding[-1]
            holding.append(end)


def test_page_faults_are_legs_of_their_task() -> None:
    faults = [e for e in tracks(FAULTING)["virtual machine vm", "tasks"] if e["ph"] == "b"]
    assert [event["name"] for event in faults] == ["page fault batch-0"] * 3


def test_hosts_come_before_their_machines_and_have_plain_names_where_they_are_alone() -> None:
    places = {
        event["pid"]: event["args"]["sort_index"]
        for event in events_of(trace_of(LIFE))
        if event["name"] == "process_sort_index"
    }
    assert sorted(places.values()) == [0, 1, 2]
    names = [e["args"]["name"] for e in events_of(shortest_first()) if e["name"] == "process_name"]
    assert names == ["h1"]
