"""The lab on processes: trees as they are drawn, answers as calls return them, problems drawn."""

from __future__ import annotations

import pytest

from aio_sim.containers.processes.answers import Refusal
from aio_sim.kernel.errors import InputError
from aio_sim.teaching.labs.pages.processes import sheet, tree
from aio_sim.teaching.labs.processes import ProcessesAnswer, draw, returned, solve


def answer(*steps: str, limit: int | None = None, reaps: bool = True) -> ProcessesAnswer:
    return solve(draw(0, steps=steps, limit=limit, reaps=reaps))


def told(*steps: str, limit: int | None = None, reaps: bool = True) -> str:
    problem = draw(0, steps=steps, limit=limit, reaps=reaps)
    page = sheet(problem, solve(problem))
    return "\n".join(str(part) for part in [*page.given, *page.solution, *page.explanation])


def test_a_tree_is_drawn_with_its_branches() -> None:
    last = answer("spawn 1 web", "fork 2", "fork 2", "exit 3 4", "spawn 1 log").outcomes[-1]
    assert list(tree(last.rows)) == [
        "1 init running",
        "├─ 2 web ready",
        "│  ├─ 3 web zombie, exit code 4",
        "│  └─ 4 web ready",
        "└─ 5 log ready",
    ]


def test_calls_return_what_a_program_sees() -> None:
    steps = ("fork 1", "fork 2", "poll 2", "exit 3", "wait 2", "wait 2", "kill 1 2", "exit 1")
    found = answer(*steps)
    expected = [2, 3, 0, None, 3, "ECHILD", 0, None]
    assert [returned(outcome) for outcome in found.outcomes] == expected
    assert found.exit_code == 0
    assert returned(answer("fork 1", "wait 1").outcomes[-1]) is None


def test_the_container_reports_how_pid_1_ended() -> None:
    assert answer("kill host 1 KILL").exit_code == 137
    assert answer("handle 1 TERM exit 3", "kill host 1").exit_code == 3
    assert answer("fork 1").exit_code is None
    assert answer().exit_code is None


def test_the_json_has_the_processes_after_each_step() -> None:
    assert answer("fork 1", "exit 2 1", reaps=False).as_json() == {
        "steps": [
            {
                "step": "fork 1",
                "returned": 2,
                "happened": [{"what": "forked", "pid": 2, "other": 1}],
                "processes": [row(1, 0, "running"), row(2, 1, "ready")],
            },
            {
                "step": "exit 2 1",
                "returned": None,
                "happened": [{"what": "ended", "pid": 2, "other": 1}],
                "processes": [row(1, 0, "ready"), row(2, 1, "zombie", 1)],
            },
        ],
        "exit_code": None,
    }


def row(pid: int, parent: int, state: str, exit_code: int | None = None) -> dict[str, object]:
    made = {"pid": pid, "parent": parent, "name": "app", "state": state}
    return made | {"exit_code": exit_code}


def test_every_happening_and_refusal_has_its_sentence() -> None:
    text = told(
        *("fork 1", "fork 2", "exec 3 job", "handle 3 TERM ignore", "handle 3 INT return"),
        *("kill 1 3", "kill 1 3 INT", "poll 2", "block 3", "wake 3", "wait 2", "exit 3 2"),
        *("wait 2", "kill 2 3", "handle 2 KILL ignore", "fork 2", "fork 2", "exit 2"),
        *("kill 4 1", "kill host 1 KILL"),
        limit=4,
    )
    for sentence in (
        "2 is a copy of 1",
        "runs another program",
        "TERM does nothing to 3",
        "3 has a handler for INT",
        "none has ended",
        "waits for input or output",
        "has what it waited for",
        "2 waits for any child",
        "2 wakes",
        "exit code 2: a zombie until its parent asks",
        "2 has no such child",
        "There is no process 3",
        "KILL cannot be caught",
        "4 has lost its parent 2; PID 1 adopts it",
        "PID 1 has no handler for TERM",
        "PID 1 has ended, killed by KILL, 137",
        "goes with PID 1",
        "The container has ended with exit code 137",
    ):
        assert sentence in text
    assert "zombies count as well" in told("fork 1", "fork 1", limit=2)
    assert "a program that reaps only" in told("fork 1", reaps=False)


@pytest.mark.parametrize("reaps", [True, False])
def test_drawn_scripts_run_and_differ(reaps: bool) -> None:
    drawn = [draw(seed, reaps=reaps) for seed in range(60)]
    assert drawn[5] == draw(5, reaps=reaps)
    assert len({problem.steps for problem in drawn}) > 55
    answers = [solve(problem) for problem in drawn]
    assert all(found.exit_code is None for found in answers)
    refusals = {outcome.refusal for found in answers for outcome in found.outcomes}
    assert Refusal.ECHILD in refusals


def test_a_limit_of_one_still_draws() -> None:
    assert all(each.refusal is Refusal.EAGAIN for each in solve(draw(1, limit=1)).outcomes)


def test_scripts_have_a_length() -> None:
    with pytest.raises(InputError, match="too many for a lab"):
        draw(0, steps=["fork 1"] * 201)
    with pytest.raises(InputError, match="room for one process"):
        solve(draw(0, steps=["fork 1"], limit=0))
