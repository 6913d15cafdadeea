"""Links that a scenario lets fail: who was on them, and what becomes of machines half-way."""

from __future__ import annotations

import pytest

from aio_sim import Scenario, simulate
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.trace import Trace
from aio_sim.simulation import System, build
from aio_sim.virtualization.machine import VmState
from aio_sim.virtualization.profile import ESXI

CUT = "{link: h-0-switch, at: 3s, for: 4s}"


def scenario(method: str, failures: str = CUT, after: str = "") -> Scenario:
    """Return a machine that moves from 1 s on, 8.6 s long on a link of its own."""
    return Scenario.from_text(
        f"""
name: cut
hosts: [{{name: h, count: 2, memory: 4GiB, network: {{bandwidth: 1Gbps}}}}]
network: {{failures: [{failures}]}}
vms:
  - {{name: guest, host: h-0, booted: true, memory: 1GiB, dirty_rate: 1MB/s,
     steps: [{{at: 1, do: migrate, to: h-1, method: {method}}}{after}]}}
workload: [{{kind: batch, on: guest, count: 3, work: 5}}]
"""
    )


def ended(loaded: Scenario) -> System:
    """Return the system at the end of a run."""
    system = build(loaded, Trace())
    while system.env.advance(1000):
        pass
    return system


def memory_lent(system: System) -> list[bool]:
    """Return of which hosts some memory is lent beyond what the monitor keeps."""
    return [
        system.manager.free(number).memory < host.memory - ESXI.host_memory
        for number, host in enumerate(system.hosts)
    ]


def test_flows_on_a_link_fail_when_it_is_cut_and_others_pass_once_it_is_repaired() -> None:
    system = build(scenario("cold", after=", {at: 4, do: destroy}"), Trace())
    network = system.network
    assert network is not None
    first = network.transfer("h-1", "h-0", 10**9)
    system.env.run(until=4 * SECOND)
    late = network.transfer("h-1", "h-0", 1)
    system.env.run(until=8 * SECOND)
    after = network.transfer("h-1", "h-0", 1)
    system.env.run(until=9 * SECOND)
    assert [flow.done.ok for flow in (first, late, after)] == [False, False, True]
    assert first.sent == 3 * 125 * 10**6


@pytest.mark.parametrize("method", ["cold", "pre_copy"])
def test_a_machine_whose_migration_fails_runs_on_where_it_was(method: str) -> None:
    system = ended(scenario(method))
    assert system.virtual is not None
    guest = system.virtual.machines["guest"]
    assert (guest.host.name, guest.state) == ("h-0", VmState.RUNNING)
    assert memory_lent(system) == [True, False]
    assert simulate(scenario(method), audit=True).metrics["tasks.completed"] == 3


def test_a_machine_that_has_switched_over_waits_for_the_repair_and_goes_on_there() -> None:
    system = build(scenario("post_copy"), Trace())
    assert system.virtual is not None
    guest = system.virtual.machines["guest"]
    system.env.run(until=5 * SECOND)
    assert (guest.host.name, guest.state) == ("h-1", VmState.PAUSED)
    assert memory_lent(system) == [True, True]
    system.env.run(until=8 * SECOND)
    assert guest.state == VmState.RUNNING
    while system.env.advance(1000):
        pass
    assert memory_lent(system) == [False, True]
    assert simulate(scenario("post_copy"), audit=True).metrics["tasks.completed"] == 3


def test_it_waits_again_where_another_link_of_its_way_is_cut() -> None:
    two = CUT + ", {link: h-1-switch, at: 5s, for: 10s}"
    metrics = simulate(scenario("post_copy", two), audit=True).metrics
    assert metrics["tasks.completed"] == 3
    assert metrics["vm.migration.failed"] == 0
    assert metrics["vm.migration.downtime"] == pytest.approx(12.03, abs=0.01)


@pytest.mark.parametrize("method", ["cold", "pre_copy", "post_copy"])
@pytest.mark.parametrize("end", ["destroy", "shut_down"])
def test_a_machine_ends_only_after_its_migration(method: str, end: str) -> None:
    # Steps wait for each other, so that no machine is taken away while it is being sent.
    system = ended(scenario(method, after=f", {{at: 2, do: {end}}}"))
    assert system.virtual is not None
    assert system.virtual.migrator is not None
    totals = system.virtual.migrator.totals()
    assert totals["vm.migration.failed"] == (method != "post_copy")
    assert totals["vm.migration.bytes"] >= 2 * 125 * 10**6
    assert memory_lent(system) == [False, False]
    guest = system.virtual.machines["guest"]
    assert guest.state in (VmState.DESTROYED, VmState.OFF)
    assert guest.host.name == ("h-1" if method == "post_copy" else "h-0")


def test_a_run_without_repair_ends_with_the_machine_waiting() -> None:
    loaded = scenario("post_copy", "{link: h-0-switch, at: 3s}", ", {at: 4, do: destroy}")
    metrics = simulate(loaded, audit=True).metrics
    assert metrics["tasks.inside"] == 3
    assert metrics["vm.migration.under_way"] == 1  # it has not ended, and so nothing is destroyed
    assert metrics["vm.migration.count"] == 0
    assert metrics["vm.guest.paused"] > 0
