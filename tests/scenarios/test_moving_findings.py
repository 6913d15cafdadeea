"""What one finds in the scenarios of images that are copied and machines that move."""

from __future__ import annotations

import pytest

from aio_sim.virtualization.compression_costs import SPEEDS, Compression
from aio_sim.virtualization.copy_plan import pipelined_break_even
from aio_sim.virtualization.migration import (
    Method,
    MigrationOptions,
    plan_migration,
    pre_copy_series,
    settled_share,
)
from aio_sim.virtualization.migration.methods import THRESHOLD
from tests.scenarios.runs import run, turnaround


def copy_time(compression: str, *settings: str) -> float:
    metrics = run("image-copy", f"copies.0.compression={compression}", *settings).metrics
    return metrics["image.copy.time"]


def link_of(bandwidth: float) -> str:
    return f"hosts.0.network.bandwidth={bandwidth * 8:.0f}"


@pytest.mark.parametrize("compression", ["lz77", "lz78"])
def test_compression_pays_on_links_slower_than_the_compressor(compression: str) -> None:
    metrics = run("image-copy", f"copies.0.compression={compression}").metrics
    ratio = metrics["image.copy.payload"] / metrics["image.copy.sent"]
    speed = SPEEDS[Compression(compression)]
    turn = pipelined_break_even(ratio, speed.compress, speed.decompress, disks=500e6)
    for bandwidth, pays in ((0.97 * turn, True), (1.03 * turn, False)):
        link = link_of(bandwidth)
        assert (copy_time(compression, link) < copy_time("none", link)) is pays


def test_the_slowest_stage_is_what_a_copy_takes() -> None:
    sent = run("image-copy").metrics["image.copy.sent"]
    assert sent == 2**30  # of 4 GiB a quarter was written
    assert copy_time("none") == pytest.approx(sent * 8 / 100e6, rel=0.01)
    compressed = run("image-copy", "copies.0.compression=lz77").metrics["image.copy.sent"]
    assert copy_time("lz77") == pytest.approx(compressed * 8 / 100e6, rel=0.01)
    assert copy_time("lz77", "hosts.0.network.bandwidth=1Gbps") == pytest.approx(
        sent / SPEEDS[Compression.LZ77].compress, rel=0.01
    )
    assert 2.5 < sent / compressed < 3


def test_compression_takes_a_core_from_the_neighbour() -> None:
    one = "hosts.0.cores=1"
    assert turnaround("image-copy", one) == 10
    assert turnaround("image-copy", one, "copies.0.compression=lz77") > 15
    assert turnaround("image-copy", "copies.0.compression=lz77") == 10
    assert copy_time("lz77", one) > copy_time("lz77") + 4


def test_holes_that_are_sent_cost_their_length_unless_compressed() -> None:
    whole = "copies.0.whole=true"
    assert copy_time("none", whole) == pytest.approx(4 * copy_time("none"), rel=0.01)
    sent = run("image-copy", whole, "copies.0.compression=lz77").metrics["image.copy.sent"]
    without = run("image-copy", "copies.0.compression=lz77").metrics["image.copy.sent"]
    assert sent < 1.05 * without


def migration(name: str, method: str, *settings: str) -> dict[str, int | float]:
    return run(name, f"vms.0.steps.0.method={method}", *settings).metrics


@pytest.mark.parametrize("rate", [10, 60, 200])
@pytest.mark.parametrize("method", [*Method])
def test_a_machine_alone_on_the_link_moves_as_planned(method: Method, rate: int) -> None:
    found = migration("live-migration", method, f"vms.0.dirty_rate={rate}MB/s")
    plan = plan_migration(2**30, rate * 10**6, 10**9, MigrationOptions(method))
    assert found["vm.migration.downtime"] == pytest.approx(plan.downtime / 1e9, rel=1e-3)
    assert found["vm.migration.time"] == pytest.approx(plan.time / 1e9, rel=1e-3)
    assert found["vm.migration.bytes"] == pytest.approx(plan.bytes, rel=1e-3)
    assert found["tasks.completed"] == 1


def test_pre_copy_is_a_geometric_series_until_the_link_is_too_slow() -> None:
    def sent(rate: int) -> float:
        found = migration("live-migration", "pre_copy", f"vms.0.dirty_rate={rate}MB/s")
        return found["vm.migration.bytes"]

    series = {rate: pre_copy_series(2**30, rate * 10**6, 10**9, THRESHOLD) for rate in (10, 60)}
    assert sent(10) == pytest.approx(series[10].bytes, rel=0.01)
    assert 1.6 * 2**30 < sent(60) < series[60].bytes  # some pages are written twice in a round
    assert sent(200) > 3 * 2**30  # and then it gives up, with this share of memory still dirty
    found = migration("live-migration", "pre_copy", "vms.0.dirty_rate=200MB/s")
    left = settled_share(200 / 125) * 2**30 / 125e6
    assert found["vm.migration.downtime"] == pytest.approx(left, rel=0.05)


def test_post_copy_stands_still_shortly_and_waits_for_its_pages() -> None:
    rates = [f"vms.0.dirty_rate={rate}MB/s" for rate in (10, 60, 200)]
    found = [migration("live-migration", "post_copy", rate) for rate in rates]
    assert len({each["vm.migration.downtime"] for each in found}) == 1
    assert found[0]["vm.migration.downtime"] < 0.03
    lost = [each["turnaround.mean"] for each in found]
    assert lost == sorted(set(lost))
    fast = migration("live-migration", "pre_copy", rates[0])
    assert fast["turnaround.mean"] < found[0]["turnaround.mean"]


@pytest.mark.parametrize("method", [*Method])
def test_a_neighbour_on_the_link_and_a_migration_slow_each_other(method: Method) -> None:
    alone = migration("live-migration", method)
    beside = migration("live-migration", method, "copies.0.at=5")
    assert beside["image.copy.time"] == pytest.approx(2 * alone["image.copy.time"], rel=0.01)
    assert beside["vm.migration.time"] > 1.8 * alone["vm.migration.time"]


@pytest.mark.parametrize("method", ["cold", "pre_copy"])
def test_a_migration_that_fails_half_way_leaves_the_machine_where_it_was(method: str) -> None:
    found = migration("broken-migration", method)
    quiet = migration("broken-migration", method, "vms.0.steps=[]")
    assert found["vm.migration.failed"] == 1
    assert found["vm.migration.wasted"] == 3 * 125e6
    assert found["tasks.completed"] == 1
    stood = 3 if method == "cold" else 0
    late = found["turnaround.mean"] - quiet["turnaround.mean"]
    assert late == pytest.approx(stood + found["vm.migration.lost"], abs=1e-3)
    assert found["vm.migration.downtime"] == stood


def test_post_copy_waits_for_the_repair_and_then_completes() -> None:
    broken = migration("broken-migration", "post_copy")
    whole = migration("broken-migration", "post_copy", "network.failures=[]")
    assert broken["vm.migration.failed"] == 0
    assert broken["vm.migration.bytes"] == pytest.approx(whole["vm.migration.bytes"])
    for metric in ("vm.migration.downtime", "vm.migration.time", "turnaround.mean"):
        assert broken[metric] == pytest.approx(whole[metric] + 20, abs=0.01)
    never = migration("broken-migration", "post_copy", "network.failures.0.for=null")
    assert never["tasks.inside"] == 1
