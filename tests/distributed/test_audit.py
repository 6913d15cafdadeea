"""The audit finds what does not add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aio_sim.distributed.audit import Audit
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.trace import Trace
from aio_sim.simulation import System, build
from tests.distributed.runs import listed, scenario

TASKS: list[dict[str, Any]] = [
    {"id": "A", "work": 4, "memory": 60},
    {"id": "B", "work": 4, "memory": 60},
    {"id": "C", "work": 9, "cores": 1},
    {"id": "D", "bursts": [1, 9, 1]},
]


def midway() -> tuple[System, Audit]:
    """Return a system two seconds into its run, its books in order."""
    hosts = [{"name": "h", "count": 2, "cores": 2, "memory": 100}]
    system = build(scenario([listed(*TASKS)], hosts, dispatch={"policy": "first"}), Trace())
    audit = Audit(system.env, system.dispatcher, system.manager, system.cpus)
    system.env.run(2 * SECOND)
    audit.check()
    return system, audit


def lose_a_process(system: System) -> None:
    next(iter(system.cpus[0].processes())).place._cores[1].process = None


def count_one_too_many(system: System) -> None:
    system.cpus[0].present += 1


def forget_a_task(system: System) -> None:
    system.dispatcher.submitted += 1


def let_one_vanish(system: System) -> None:
    system.dispatcher.inside -= 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lose_a_process, "h-0: 1 processes of 2"),
        (count_one_too_many, "h-0: 2 processes of 3"),
        (forget_a_task, "5 tasks submitted, 0 ended, 4 inside"),
        (let_one_vanish, "4 tasks submitted, 0 ended, 3 inside"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_damage_is_found(damage: Callable[[System], None], message: str) -> None:
    system, audit = midway()
    damage(system)
    with pytest.raises(AuditError, match=message):
        audit.check()


def test_time_that_goes_back_is_found_at_once() -> None:
    system, audit = midway()
    audit.after_event()
    system.env._now = SECOND
    with pytest.raises(AuditError, match="time went back from 2000000000 ns to 1000000000 ns"):
        audit.after_event()


def test_a_run_that_is_left_alone_is_in_order_after_every_event() -> None:
    system, audit = midway()
    while system.env.advance(1):
        audit.after_event()
        if system.env.quiet():
            audit.check()
    system.manager.check_returned()
    assert system.dispatcher.inside == 0
