"""What `--explain` says of virtual machines, sentence by sentence."""

from __future__ import annotations

from pathlib import Path

from aio_sim.analysis.explanation import explain
from aio_sim.analysis.levels import Levels
from aio_sim.kernel.trace import NO_TASK, Trace
from tests.analysis.machines import FAULTING, LIFE, LIMITED, MOVING, TWO_LEVELS, trace_of


def told(text: str) -> list[str]:
    """Return what is told of a scenario, in the order of time, with one blank after the time."""
    return [" ".join(line.split()) for line in explain(trace_of(text))]


def test_the_life_of_a_machine_and_of_its_core() -> None:
    assert told(LIFE) == [
        "0.000000 s wide is refused by h1: has 2 virtual cores, the host 1",
        "0.000000 s vm runs",
        "0.000000 s vm: A arrives with 2 s of work",
        "0.000000 s vm core 0: A runs, for nobody else is ready",
        "0.000000 s h1: vm/0 has something to run",
        "0.000000 s h1 core 0: vm/0 runs, for nobody else is ready",
        "1.000000 s vm: pause, for 10 ms",
        "1.010000 s vm is paused",
        "1.010000 s h1 core 0: vm/0 stands still, for vm is paused",
        "3.000000 s vm: resume, for 10 ms",
        "3.010000 s vm goes on",
        "3.010000 s h1: vm/0 may run again",
        "3.010000 s h1 core 0: vm/0 runs, for nobody else is ready",
        "4.040816 s vm core 0: A has finished",
        "4.040816 s h1 core 0: vm/0 has nothing to run",
        "9.000000 s vm is destroyed",
        "9.000000 s vm: destruction, for 100 ms",
    ]


def test_a_core_that_its_limit_holds_back_does_not_wait_for_anything_else() -> None:
    assert told(LIMITED)[4:8] == [
        "0.000 s h1 core 0: vm/0 runs, for nobody else is ready",
        "0.050 s h1 core 0: vm/0 is held back by the limit of vm",
        "0.100 s h1: vm/0 may run again, within the limit of vm",
        "0.100 s h1 core 0: vm/0 runs, for nobody else is ready",
    ]


def test_a_task_whose_memory_faults_waits_for_its_pages() -> None:
    waits = [line.partition(": ")[2] for line in told(FAULTING) if "pages" in line]
    ready = "batch-0 has its pages and is ready again"
    read, both = "4 KiB to be read", "4 KiB to be written, then 4 KiB to be read"
    assert waits == [
        *(f"batch-0 waits for its pages: {read}", ready),
        *(f"batch-0 waits for its pages: {read}", ready),
        *(f"batch-0 waits for its pages: {both}", ready),
    ]


def test_a_migration_is_told_with_its_stages_and_its_downtime() -> None:
    assert [line.partition(" s ")[2] for line in told(MOVING) if "migra" in line] == [
        "vm: migration from h1 to h2, cold begins",
        "vm: migration copy, for 1.00105 s",  # 1 MiB of state comes along
        "vm: migration switch over, for 20 ms",
        "vm: migration from h1 to h2, cold has ended after 1.02105 s, "
        "of which it stood still for 1.02105 s",
        "vm: migration refused: more memory than 1.5 times what there is, the host's limit",
    ]


def test_a_copy_of_an_image_is_told_with_its_stages() -> None:
    lines = [line.partition(" s ")[2] for line in told(MOVING) if " disk: " in line]
    assert lines[0] == "disk: copy from h1 to h2 begins"
    assert lines[2] == "disk: send, for 1 ms"
    assert lines[-1].startswith("disk: copy from h1 to h2 has ended after ")


def test_no_process_is_told_by_its_number() -> None:
    for text in (LIFE, TWO_LEVELS, LIMITED, FAULTING, MOVING):
        assert not [line for line in told(text) if "process" in line]


def test_a_saved_trace_tells_the_same(tmp_path: Path) -> None:
    trace_of(MOVING).save(tmp_path / "trace.npz")
    assert list(explain(Trace.load(tmp_path / "trace.npz"))) == list(explain(trace_of(MOVING)))


def test_the_levels_of_a_run_are_its_hosts_and_its_machines() -> None:
    levels = Levels(trace_of(TWO_LEVELS))
    assert levels.hosts == {"h1": 2}
    assert levels.guests == {"vm-0": 1, "vm-1": 1, "vm-2": 1}
    assert levels.virtual_cores[NO_TASK + 1] == ("vm-1", 0)
    assert Levels(trace_of(LIMITED)).limited == {"vm"}
