"""The least loaded machine, against a look at all of them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aio_sim.distributed.machine_loads import MachineLoads, loads_of


@given(cores=st.lists(st.integers(1, 8), min_size=1, max_size=12), data=st.data())
def test_the_least_loaded_is_found_after_any_changes(cores: list[int], data: st.DataObject) -> None:
    loads, tasks = MachineLoads(cores), [0] * len(cores)
    for _ in range(data.draw(st.integers(1, 80))):
        machine = data.draw(st.integers(0, len(cores) - 1))
        by = data.draw(st.sampled_from([1, 1, -1])) if tasks[machine] else 1
        loads.change(machine, by)
        tasks[machine] += by
        if data.draw(st.booleans()):
            assert loads.least() == brute_force(tasks, cores)
    assert loads.tasks == tasks
    assert loads.least() == brute_force(tasks, cores)


def brute_force(tasks: list[int], cores: list[int]) -> int:
    """Return the first machine of those with the fewest tasks a core."""
    loads = [Fraction(count, many) for count, many in zip(tasks, cores, strict=True)]
    return loads.index(min(loads))


def test_many_changes_between_two_looks_are_all_seen() -> None:
    loads = MachineLoads([1, 1, 1])
    assert loads.least() == 0
    for _ in range(5000):
        loads.change(0, 1)
        loads.change(1, 1)
        loads.change(1, -1)
    assert loads.least() == 1
    loads.change(1, 1)
    assert loads.least() == 2


def test_a_load_is_tasks_a_core() -> None:
    loads = MachineLoads([4, 2])
    loads.change(0, 3)
    loads.change(1, 1)
    assert (loads.of(0), loads.of(1)) == (0.75, 0.5)
    assert len(loads) == 2


@given(data=st.data())
def test_groups_that_overlap_count_the_tasks_of_all(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.integers(1, 4), min_size=5, max_size=5))
    cores = dict(zip("abcde", drawn, strict=True))
    subset = st.lists(st.sampled_from("abcde"), min_size=1, unique=True)
    groups = data.draw(st.lists(subset, min_size=1, max_size=4))
    all_loads = loads_of(groups, cores)
    tasks = dict.fromkeys(cores, 0)
    for _ in range(data.draw(st.integers(1, 40))):
        at = data.draw(st.integers(0, len(groups) - 1))
        machine = data.draw(st.integers(0, len(groups[at]) - 1))
        name = groups[at][machine]
        by = data.draw(st.sampled_from([1, 1, -1])) if tasks[name] else 1
        all_loads[at].change(machine, by)
        tasks[name] += by
        for group, loads in zip(groups, all_loads, strict=True):
            here = [tasks[each] for each in group]
            assert loads.tasks == here
            if data.draw(st.booleans()):
                assert loads.least() == brute_force(here, [cores[each] for each in group])
