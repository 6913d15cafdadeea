"""Scripts are read strictly, and their steps come to what the table answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.containers.processes.answers import Refusal
from aio_sim.containers.processes.script import VERBS, Outcome, parse_step, run_script
from aio_sim.containers.processes.table import ProcessTable
from aio_sim.kernel.errors import InputError


def outcomes(*steps: str, limit: int | None = None, reaps: bool = True) -> list[Outcome]:
    table = ProcessTable(limit=limit, reaps=reaps)
    return list(run_script(table, [parse_step(step) for step in steps]))


def states(outcome: Outcome) -> str:
    return " ".join(f"{row.pid}<{row.parent}:{row.state}" for row in outcome.rows)


def test_the_process_of_a_step_has_the_core() -> None:
    forked, blocked, woken, back = outcomes("fork 1", "block 2", "wake 2", "exec 1 shell")
    assert states(forked) == "1<0:running 2<1:ready"
    assert states(blocked) == "1<0:ready 2<1:blocked"
    assert states(woken) == "1<0:ready 2<1:ready"
    assert states(back) == "1<0:running 2<1:ready"
    assert back.rows[0].name == "shell"


def test_a_refused_call_changes_nothing() -> None:
    first, refused, nobody = outcomes("fork 1", "fork 1", "kill 1 9", limit=2)
    assert refused.refusal is Refusal.EAGAIN
    assert nobody.refusal is Refusal.ESRCH
    assert refused.rows == first.rows


def test_a_stop_asks_first_and_kills_then() -> None:
    asked, killed = outcomes("kill host 1", "kill host 1 KILL")
    assert states(asked) == "1<0:ready"
    assert states(killed) == ""
    assert killed.happened[0].status is not None
    assert killed.happened[0].status.reported == 137


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["fork 7"], "step 1, fork 7: there is no process 7"),
        (["fork 0"], "no process 0"),
        (["fork 1", "wait 1", "fork 1"], "step 3, fork 1: process 1 is blocked"),
        (["fork 1", "wait 1", "wake 1"], "step 3, wake 1: process 1 waits for a child"),
        (["exit 1", "fork 1"], "step 2, fork 1: the container has ended"),
        (["exit 1", "kill host 1"], "the container has ended"),
    ],
)
def test_who_cannot_act_is_told_with_the_step(steps: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        outcomes(*steps)


def test_a_zombie_cannot_act() -> None:
    with pytest.raises(InputError, match="step 3, fork 2: process 2 is zombie"):
        outcomes("fork 1", "exit 2", "fork 2", reaps=False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "unknown step"),
        ("frok 1", "did you mean 'fork'"),
        ("fork", "expected fork PID; got 'fork'"),
        ("fork 1 2", "expected fork PID"),
        ("fork x", "expected a number"),
        ("fork -1", "expected a number"),
        ("fork 99999999", "expected a number"),
        ("spawn 1", "expected spawn PID NAME"),
        ("exit 1 no", "expected a number"),
        ("kill 1", "expected kill PID|host TARGET"),
        ("kill 1 2 TERN", "did you mean 'TERM'"),
        ("handle 1 TERM", "expected handle PID SIGNAL"),
        ("handle 1 TERM ignor", "did you mean 'ignore'"),
        ("handle 1 TERM ignore 3", "only an exiting handler has a code"),
        ("handle 1 TERM exit x", "expected a number"),
    ],
)
def test_what_is_no_step_is_told_what_one_is(text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        parse_step(text)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "text", ["fork 1", "kill host 2 KILL", "handle 2 TERM exit 3", "wait 1 2", "spawn 1 web"]
)
def test_a_step_reads_as_it_was_written(text: str) -> None:
    assert str(parse_step(text)) == text


Words = st.sampled_from([*VERBS, "1", "2", "3", "host", "TERM", "KILL", "ignore", "exit", "web"])


@given(st.lists(st.lists(Words, max_size=4).map(" ".join), max_size=12), st.booleans())
def test_any_script_runs_or_is_refused(steps: list[str], reaps: bool) -> None:
    readable = []
    for step in steps:
        try:
            readable.append(parse_step(step))
        except InputError as error:
            assert str(error)  # noqa: PT017 - what is refused is told
    table = ProcessTable(reaps=reaps)
    try:
        for outcome in run_script(table, readable):
            assert outcome.rows or table.ended
    except InputError:
        return
