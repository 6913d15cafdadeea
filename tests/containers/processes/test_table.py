"""The process table does what the manual pages of Linux say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.containers.processes.answers import CallRefused, Happening, Refusal, What
from aio_sim.containers.processes.signals import Disposition, ExitStatus, Response, Signal
from aio_sim.containers.processes.states import NEXT, ProcessState
from aio_sim.containers.processes.table import OUTSIDE, ProcessTable
from aio_sim.kernel.errors import InputError
from tests.containers.processes.naive import Naive

IGNORE = Disposition(Response.IGNORE)


def started(limit: int | None = None, *, reaps: bool = True, forks: int = 0) -> ProcessTable:
    """Return a table whose processes all run: PID 1, and a chain of forks below it."""
    table = ProcessTable(limit=limit, reaps=reaps)
    run(table, 1)
    for parent in range(1, forks + 1):
        table.fork(parent)
        run(table, parent + 1)
    return table


def run(table: ProcessTable, pid: int) -> None:
    process = table.processes[pid]
    if process.state is ProcessState.NEW:
        table.admit(pid)
    if process.state is ProcessState.READY:
        table.dispatch(pid)


def whats(happened: list[Happening]) -> list[str]:
    return [f"{each.what} {each.pid}" for each in happened]


def refusal(call: object, *arguments: object) -> Refusal:
    assert callable(call)
    with pytest.raises(CallRefused) as caught:
        call(*arguments)
    return caught.value.refusal


def test_a_fork_copies_and_an_exec_replaces() -> None:
    table = started()
    table.handle(1, Signal.TERM, Disposition(Response.EXIT, 3))
    table.handle(1, Signal.HUP, IGNORE)
    table.fork(1)
    child = table.process(2)
    assert (child.parent, child.name, child.state) == (1, "init", ProcessState.NEW)
    assert child.disposition(Signal.TERM) == Disposition(Response.EXIT, 3)
    run(table, 2)
    table.execute(2, "web")
    assert (child.pid, child.parent, child.name) == (2, 1, "web")
    assert child.disposition(Signal.TERM).response is Response.DEFAULT
    assert child.disposition(Signal.HUP) == IGNORE
    assert whats(table.spawn(2, "log")) == ["forked 3", "replaced 3"]
    assert table.process(3).parent == 2


def test_a_child_is_a_zombie_until_its_parent_waits() -> None:
    table = started(forks=2)
    table.exit(3, 259)
    assert table.process(3).state is ProcessState.ZOMBIE
    assert table.process(3).status == ExitStatus(3)  # the lowest eight bits
    (reaped,) = table.wait(2)
    assert (reaped.what, reaped.pid, reaped.status) == (What.REAPED, 3, ExitStatus(3))
    assert refusal(table.wait, 2) is Refusal.ECHILD


def test_who_waits_wakes_when_the_child_ends() -> None:
    table = started(forks=2)
    assert whats(table.wait(2, 3)) == ["blocked 2"]
    assert whats(table.exit(3)) == ["ended 3", "reaped 3", "woke 2"]
    assert table.process(2).state is ProcessState.READY


def test_orphans_go_to_init_which_reaps_them() -> None:
    table = started(forks=3)
    assert whats(table.exit(2)) == ["ended 2", "adopted 3", "reaped 2"]
    assert table.process(3).parent == 1
    assert whats(table.exit(3)) == ["ended 3", "adopted 4", "reaped 3"]
    assert whats(table.exit(4)) == ["ended 4", "reaped 4"]


def test_a_program_as_pid_1_leaves_its_zombies_and_they_count() -> None:
    table = started(limit=4, reaps=False, forks=3)
    table.exit(3)
    table.exit(2)
    assert [table.process(pid).state for pid in (2, 3)] == [ProcessState.ZOMBIE] * 2
    assert table.process(3).parent == 1
    assert refusal(table.fork, 1) is Refusal.EAGAIN
    table.wait(1)
    assert whats(table.fork(1)) == ["forked 5"]  # the number of 2 is not used again


def test_of_its_zombies_a_waiting_parent_gets_the_older_child() -> None:
    table = started(reaps=False, forks=2)
    table.exit(3)
    table.wait(1)
    assert whats(table.exit(2)) == ["ended 2", "adopted 3", "reaped 2", "woke 1"]
    assert table.process(3).state is ProcessState.ZOMBIE


def test_a_parent_that_ignores_its_children_has_no_zombies_and_waits_for_nothing() -> None:
    table = started(forks=2)
    table.handle(2, Signal.CHLD, IGNORE)
    table.fork(2)
    run(table, 4)
    table.wait(2)
    assert whats(table.exit(3)) == ["ended 3", "reaped 3"]
    happened = table.exit(4)
    assert whats(happened) == ["ended 4", "reaped 4", "woke 2"]
    assert happened[-1].other == 0  # that is ECHILD


def test_a_poll_does_not_wait() -> None:
    table = started(forks=1)
    assert whats(table.wait(1, block=False)) == ["not_yet 1"]
    assert table.process(1).state is ProcessState.RUNNING


def test_term_asks_and_kill_kills() -> None:
    table = started(forks=3)
    table.handle(2, Signal.TERM, IGNORE)
    table.handle(3, Signal.TERM, Disposition(Response.RETURN))
    table.handle(4, Signal.TERM, Disposition(Response.EXIT, 7))
    assert whats(table.kill(1, 2, Signal.TERM)) == ["ignored 2"]
    assert whats(table.kill(1, 3, Signal.TERM)) == ["caught 3"]
    assert whats(table.kill(1, 4, Signal.TERM)) == ["caught 4", "ended 4"]
    assert table.process(4).status == ExitStatus(7)
    assert whats(table.kill(1, 4, Signal.KILL)) == ["ignored 4"]  # it is dead already
    table.kill(1, 3, Signal.KILL)
    assert (table.process(3).status or ExitStatus(0)).reported == 137
    assert refusal(table.kill, 1, 99, Signal.KILL) is Refusal.ESRCH
    assert refusal(table.handle, 1, Signal.KILL, IGNORE) is Refusal.EINVAL


def test_pid_1_is_shielded_from_within_and_can_be_killed_from_outside() -> None:
    table = started(forks=1)
    assert whats(table.kill(2, 1, Signal.KILL)) == ["shielded 1"]
    assert whats(table.kill(2, 1, Signal.TERM)) == ["shielded 1"]
    assert whats(table.kill(OUTSIDE, 1, Signal.TERM)) == ["shielded 1"]
    assert whats(table.kill(OUTSIDE, 1, Signal.KILL)) == ["ended 1", "cleared 2"]
    assert table.ended
    assert table.init.status == ExitStatus(0, Signal.KILL)
    with pytest.raises(InputError, match="has ended"):
        table.kill(OUTSIDE, 1, Signal.KILL)
    with pytest.raises(InputError, match="has ended"):
        table.fork(1)


def test_a_fork_bomb_stops_at_the_limit() -> None:
    table = started(limit=64)
    refused = 0
    for _round in range(10):
        for pid in list(table.processes):
            run(table, pid)
            try:
                table.fork(pid)
            except CallRefused:
                refused += 1
    assert len(table.processes) == 64
    assert refused > 64


def test_input_and_output_block_and_wake() -> None:
    table = started(forks=1)
    table.block(2)
    with pytest.raises(InputError, match="blocked, not running"):
        table.fork(2)
    table.wake(2)
    assert table.process(2).state is ProcessState.READY
    with pytest.raises(InputError, match="not blocked"):
        table.wake(2)
    table.wait(1)
    with pytest.raises(InputError, match="waits for a child"):
        table.wake(1)
    with pytest.raises(InputError, match="no process 9"):
        table.admit(9)
    with pytest.raises(InputError, match="cannot become"):
        table.admit(2)


def test_every_state_but_the_last_leads_to_the_end() -> None:
    assert all(ProcessState.TERMINATED in after for state, after in NEXT.items() if after)
    assert not NEXT[ProcessState.TERMINATED]


Calls = st.lists(
    st.tuples(
        st.sampled_from(["fork", "fork", "exit", "wait", "wait one", "kill", "careless"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(Calls, st.integers(1, 8), st.booleans())
def test_any_calls_come_to_what_the_rules_say(
    calls: list[tuple[str, int, int]], limit: int, reaps: bool
) -> None:
    table, naive = ProcessTable(limit=limit, reaps=reaps), Naive(limit, reaps)
    table.admit(1)
    for verb, who, whom in calls:
        able = [pid for pid, (_parent, state) in naive.picture().items() if state == "ready"]
        if not able:
            break
        actor, target = able[who % len(able)], 1 + whom % naive.next
        run(table, actor)
        expected = by_rules(naive, verb, actor, target)
        if actor == 1 and verb == "exit":
            assert table.exit(1)
            assert table.ended
            break
        assert by_table(table, verb, actor, target) == expected
        check_tree(table)
        found = {
            pid: (each.parent, "ready" if each.state in ("new", "running") else str(each.state))
            for pid, each in table.processes.items()
        }
        assert found == naive.picture()


def by_rules(naive: Naive, verb: str, actor: int, target: int) -> int | str | None:
    match verb:
        case "fork":
            return naive.fork(actor)
        case "exit":
            naive.exit(actor)
        case "kill":
            return naive.kill(target)
        case "careless":
            fact = naive.find(actor)
            assert fact
            fact.careless = True
        case _:
            return naive.wait(actor, target if verb == "wait one" else 0)
    return 0


def by_table(table: ProcessTable, verb: str, actor: int, target: int) -> int | str | None:
    try:
        match verb:
            case "fork":
                return table.fork(actor)[0].pid
            case "exit":
                table.exit(actor)
            case "kill":
                table.kill(actor, target, Signal.KILL)
            case "careless":
                table.handle(actor, Signal.CHLD, IGNORE)
            case _:
                first = table.wait(actor, target if verb == "wait one" else 0)[0]
                return first.pid if first.what is What.REAPED else None
    except CallRefused as refused:
        return str(refused.refusal)
    return 0


def check_tree(table: ProcessTable) -> None:
    """Hold that parents and children agree, and that the dead have no children."""
    for pid, process in table.processes.items():
        assert pid == process.pid
        assert process.parent == 0 or pid in table.processes[process.parent].children
        assert all(table.processes[child].parent == pid for child in process.children)
        assert not (process.state is ProcessState.ZOMBIE and process.children)
        assert table.limit is None or len(table.processes) <= table.limit


def test_who_enters_from_outside_is_reaped_there_and_its_orphans_are_adopted() -> None:
    table = ProcessTable("app", limit=3, reaps=False)
    ((what, entered, parent, *_),) = table.enter("task")
    assert (what, entered, parent) == (What.FORKED, 2, OUTSIDE)
    table.admit(entered)
    table.dispatch(entered)
    table.fork(entered)
    with pytest.raises(CallRefused, match="EAGAIN"):
        table.enter("another")
    happened = table.exit(entered, 5)
    assert [each.what for each in happened] == [What.ENDED, What.ADOPTED, What.REAPED]
    assert sorted(table.processes) == [1, 3]
    table.kill(OUTSIDE, 1, Signal.KILL)
    with pytest.raises(InputError, match="ended"):
        table.enter("late")
