"""Process sets that textbooks work through, with the numbers printed there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.scheduling.reference import ReferenceProcess


@dataclass(frozen=True)
class Case:
    """One worked example; `finish` and `waiting` by process, None where they are not printed."""

    name: str
    policy: str
    processes: tuple[ReferenceProcess, ...]
    options: dict[str, Any] = field(default_factory=dict)
    finish: tuple[int, ...] | None = None
    waiting: tuple[int, ...] | None = None
    mean_waiting: float | None = None
    mean_turnaround: float | None = None
    golden: str | None = None  # its name among the closed forms

    def __str__(self) -> str:
        return self.name


def bursts(*works: int) -> tuple[ReferenceProcess, ...]:
    """Processes that all arrive at 0, in this order."""
    return tuple(ReferenceProcess(number, 0, work) for number, work in enumerate(works))


def arriving(*rows: tuple[int, int]) -> tuple[ReferenceProcess, ...]:
    """Processes of (arrival, work)."""
    return tuple(ReferenceProcess(number, *row) for number, row in enumerate(rows))


def prioritised(*rows: tuple[int, int]) -> tuple[ReferenceProcess, ...]:
    """Processes of (work, priority) that all arrive at 0; a smaller number runs first."""
    return tuple(
        ReferenceProcess(number, 0, work, priority) for number, (work, priority) in enumerate(rows)
    )


STALLINGS = arriving((0, 3), (2, 6), (4, 4), (6, 5), (8, 2))

# Stallings, Operating Systems: Internals and Design Principles, table 9.5.
_STALLINGS = [
    Case("Stallings FCFS", "fcfs", STALLINGS, {}, (3, 9, 13, 18, 20), mean_turnaround=8.6,
         golden="stallings.FCFS"),
    Case("Stallings RR 1", "rr", STALLINGS, {"quantum": 1}, (4, 18, 17, 20, 15),
         mean_turnaround=10.8, golden="stallings.RR1"),
    Case("Stallings RR 4", "rr", STALLINGS, {"quantum": 4}, (3, 17, 11, 20, 19),
         mean_turnaround=10.0),
    Case("Stallings SPN", "sjf", STALLINGS, {}, (3, 9, 15, 20, 11), mean_turnaround=7.6,
         golden="stallings.SPN"),
    Case("Stallings SRT", "srtf", STALLINGS, {}, (3, 15, 8, 20, 10), mean_turnaround=7.2,
         golden="stallings.SRT"),
    Case("Stallings HRRN", "hrrn", STALLINGS, {}, (3, 9, 13, 20, 15), mean_turnaround=8.0),
    Case("Stallings FB 1", "mlfq", STALLINGS, {"quanta": (1, 1, 1), "preemptive": False},
         (4, 20, 16, 19, 11), mean_turnaround=10.0, golden="stallings.FB1"),
    Case("Stallings FB 2^i", "mlfq", STALLINGS, {"quanta": (1, 2, 4, 8), "preemptive": False},
         (4, 17, 18, 20, 14), mean_turnaround=10.6),
]  # fmt: skip

SRTF_EXAMPLE = arriving((0, 8), (1, 4), (2, 9), (3, 5))
PRACTICE = ((2, 2), (1, 1), (8, 4), (4, 2), (5, 3))  # its greater number runs first

# Silberschatz, Galvin & Gagne, Operating System Concepts, 10th ed.; sections as named.
_SILBERSCHATZ = [
    Case("Silberschatz 5.3.1 FCFS", "fcfs", bursts(24, 3, 3), waiting=(0, 24, 27),
         mean_waiting=17),
    Case("Silberschatz 5.3.1 FCFS, short ones first", "fcfs", bursts(3, 3, 24),
         waiting=(0, 3, 6), mean_waiting=3),
    Case("Silberschatz 5.3.2 SJF", "sjf", bursts(6, 8, 7, 3), waiting=(3, 16, 9, 0),
         mean_waiting=7),
    Case("Silberschatz 5.3.2 the same FCFS", "fcfs", bursts(6, 8, 7, 3), mean_waiting=10.25),
    Case("Silberschatz 5.3.2 SRTF", "srtf", SRTF_EXAMPLE, waiting=(9, 0, 15, 2),
         mean_waiting=6.5),
    Case("Silberschatz 5.3.2 the same SJF", "sjf", SRTF_EXAMPLE, mean_waiting=7.75),
    Case("Silberschatz 5.3.3 RR 4", "rr", bursts(24, 3, 3), {"quantum": 4}, (30, 7, 10),
         (6, 4, 7), mean_waiting=17 / 3),
    Case("Silberschatz 5.3.4 priority", "priority",
         prioritised((10, 3), (1, 1), (2, 4), (1, 5), (5, 2)),
         waiting=(6, 0, 16, 18, 1), mean_waiting=8.2, golden="silb.priority"),
    Case("Silberschatz 5.3.4 priority and RR 2", "priority",
         prioritised((4, 3), (5, 2), (8, 2), (7, 1), (3, 3)), {"quantum": 2},
         (26, 16, 20, 7, 27)),
    Case("Silberschatz practice 5.4 FCFS", "fcfs", prioritised(*PRACTICE), {}, (2, 3, 11, 15, 20)),
    Case("Silberschatz practice 5.4 SJF", "sjf", prioritised(*PRACTICE), {}, (3, 1, 20, 7, 12)),
    Case("Silberschatz practice 5.4 priority", "priority",
         prioritised(*((work, -priority) for work, priority in PRACTICE)), {},
         (15, 20, 8, 19, 13)),
    Case("Silberschatz practice 5.4 RR 2", "rr", prioritised(*PRACTICE), {"quantum": 2},
         (2, 3, 20, 13, 18)),
    Case("Silberschatz 5.6.4 EDF", "edf", (
            ReferenceProcess(0, 0, 25, deadline=50), ReferenceProcess(1, 0, 35, deadline=80),
            ReferenceProcess(2, 50, 25, deadline=100), ReferenceProcess(3, 80, 35, deadline=160),
            ReferenceProcess(4, 100, 25, deadline=150),
         ), {}, (25, 60, 85, 145, 125)),
]  # fmt: skip

BATCH = prioritised((10, -3), (6, -5), (2, -2), (4, -1), (8, -4))

# Tanenbaum & Bos, Modern Operating Systems, 4th ed.: 2.4.2, and the problem of five batch jobs
# with its published answers (its round robin is the fluid one).
_TANENBAUM = [
    Case("Tanenbaum 2.4.2 FCFS", "fcfs", bursts(8, 4, 4, 4), {}, (8, 12, 16, 20),
         mean_turnaround=14),
    Case("Tanenbaum 2.4.2 SJF", "sjf", bursts(8, 4, 4, 4), {}, (20, 4, 8, 12), mean_turnaround=11),
    Case("Tanenbaum 2.4.2 SJF is not optimal when not all are there", "sjf",
         arriving((0, 2), (0, 4), (3, 1), (3, 1), (3, 1)), mean_turnaround=4.6),
    Case("Tanenbaum five batch jobs, shared", "ps", BATCH, {}, (30, 24, 10, 18, 28),
         mean_turnaround=22),
    Case("Tanenbaum five batch jobs, priority", "priority", BATCH, {}, (24, 6, 26, 30, 14),
         mean_turnaround=20),
    Case("Tanenbaum five batch jobs, FCFS", "fcfs", BATCH, {}, (10, 16, 18, 22, 30),
         mean_turnaround=19.2),
    Case("Tanenbaum five batch jobs, SJF", "sjf", BATCH, {}, (30, 12, 2, 6, 20),
         mean_turnaround=14),
]  # fmt: skip

# Arpaci-Dusseau, Operating Systems: Three Easy Pieces, ch. 7, figures 7.2 to 7.7.
_OSTEP = [
    Case("OSTEP 7.2 FIFO", "fcfs", bursts(100, 10, 10), {}, (100, 110, 120), mean_turnaround=110),
    Case("OSTEP 7.3 SJF", "sjf", bursts(100, 10, 10), {}, (120, 10, 20), mean_turnaround=50),
    Case("OSTEP 7.5 STCF", "srtf", arriving((0, 100), (10, 10), (10, 10)), {}, (120, 20, 30),
         mean_turnaround=50),
    Case("OSTEP 7.7 RR", "rr", bursts(5, 5, 5), {"quantum": 1}, (13, 14, 15), mean_turnaround=14),
]  # fmt: skip

CASES = [*_STALLINGS, *_SILBERSCHATZ, *_TANENBAUM, *_OSTEP]
