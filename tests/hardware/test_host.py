"""A host runs what it is given on its Cpu."""

from __future__ import annotations

from aio_sim.hardware.host import Host
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.cpu import Cpu
from aio_sim.scheduling.machine import Machine
from aio_sim.scheduling.policies.first_come import FirstComeFirstServed
from aio_sim.scheduling.process import Process


class Listener:
    """Keeps who has finished."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def finished(self, process: Process) -> None:
        self.heard.append(process.number)

    def lost(self, process: Process, reason: str) -> None:
        raise AssertionError(reason)


def host() -> tuple[Environment, Host]:
    env = Environment()
    return env, Host("h", Cpu(env, Trace(), "h", 2, FirstComeFirstServed()), memory=1024)


def test_a_host_is_a_machine() -> None:
    _env, made = host()
    machine: Machine = made
    assert (machine.name, machine.cores) == ("h", 2)
    assert made.disk is None


def test_a_process_run_answers_and_one_accepted_tells_its_owner() -> None:
    env, made = host()
    done, owner = made.run(Process(0, 0, 7)), Listener()
    accepted = Process(1, 0, 3)
    accepted.owner = owner
    made.accept(accepted)
    env.run(done)
    assert env.now == 7
    assert owner.heard == [1]
