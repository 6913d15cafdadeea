"""A machine whose disk image moves along: what is sent, and whose disk it is on."""

from __future__ import annotations

import pytest

from aio_sim import Scenario, simulate
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.trace import Trace
from aio_sim.simulation import build
from aio_sim.virtualization.migration import MigrationOptions
from aio_sim.virtualization.migration.methods import STATE
from aio_sim.virtualization.profile import ESXI

MEMORY, IMAGE = 2**29, 2**30
GIB = 2**30


def scenario(steps: str, more: str = "", *, hosts: int = 2, vms: str = "") -> Scenario:
    return Scenario.from_text(
        f"""
name: along
hosts: [{{name: h, count: {hosts}, memory: 4GiB, network: {{bandwidth: 1Gbps}}}}]
vms:
  - {{name: guest, host: h-0, booted: true, memory: {MEMORY}, image: {{size: {IMAGE}}},
     steps: [{steps}]}}
  {f"- {vms}" if vms else ""}
workload: [{{kind: batch, on: guest, count: 1, work: 20}}]
{more}
"""
    )


def moving(image: str, at: int = 1) -> str:
    """Return the step of a cold migration."""
    return f"{{at: {at}, do: migrate, to: h-1, method: cold, image: {image}}}"


@pytest.mark.parametrize(("image", "sent"), [("true", IMAGE), ("false", 0)])
def test_the_image_is_sent_where_the_step_says_so(image: str, sent: int) -> None:
    metrics = simulate(scenario(moving(image)), audit=True).metrics
    assert metrics["vm.migration.bytes"] == MEMORY + STATE + sent
    least = (MEMORY + STATE + sent) / 125e6 + MigrationOptions().switch_over / SECOND
    assert least <= metrics["vm.migration.downtime"] < least + 0.02  # the first and last chunk
    assert metrics["tasks.completed"] == 1


@pytest.mark.parametrize("method", ["cold", "pre_copy", "post_copy"])
def test_of_a_ballooned_machine_what_its_guest_has_is_sent(method: str) -> None:
    left = MEMORY // 4
    balloon = f"{{at: 1, do: balloon, memory: {left}}}"
    there = f"{{at: 2, do: migrate, to: h-1, method: {method}}}"
    metrics = simulate(scenario(f"{balloon}, {there}"), audit=True).metrics
    assert metrics["vm.migration.bytes"] == left + STATE
    assert metrics["vm.migration.time"] == pytest.approx((left + STATE) / 125e6, abs=0.05)


def test_where_others_need_the_memory_what_is_left_is_sent() -> None:
    """Two machines of 3 GiB on a host of 4 GiB have half of it each."""
    text = """
name: pressed
hosts: [{name: h, count: 2, memory: 4GiB, network: {bandwidth: 1Gbps}}]
vmm: {overcommit: {memory: 2}}
vms:
  - name: vm
    count: 2
    host: h-0
    booted: true
    memory: 3GiB
    steps: [{at: 1, do: migrate, to: h-1, method: cold}]
workload: [{kind: batch, on: vm-0, count: 1, work: 1}]
"""
    metrics = simulate(Scenario.from_text(text), audit=True).metrics
    part = (4 * GIB - ESXI.host_memory) // 2 - ESXI.overhead(1, 3 * GIB)
    assert metrics["vm.migration.bytes"] == 2 * (part + STATE)


def disks_in_use(text: Scenario, at: int) -> list[int]:
    """Return the bytes lent of each host's disk after so many seconds."""
    system = build(text, Trace())
    system.env.run(until=at * SECOND)
    manager = system.manager
    return [
        capacity.disk - manager.free(host).disk for host, capacity in enumerate(manager.capacities)
    ]


def test_the_image_has_room_on_both_disks_while_it_moves_and_then_on_one() -> None:
    whole = scenario(moving("true"))
    assert [disks_in_use(whole, at) for at in (1, 6, 18)] == [[IMAGE, 0], [IMAGE] * 2, [0, IMAGE]]


@pytest.mark.parametrize("method", ["cold", "pre_copy", "post_copy"])
def test_an_image_that_does_not_move_keeps_its_space_where_it_is(method: str) -> None:
    there = f"{{at: 1, do: migrate, to: h-1, method: {method}}}"
    back = f"{{at: 30, do: migrate, to: h-0, method: {method}}}"
    text = scenario(f"{there}, {back}, {{at: 60, do: destroy}}")
    assert [disks_in_use(text, at) for at in (3, 29, 59)] == [[IMAGE, 0]] * 3
    assert disks_in_use(text, 70) == [0, 0]


def test_an_image_that_moves_later_leaves_where_it_was_all_the_time() -> None:
    late = "{at: 30, do: migrate, to: h-2, method: cold, image: true}"
    text = scenario(f"{moving('false')}, {late}, {{at: 90, do: destroy}}", hosts=3)
    assert [disks_in_use(text, at) for at in (29, 32, 80)] == [
        [IMAGE, 0, 0],
        [IMAGE, 0, IMAGE],
        [0, 0, IMAGE],
    ]
    assert disks_in_use(text, 100) == [0, 0, 0]


def test_a_full_disk_stops_the_images_that_move_and_no_others() -> None:
    filler = f"{{name: filler, host: h-1, memory: 1MiB, image: {{size: {10**12 - IMAGE + 1}}}}}"
    for image, refused in (("true", 1), ("false", 0)):
        metrics = simulate(scenario(moving(image), vms=filler), audit=True).metrics
        assert metrics["vm.migration.refused"] == refused


def test_an_image_that_is_cut_off_half_way_leaves_all_where_it_was() -> None:
    cut = scenario(moving("true"), "network: {failures: [{link: h-0-switch, at: 8, for: 1}]}")
    assert disks_in_use(cut, 10) == [IMAGE, 0]
    metrics = simulate(cut, audit=True).metrics
    assert metrics["vm.migration.failed"] == metrics["tasks.completed"] == 1
    assert metrics["vm.migration.under_way"] == 0
    assert metrics["vm.migration.wasted"] == pytest.approx(7 * 125e6, rel=0.01)


@pytest.mark.parametrize(("image", "sent"), [("true", IMAGE), ("false", 0)])
def test_a_machine_that_is_off_has_no_memory_to_move(image: str, sent: int) -> None:
    steps = f"{{at: 1, do: shut_down}}, {moving(image, at=9)}, {{at: 60, do: boot}}"
    system = build(scenario(steps), Trace())
    system.env.run(until=59 * SECOND)
    assert [system.manager.free(host).memory for host in (0, 1)] == [
        2**32,
        2**32 - ESXI.host_memory,
    ]
    assert system.virtual is not None
    assert system.virtual.machines["guest"].host.name == "h-1"
    system.env.run(until=100 * SECOND)
    assert system.manager.free(0).memory == 2**32
    assert system.manager.free(1).memory < 2**32 - ESXI.host_memory
    metrics = simulate(scenario(steps), audit=True).metrics
    assert metrics["vm.migration.count"] == 1
    assert metrics["vm.migration.bytes"] == sent


def test_a_run_that_ends_half_way_closes_its_spans() -> None:
    text = scenario(moving("true"), "until: 8")
    run = simulate(text, level="full", audit=True)
    assert run.metrics["vm.migration.under_way"] == 1
    assert run.metrics["vm.migration.count"] == 0
    trace = run.trace
    spans = {trace.text(row[0]): row[4] for row in trace.spans.rows()}
    assert spans["copy send"] == spans["migration image"] == 8 * SECOND


def test_hosts_that_say_nothing_of_a_disk_copy_images_with_the_usual_one() -> None:
    scenario = Scenario.from_text(
        """
name: copy
hosts: [{name: h, count: 2, network: {bandwidth: 1Gbps}}]
copies: [{size: 125MB, from: h-0, to: h-1}]
workload: [{kind: batch, at: 0, count: 1, work: 0.1}]
"""
    )
    metrics = simulate(scenario, audit=True).metrics
    assert metrics["image.copy.copies"] == 1
    assert metrics["image.copy.failed"] == 0
    assert metrics["image.copy.sent"] == 125 * 10**6
