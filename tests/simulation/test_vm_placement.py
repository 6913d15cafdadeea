"""Which hosts machines are made on that name none."""

from __future__ import annotations

import pytest

from aio_sim.kernel.trace import Trace
from aio_sim.simulation import build
from tests.simulation.vm_scenarios import virtual

HOSTS = [{"name": "h", "count": 3, "cores": 4, "memory": "8GiB"}]


def hosts_of(placement: str, count: int, memory: str = "1GiB", seed: int = 1) -> list[str]:
    vms = [{"name": "vm", "count": count, "booted": True, "memory": memory}]
    vmm = {"placement": placement, "overcommit": {"cores": 1, "memory": 1}}
    told = virtual(vms, hosts=HOSTS, vmm=vmm, seed=seed)
    system = build(told, Trace())
    system.env.run()
    assert system.virtual is not None
    return [machine.host.name for machine in system.virtual.machines.values() if machine.running]


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        ("first_fit", "000011112222"),
        ("best_fit", "000011112222"),
        ("worst_fit", "012012012012"),
        ("round_robin", "012012012012"),
        ("least_loaded", "012012012012"),
    ],
)
def test_each_policy_fills_the_hosts_in_its_own_way(placement: str, expected: str) -> None:
    assert hosts_of(placement, 12) == [f"h-{number}" for number in expected]


def test_a_policy_that_draws_draws_anew_for_each_machine() -> None:
    drawn = hosts_of("power_of_two", 6)
    assert len(set(drawn)) > 1
    assert hosts_of("power_of_two", 6) == drawn
    assert any(hosts_of("power_of_two", 6, seed=seed) != drawn for seed in range(2, 8))


def test_memory_is_room_too() -> None:
    assert hosts_of("first_fit", 6, memory="3GiB") == ["h-0"] * 2 + ["h-1"] * 2 + ["h-2"] * 2


def test_where_no_host_has_room_the_machine_is_refused() -> None:
    assert len(hosts_of("worst_fit", 14)) == 12
