"""The trace events against the documented format of Chrome's JSON traces."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from typing import Any

import pytest

from aio_sim.kernel.trace import Reason, Status, Step, Trace
from aio_sim.report.perfetto import perfetto_events, write_perfetto
from tests.analysis.traces import TraceWriter, shortest_first, silberschatz_round_robin

MICROSECONDS = 1_000_000


def mixed() -> Trace:
    """Return a trace with every kind of event in it."""
    writer = TraceWriter("A", "B", "C", "D", cores=2)
    writer.task("A", 0, 0, 3, 3).task("B", 0, 1, 6, 2).task("C", 2, 3, 5, 2)
    writer.task("D", 1, status=Status.REJECTED, reason="no memory", machine=None)
    writer.ready(0, "A", "B").dispatch(0, "A", other="B").stop(3, "A")
    writer.dispatch(3, "B", cost=0.5).stop(6, "B").held("C", [1], 3, 5)
    trace = writer.trace
    trace.spans.append((trace.code("allocation"), trace.code("resources"), 2, 2 * 10**9, 3 * 10**9))
    trace.counters.append((10**9, trace.code("memory.used"), 5 * 10**9))
    writer.step(0, Step.DISPATCH, -1, "D", Reason.ALONE, cpu="h2")
    writer.step(4, Step.STOP, -1, "D", Reason.FINISHED, cpu="h2")
    return trace


def events_of(trace: Trace) -> list[dict[str, Any]]:
    file = io.StringIO()
    write_perfetto(trace, file)
    written = json.loads(file.getvalue(), parse_constant=pytest.fail)
    assert set(written) == {"displayTimeUnit", "traceEvents"}
    events: list[dict[str, Any]] = written["traceEvents"]
    return events


TRACES = pytest.mark.parametrize("make", [shortest_first, silberschatz_round_robin, mixed, Trace])


@TRACES
def test_every_event_has_the_fields_of_its_phase(make: Any) -> None:
    required = {
        "X": {"ph", "name", "cat", "ts", "dur", "pid", "tid"},
        "M": {"ph", "name", "pid", "tid", "args"},
        "C": {"ph", "name", "cat", "ts", "pid", "tid", "args"},
        "b": {"ph", "name", "cat", "ts", "pid", "tid", "id"},
        "e": {"ph", "name", "cat", "ts", "pid", "tid", "id"},
        "i": {"ph", "name", "cat", "ts", "pid", "tid", "s", "args"},
    }
    for event in events_of(make()):
        assert set(event) == required[event["ph"]]
        assert event.get("ts", 0) >= 0
        assert event.get("dur", 1) > 0


@TRACES
def test_every_process_and_thread_has_a_name(make: Any) -> None:
    events = events_of(make())
    named = defaultdict(set)
    for event in events:
        if event["ph"] == "M":
            named[event["name"]].add((event["pid"], event["tid"]))
    for event in events:
        if event["ph"] != "M":
            assert (event["pid"], event["tid"]) in named["thread_name"]
            assert (event["pid"], 0) in named["process_name"]


@TRACES
def test_slices_of_a_thread_are_in_order_and_do_not_overlap(make: Any) -> None:
    ends: defaultdict[tuple[int, int], float] = defaultdict(float)
    for event in events_of(make()):
        if event["ph"] == "X":
            thread = event["pid"], event["tid"]
            assert event["ts"] >= ends[thread]
            ends[thread] = event["ts"] + event["dur"]


@TRACES
def test_asynchronous_events_come_in_pairs(make: Any) -> None:
    open_ones: dict[int, dict[str, Any]] = {}
    for event in events_of(make()):
        if event["ph"] == "b":
            open_ones[event["id"]] = event
        elif event["ph"] == "e":
            begun = open_ones.pop(event["id"])
            assert begun["ts"] <= event["ts"]
            assert (begun["name"], begun["cat"]) == (event["name"], event["cat"])
    assert open_ones == {}


@TRACES
def test_counters_are_in_order(make: Any) -> None:
    last: defaultdict[tuple[int, str], float] = defaultdict(lambda: -1)
    for event in events_of(make()):
        if event["ph"] == "C":
            key = event["pid"], event["name"]
            assert event["ts"] > last[key]
            last[key] = event["ts"]


def test_times_are_microseconds_of_the_stays() -> None:
    stays = [
        (event["name"], event["ts"], event["dur"])
        for event in events_of(silberschatz_round_robin())
        if event["ph"] == "X"
    ]
    assert stays == [
        ("P1", 0, 4 * MICROSECONDS),
        ("P2", 4 * MICROSECONDS, 3 * MICROSECONDS),
        ("P3", 7 * MICROSECONDS, 3 * MICROSECONDS),
        ("P1", 10 * MICROSECONDS, 20 * MICROSECONDS),
    ]


def test_machines_are_processes_cores_are_threads_and_queues_are_counters() -> None:
    events = events_of(mixed())
    names = {event["args"]["name"] for event in events if event["ph"] == "M"}
    assert {"h1", "h2", "core 0", "core 1", "shared cores"} <= names
    counters = {(event["name"], *event["args"]) for event in events if event["ph"] == "C"}
    assert counters == {("ready queue", "waiting"), ("memory.used", "value")}
    assert "switch" in {event["name"] for event in events if event["ph"] == "X"}
    assert "allocation C" in {event["name"] for event in events if event["ph"] == "b"}


def test_a_trace_of_totals_shows_its_tasks() -> None:
    writer = TraceWriter("A", level="tasks").task("A", 0, 1, 3, 2)
    begins = [event for event in events_of(writer.trace) if event["ph"] == "b"]
    assert [(event["name"], event["ts"]) for event in begins] == [("A", MICROSECONDS)]


def test_a_rotation_is_written_as_it_is_expanded() -> None:
    writer = TraceWriter("A", "B").task("A", 0).task("B", 0)
    writer.rotation(0, 10_000, 1e-6, ["B", "A"], [(0, "A", 1e-6)])  # ten thousand million slices
    events = perfetto_events(writer.trace)
    assert [next(events)["name"] for _ in range(4)] == ["A", "B", "A", "B"]


def test_turns_too_short_for_the_run_are_told_together() -> None:
    writer = TraceWriter("A", "B").task("A", 0, 0, 40, 20).task("B", 0, 0, 40, 20)
    writer.rotation(0, 40, 1e-4, ["B", "A"], [(0, "A", 1e-4)])  # 400,000 turns
    stays = [event for event in events_of(writer.trace) if event["ph"] == "X"]
    told = [(event["name"], event["ts"], event["ts"] + event["dur"]) for event in stays]
    last = 40 * MICROSECONDS - 100
    assert told == [
        ("A", 0, 100),
        ("several in turn", 100, last),
        ("B", last, 40 * MICROSECONDS),
    ]
