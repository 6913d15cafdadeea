"""Task graphs: ranks, plans and lists against the literature and against every schedule."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, permutations, product
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.distributed.bounds import least_makespan, list_bound, longest_first_bound
from aio_sim.distributed.heft import Plan, heft
from aio_sim.distributed.task_graph import Edge, TaskGraph, cycle
from aio_sim.simulation import Run
from tests.distributed.runs import Tasks, listed, reasons, rows, run, statuses

# Topcuoglu, Hariri & Wu 2002, figure 3 and tables: ten tasks on three processors.
TIMES = [
    *((14, 16, 9), (13, 19, 18), (11, 13, 19), (13, 8, 17), (12, 13, 10)),
    *((13, 16, 9), (7, 15, 11), (5, 11, 14), (18, 12, 20), (21, 7, 16)),
]
EDGES = {
    **{(1, 2): 18, (1, 3): 12, (1, 4): 9, (1, 5): 11, (1, 6): 14, (2, 8): 19, (2, 9): 16},
    **{(3, 7): 23, (4, 8): 27, (4, 9): 23, (5, 9): 13, (6, 8): 15, (7, 10): 17, (8, 10): 11},
    (9, 10): 13,
}
RANKS = [108, 77, 80, 80, 69, 63 + 1 / 3, 42 + 2 / 3, 35 + 2 / 3, 44 + 1 / 3, 14 + 2 / 3]


def nothing(_size: int) -> int:
    """How long a result is under way where that takes no time."""
    return 0


def paper() -> TaskGraph:
    before: list[list[Edge]] = [[] for _ in TIMES]
    for (first, second), size in EDGES.items():
        before[second - 1].append(Edge(first - 1, size))
    return TaskGraph(before, [1] * len(TIMES))


def test_the_ranks_of_the_papers_example() -> None:
    means = [sum(row) / 3 for row in TIMES]
    assert paper().upward_ranks(means, lambda size: size) == pytest.approx(RANKS)


def test_the_papers_example_takes_80() -> None:
    plan = heft(paper(), TIMES, range(3), lambda size: size)
    assert plan.makespan == 80
    by_processor = [
        [slot.task + 1 for slot in sorted(plan.slots) if slot.processor == processor]
        for processor in range(3)
    ]
    assert by_processor == [[2, 8], [4, 6, 9, 10], [1, 3, 5, 7]]


graphs = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(1, 9), min_size=n, max_size=n),
        st.sets(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] < e[1])
        ),
    )
)


def graph_of(works: list[int], edges: set[tuple[int, int]], size: int = 0) -> TaskGraph:
    before = [
        [Edge(first, size) for first, second in sorted(edges) if second == task]
        for task in range(len(works))
    ]
    return TaskGraph(before, works)


def optimum(graph: TaskGraph, machines: int) -> int:
    """Return the least makespan on equal machines: tried by every order of an active schedule."""
    best = sum(graph.works)
    for order in permutations(range(len(graph))):
        free = [0] * machines
        end: dict[int, int] = {}
        for task in order:
            if any(edge.task not in end for edge in graph.before[task]):
                break
            ready = max((end[edge.task] for edge in graph.before[task]), default=0)
            at = min(range(machines), key=lambda m: (max(free[m], ready), -free[m]))
            end[task] = free[at] = max(free[at], ready) + graph.works[task]
        else:
            best = min(best, max(end.values()))
    return best


def critical_path(graph: TaskGraph) -> int:
    """Return the longest way, by recursion from the end."""

    @cache
    def end(task: int) -> int:
        return graph.works[task] + max((end(edge.task) for edge in graph.before[task]), default=0)

    return max(end(task) for task in range(len(graph)))


@given(graphs, st.integers(1, 3))
@settings(max_examples=25)
def test_a_plan_is_a_schedule_and_no_better_than_the_best(
    drawn: tuple[list[int], set[tuple[int, int]]], machines: int
) -> None:
    graph = graph_of(*drawn)
    plan = heft(graph, [[work] * machines for work in graph.works], range(machines), nothing)
    check(plan, graph)
    best = optimum(graph, machines)
    assert best <= plan.makespan <= best * list_bound(machines)  # it leaves no core idle
    assert max(graph.bottom_levels()) == critical_path(graph) <= best


def check(plan: Plan, graph: TaskGraph) -> None:
    """Assert that no two tasks share a processor, and none begins before those before it end."""
    for one, other in product(plan.slots, repeat=2):
        if one.processor == other.processor and one.task != other.task:
            assert one.finish <= other.start or other.finish <= one.start
    for slot in plan.slots:
        for edge in graph.before[slot.task]:
            assert plan.slots[edge.task].finish <= slot.start


def tasks(graph: TaskGraph, **fields: Any) -> dict[str, Any]:
    return listed(
        *(
            {"id": f"T{task}", "work": work, "after": [f"T{edge.task}" for edge in edges]}
            for task, (work, edges) in enumerate(zip(graph.works, graph.before, strict=True))
        ),
        **fields,
    )


def hosts(many: int, **fields: Any) -> Tasks:
    return [{"name": f"h{at}", **fields} for at in range(many)]


ONE_LIST = {"policy": "list"}


@given(graphs, st.integers(1, 3), st.sampled_from(["file", "lpt", "critical_path"]))
@settings(max_examples=25)
def test_a_list_keeps_the_order_of_the_graph_and_grahams_bound(
    drawn: tuple[list[int], set[tuple[int, int]]], machines: int, order: str
) -> None:
    graph = graph_of(*drawn)
    found = run([tasks(graph)], hosts(machines), dispatch=ONE_LIST | {"order": order})
    ran = rows(found)
    for task, edges in enumerate(graph.before):
        assert all(ran[f"T{edge.task}"].finish <= ran[f"T{task}"].start for edge in edges)
    best = optimum(graph, machines)
    assert best <= found.metrics["makespan"] <= best * list_bound(machines)
    # One host with as many cores, under the policy of that name, is the same list.
    if order != "file":
        one = run([tasks(graph)], [{"name": "h", "cores": machines}], scheduler={"policy": order})
        assert one.metrics["makespan"] == found.metrics["makespan"]


def makespan(works: list[int], machines: int, order: str) -> float:
    graph = graph_of(works, set())
    found = run([tasks(graph)], hosts(machines), dispatch=ONE_LIST | {"order": order})
    return float(found.metrics["makespan"])


def test_grahams_worst_cases_are_reached() -> None:
    assert makespan([1] * 6 + [3], 3, "file") == 5  # the best is 3: (2 - 1/3) times
    assert makespan([1] * 6 + [3], 3, "lpt") == 3
    assert makespan([5, 5, 4, 4, 3, 3, 3], 3, "lpt") == 11  # the best is 9: (4/3 - 1/9) times


@given(st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(2, 3))
@settings(max_examples=15)
def test_the_longest_first_keeps_its_bound(works: list[int], machines: int) -> None:
    best = min(
        max(sum(work for work, at in zip(works, where, strict=True) if at == machine)
            for machine in range(machines))
        for where in product(range(machines), repeat=len(works))
    )  # fmt: skip
    bound = best * longest_first_bound(machines)
    assert least_makespan(works, machines) <= best <= makespan(works, machines, "lpt") <= bound


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
@settings(max_examples=15)
def test_no_order_waits_less_than_the_shortest_first(works: list[int]) -> None:
    load = tasks(graph_of(works, set()))
    found = run([load], hosts(1), dispatch=ONE_LIST | {"order": "sjf"})
    least = inf
    for order in permutations(works):
        least = min(least, sum(sum(order[:at]) for at in range(len(order))) / len(order))
    assert found.metrics["waiting.mean"] == pytest.approx(least)


def paper_scaled(**fields: Any) -> Run:
    """Return a run of a fork and join with results of 1 MB on two hosts on a network."""
    card = {"bandwidth": "8Mbps"}  # a megabyte a second
    needs = [{"task": name, "size": "1MB"} for name in ("A", "B")]
    load = listed(
        {"id": "A", "work": 4}, {"id": "B", "work": 3}, {"id": "C", "work": 2, "after": needs}
    )
    return run([load], hosts(2, network=card), **fields)


def test_results_go_over_the_network_to_where_they_are_needed() -> None:
    for dispatch in ({"policy": "heft"}, {"policy": "list"}, {"policy": "least_loaded"}):
        found = paper_scaled(dispatch=dispatch)
        ran = rows(found)
        # With a plan B's result is on its way from 3 to 4; else it is fetched as C is sent, at 4.
        late = 4 if dispatch["policy"] == "heft" else 5
        assert ran["C"].start == pytest.approx(late, abs=1e-3)
        assert found.metrics["network.transfers"] == 1
        assert found.tasks["waiting"].tolist() == pytest.approx([0, 0, 0], abs=1e-6)


def test_a_plan_comes_true_where_nothing_is_in_its_way() -> None:
    graph = graph_of([3, 2, 7, 4, 5, 1], {(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5)})
    times = [[work * 10**9, work * 2 * 10**9] for work in graph.works]
    plan = heft(graph, times, range(2), nothing)
    two: Tasks = [{"name": "h0"}, {"name": "h1", "speed": 0.5}]
    ran = rows(run([tasks(graph)], two, dispatch={"policy": "heft"}))
    for slot in plan.slots:
        found = ran[f"T{slot.task}"]
        assert (found.start, found.finish) == (slot.start / 1e9, slot.finish / 1e9)
        assert found.machine == f"h{slot.processor}"


def test_what_comes_after_a_task_that_fails_fails_too_however_long_the_chain() -> None:
    chain = [{"id": f"T{at}", "work": 1, "after": [f"T{at - 1}"]} for at in range(1, 1500)]
    first = {"id": "T0", "work": 1, "cores": 9}  # more than there are
    found = run([listed(first, *chain, {"id": "late", "work": 1, "arrival": 5, "after": ["T7"]})])
    ended = statuses(found)
    assert ended.pop("T0") == "rejected"
    assert set(ended.values()) == {"failed"}
    assert reasons(found)["T1"] == "T0, which comes before it, was not completed"


def test_the_wait_for_those_before_is_no_waiting() -> None:
    graph = graph_of([5, 3], {(0, 1)})
    found = run([tasks(graph)])
    assert found.tasks["waiting"].tolist() == [0, 0]
    assert found.metrics["graph.critical_path"] == 8
    wide = run([tasks(graph_of([5, 3, 1, 1], {(0, 1)}))], hosts(2), dispatch=ONE_LIST)
    assert wide.metrics["graph.speedup"] == 10 / 8
    assert wide.metrics["graph.efficiency"] == 5 / 8


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"))))
def test_a_cycle_is_found_if_there_is_one(before: dict[str, list[str]]) -> None:
    def goes_round(task: str, above: tuple[str, ...]) -> bool:
        return task in above or any(
            goes_round(each, (*above, task)) for each in before.get(task, []) if each in before
        )

    found = cycle(before)
    assert bool(found) == any(goes_round(task, ()) for task in before)
    if found:
        assert found[0] == found[-1]
        assert all(after in before[task] for task, after in pairwise(found))


def test_a_long_cycle_is_found() -> None:
    assert len(cycle({str(at): [str((at + 1) % 5000)] for at in range(5000)})) == 5001
