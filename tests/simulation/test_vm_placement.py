"""Which hosts machines are made on that name none."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.demand import Capacity, Demand, Needs
from aio_sim.resources.manager import ResourceManager
from aio_sim.resources.rooms import AllRooms
from aio_sim.simulation import build
from aio_sim.virtualization.machine.claim import MachineClaim
from aio_sim.virtualization.machine.placing import HostChoice
from aio_sim.virtualization.overcommit import HostLedger, Overcommit
from tests.simulation.vm_scenarios import GIB, run_watched, virtual

HOSTS = [{"name": "h", "count": 3, "cores": 4, "memory": "8GiB"}]


def hosts_of(
    placement: str, count: int, memory: str = "1GiB", seed: int = 1, **fields: Any
) -> list[str]:
    vms = [{"name": "vm", "count": count, "booted": True, "memory": memory, **fields}]
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


def test_a_host_without_space_for_the_image_is_passed_over() -> None:
    image = {"size": "400GB"}  # of the usual disk of 1 TB
    assert hosts_of("first_fit", 5, image=image) == ["h-0"] * 2 + ["h-1"] * 2 + ["h-2"]


def test_an_image_for_which_no_disk_has_space_is_refused_at_once() -> None:
    vms = [{"name": "vm", "count": 7, "image": {"size": "400GB"}}]
    run, _system = run_watched(virtual(vms, hosts=HOSTS))
    assert run.metrics["vm.refused"] == run.metrics["vm.refused.disk"] == 1
    assert run.metrics["vm.booted"] == 6


CLAIMS = st.builds(
    MachineClaim,
    cores=st.integers(1, 4),
    memory=st.integers(1, 5).map(lambda size: size * GIB),
    image=st.integers(0, 4),
    reserved_cores=st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]),
    reserved_memory=st.sampled_from([0, GIB]),
)


@given(claims=st.lists(st.tuples(CLAIMS, st.booleans()), min_size=1, max_size=12))
def test_the_first_host_that_would_not_refuse_is_chosen(
    claims: list[tuple[MachineClaim, bool]],
) -> None:
    """What is kept from change to change tells the same as asking every host each time."""
    env, limits = Environment(), Overcommit(Fraction(3, 2), Fraction(5, 4))
    sizes = (2, 4, 3)
    manager = ResourceManager(env, [Capacity(f"h-{n}", n, n * GIB, 2 * n) for n in sizes])
    ledgers = [HostLedger(size, size * GIB, limits, own=GIB // 2) for size in sizes]
    named = {f"h-{size}": ledger for size, ledger in zip(sizes, ledgers, strict=True)}
    choice = HostChoice(env, "first_fit", RandomStreams(1), named, manager, lambda *_: 1000)
    for claim, leaves in claims:
        promise = claim.promise(1000)
        able = [
            host
            for host, ledger in enumerate(ledgers)
            if ledger.reason(promise) is None and manager.free(host).disk >= claim.image
        ]
        chosen = list(named).index(choice.choose(claim))
        assert chosen == (able[0] if able else 0)
        if able:
            ledgers[chosen].promise(promise)
            disk = manager.take(Demand(disk=claim.image, host=chosen))
            assert disk is not None
            if leaves:
                ledgers[chosen].give_back(promise)
                disk.release()


def test_a_choice_looks_at_few_hosts_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, fits = [], AllRooms.fits

    def counted(rooms: AllRooms, host: int, needs: Needs) -> bool:
        looks.append(host)
        return fits(rooms, host, needs)

    monkeypatch.setattr(AllRooms, "fits", counted)
    hosts = [{"name": "h", "count": 100, "cores": 4, "memory": "8GiB"}]
    vms = [{"name": "vm", "count": 300, "booted": True, "memory": "2GiB"}]
    system = build(virtual(vms, hosts=hosts, vmm={"overcommit": {"memory": 1}}), Trace())
    system.env.run()
    assert len(looks) < 12 * 300
