"""Profiles cost what their sources say, and a monitor on a host's system costs more."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.virtualization.profile import ESXI, PROFILES, VIRTUALBOX, MonitorType, Profile, Stage

MIB = 2**20
GIB = 2**30

VMWARE_TABLE = {  # MB of memory: overhead in MB with 1, 2, 4 and 8 virtual cores
    256: (20.29, 24.28, 32.23, 48.16),
    1024: (25.90, 29.91, 37.86, 53.82),
    4096: (48.64, 52.72, 60.67, 76.78),
    16384: (139.62, 143.98, 151.93, 168.60),
}


@pytest.mark.parametrize("memory", VMWARE_TABLE)
def test_the_memory_overhead_of_esxi_is_that_of_vmwares_table_within_one_percent(
    memory: int,
) -> None:
    for cores, expected in zip((1, 2, 4, 8), VMWARE_TABLE[memory], strict=True):
        assert ESXI.overhead(cores, memory * MIB) / MIB == pytest.approx(expected, rel=0.01)


def test_a_boot_sets_up_devices_and_memory_then_reads_the_image_then_starts_the_system() -> None:
    assert ESXI.boot_cost(10 * GIB, 4 * GIB) == (
        Stage("device set-up", time=500_000_000),
        Stage("memory set-up", time=400_000_000),
        Stage("image read", read=560_000_000),
        Stage("system start", work=5_400_000_000),
    )


def test_a_boot_reads_no_more_than_the_image() -> None:
    assert [stage.read for stage in ESXI.boot_cost(1_000, GIB)] == [0, 0, 1_000, 0]


def test_a_snapshot_writes_the_memory() -> None:
    assert sum(stage.written for stage in VIRTUALBOX.snapshot_cost(3 * GIB)) == 3 * GIB


def test_everything_on_a_hosts_system_costs_at_least_what_it_costs_on_the_bare_machine() -> None:
    costs = {}
    for profile in (ESXI, VIRTUALBOX):
        stages = [
            *profile.create_cost(),
            *profile.boot_cost(8 * GIB, 3 * GIB),
            *profile.pause_cost(),
            *profile.resume_cost(),
            *profile.snapshot_cost(GIB),
            *profile.shut_down_cost(),
            *profile.destroy_cost(),
        ]
        costs[profile.name] = [stage[1:] for stage in stages]
    pairs = list(zip(costs["esxi"], costs["virtualbox"], strict=True))
    assert all(a <= b for bare, hosted in pairs for a, b in zip(bare, hosted, strict=True))
    assert ESXI.speed == Fraction(98, 100) > VIRTUALBOX.speed
    assert ESXI.overhead(2, GIB) < VIRTUALBOX.overhead(2, GIB)
    assert (ESXI.kind, VIRTUALBOX.kind) == (MonitorType.BARE_METAL, MonitorType.HOSTED)


def test_the_two_differ_by_the_ratio_that_was_measured() -> None:
    assert VIRTUALBOX.cpu_efficiency / ESXI.cpu_efficiency == Fraction(51, 53)


def test_a_profile_is_known_by_name() -> None:
    assert all(Profile.named(name) is profile for name, profile in PROFILES.items())
    with pytest.raises(UnknownName, match="did you mean 'virtualbox'"):
        Profile.named("virtual-box")


@pytest.mark.parametrize("part", [Fraction(0), Fraction(3, 2)])
def test_an_efficiency_that_is_none_is_refused(part: Fraction) -> None:
    with pytest.raises(InputError, match="efficiency"):
        replace(ESXI, cpu_efficiency=part)
