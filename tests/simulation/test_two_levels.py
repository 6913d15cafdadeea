"""Two levels of scheduling, by the formulas of docs/background/virtualisation.md.

Work w takes w / (e s g): e is what the monitor leaves of a core's speed, s the part of the time
that the virtual core is on a core, g the part of the guest's time that the process has.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aio_sim import Run, simulate
from aio_sim.virtualization.profile import PROFILES
from tests.distributed.runs import scenario

FINE = {"policy": "fair", "latency": "20ms", "granularity": "5ms"}
SPEED = float(PROFILES["esxi"].speed)


def machine(name: str, **fields: Any) -> dict[str, Any]:
    """Return a machine of one virtual core that is up, whose processes take turns."""
    turns = {"policy": "rr", "quantum": "1ms"}
    return {"name": name, "booted": True, "memory": "256MiB", "scheduler": turns, **fields}


def busy(name: str, work: float, count: int = 1, at: float = 0) -> dict[str, Any]:
    """Return processes of so much work each, for one machine."""
    return {"kind": "batch", "name": name, "at": at, "count": count, "work": work, "on": name}


def run(
    vms: list[dict[str, Any]], load: list[dict[str, Any]], cores: int = 1, **fields: Any
) -> Run:
    vmm = {"overcommit": {"cores": 100}, "scheduler": FINE, **fields.pop("vmm", {})}
    hosts = [{"name": "h", "cores": cores, "memory": "16GiB"}]
    return simulate(scenario(load, hosts, vms=vms, vmm=vmm, **fields), audit=True)


def finishes(done: Run) -> dict[str, float]:
    """Return when the last process of each machine finished, by the machine's name."""
    tasks = done.tasks
    pairs = sorted(zip(tasks["finish"].tolist(), tasks["kind"].tolist(), strict=True))
    return {kind: finish for finish, kind in pairs}


def one_slice(share: float) -> float:
    """Return how long `FINE` lets a virtual core of that share of the host run, in seconds."""
    return max(0.005, 0.02 * share)


@given(
    guests=st.lists(
        st.tuples(st.sampled_from([500, 1000, 2000, 4000]), st.integers(1, 3)),
        min_size=2,
        max_size=5,
    ),
    profile=st.sampled_from(sorted(PROFILES)),
)
@example(guests=[(500, 1), (4000, 1), (4000, 1), (4000, 1)], profile="esxi")
@settings(max_examples=15)
def test_work_takes_its_length_by_efficiency_share_and_part_of_the_guest(
    guests: list[tuple[int, int]], profile: str
) -> None:
    """Each process has the work that the formula says it does in 5 s, so all end by then."""
    end, total = 5.0, sum(shares for shares, _ in guests)
    efficiency = float(PROFILES[profile].speed)
    vms, load = [], []
    for at, (shares, processes) in enumerate(guests):
        vms.append(machine(f"vm{at}", shares=shares))
        rate = efficiency * (shares / total) * (1 / processes)
        load.append(busy(f"vm{at}", rate * end, processes))
    done = run(vms, load, vmm={"profile": profile})
    # Who has a slice has had least of all, so that it is ahead by that slice at most, which is as
    # much as its share gives it in slice / share. Whoever is first to end is, and all others end
    # between then and the end of all work.
    ahead = max(one_slice(shares / total) / (shares / total) for shares, _ in guests)
    for finish in finishes(done).values():
        assert end - ahead <= finish <= end * (1 + 1e-3)
    assert done.metrics["makespan"] == pytest.approx(end, rel=1e-3)  # the core is never idle


@pytest.mark.parametrize(("guests", "cores"), [(1, 1), (3, 1), (3, 2), (5, 2)])
def test_under_processor_sharing_the_formula_is_exact(guests: int, cores: int) -> None:
    vms = [machine(f"vm{at}", shares=1000 * (at + 1)) for at in range(guests)]  # ps ignores them
    load = [busy(f"vm{at}", 1.0) for at in range(guests)]
    done = run(vms, load, cores, vmm={"scheduler": {"policy": "ps"}})
    expected = 1 / (SPEED * min(cores / guests, 1))
    assert list(finishes(done).values()) == pytest.approx([expected] * guests, rel=1e-8)


def test_a_machine_has_its_reservation_however_few_its_shares() -> None:
    vms = [machine("poor", shares=1, reservation={"cores": 0.6})]
    vms += [machine(f"rich{at}", shares=5000) for at in range(3)]
    done = run(vms, [busy(vm["name"], 100) for vm in vms], until=20)
    had = {vm["name"]: done.metrics[f"vm.{vm['name']}.busy"] / 20 for vm in vms}
    assert had == pytest.approx(
        {"poor": 0.6, **dict.fromkeys(had.keys() - {"poor"}, 0.4 / 3)}, 0.02
    )


def test_what_is_reserved_and_not_wanted_goes_to_the_others() -> None:
    vms = [machine("idle", reservation={"cores": 0.6}), machine("busy", shares=1)]
    done = run(vms, [busy("busy", 2.0)])
    assert finishes(done)["busy"] == pytest.approx(2.0 / SPEED, rel=1e-9)


@pytest.mark.parametrize("limit", [0.05, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("work", [0.02, 0.37, 1.1])
def test_a_limit_is_the_closed_form_of_a_quota_even_on_an_idle_host(
    limit: float, work: float
) -> None:
    done = run([machine("vm", limit={"cores": limit})], [busy("vm", work)])
    period = 100_000_000
    quota = round(limit * period)
    needed = -(-Fraction(work).limit_denominator(100) * 10**9 // PROFILES["esxi"].speed)
    rounds = (needed - 1) // quota
    assert finishes(done)["vm"] == pytest.approx((rounds * period + needed - rounds * quota) / 1e9)
    assert done.metrics["vm.vm.throttled"] * 1e9 == pytest.approx(rounds * (period - quota), abs=2)


def test_a_limit_on_two_virtual_cores_is_one_pool() -> None:
    vms = [machine("vm", cores=2, limit={"cores": 0.5})]
    done = run(vms, [busy("vm", 0.49, 2)], cores=2)
    # Each thread needs 0.5 s of CPU time, half a second of the period's 50 ms between them.
    assert finishes(done)["vm"] == pytest.approx(19 * 0.1 + 0.025, rel=1e-6)


def test_a_machine_that_is_paused_or_saved_finishes_later_by_just_that_time() -> None:
    steps = [{"at": 1, "do": "pause"}, {"at": 3, "do": "resume"}, {"at": 4, "do": "snapshot"}]
    profile = PROFILES["esxi"]
    disk = {"size": "1TB", "read": "500MB/s", "write": "500MB/s", "latency": 0}
    hosts = [{"name": "h", "memory": "16GiB", "disk": disk}]
    told = scenario([busy("vm", 5.0)], hosts, vms=[machine("vm", steps=steps)])
    done = simulate(told, audit=True)
    saving = profile.snapshot / 1e9 + 256 * 2**20 / float(profile.disk_efficiency) / 500e6
    still = 2 + (profile.resume - profile.pause) / 1e9 + saving
    assert finishes(done)["vm"] == pytest.approx(5.0 / SPEED + still, rel=1e-8)
    assert done.metrics["vm.vm.paused"] == pytest.approx(2.0)
