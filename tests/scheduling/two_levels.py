"""Guests on a host, stepped through tick by tick: the reference for virtual cores.

Every guest has one virtual core. Host and guests take turns round robin; without a quantum they
are first come, first served.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple


class Arrival(NamedTuple):
    """A task: when it arrives, at which guest, and its work."""

    at: int
    guest: int
    work: int


@dataclass
class Task:
    arrival: Arrival
    left: int
    start: int = -1
    finish: int = -1


@dataclass
class Guest:
    ready: deque[Task] = field(default_factory=deque)
    running: Task | None = None
    used: int = 0  # of its slice
    turn: int = 0


@dataclass
class Core:
    guest: Guest | None = None
    used: int = 0


def finishes(
    arrivals: list[Arrival],
    guests: int,
    cores: int,
    host_quantum: int | None,
    guest_quantum: int | None,
) -> list[tuple[int, int]]:
    """Return (start, finish) of each task."""
    tasks = [Task(arrival, arrival.work) for arrival in arrivals]
    machine = _Machine([Guest() for _ in range(guests)], [Core() for _ in range(cores)])
    now = 0
    while any(task.finish < 0 for task in tasks):
        arrived = [task for task in tasks if task.arrival.at == now]
        for task in arrived:
            machine.guests[task.arrival.guest].ready.append(task)
        visited = list(dict.fromkeys(task.arrival.guest for task in arrived))
        machine.decide(visited, host_quantum, guest_quantum)
        machine.tick(now, guest_quantum)
        now += 1
    return [(task.start, task.finish) for task in tasks]


class _Machine:
    def __init__(self, guests: list[Guest], cores: list[Core]) -> None:
        self.guests, self.cores = guests, cores
        self.queue: deque[Guest] = deque()
        self.turn = 0

    def decide(
        self, visited: list[int], host_quantum: int | None, guest_quantum: int | None
    ) -> None:
        """Let guests decide, then the host; those who come back join in the order of visits."""
        for guest in self.guests:
            self._guest_decides(guest, guest_quantum)
            if guest.running is None:
                self._leave(guest)
        present = [core.guest for core in self.cores] + list(self.queue)
        for number in visited:
            if not any(guest is self.guests[number] for guest in present):
                self.queue.append(self.guests[number])
        self._end_slices(host_quantum)
        for core in self.cores:
            if core.guest is None and self.queue:
                core.guest, core.used = self.queue.popleft(), 0
                self.turn += 1
                core.guest.turn = self.turn

    def _guest_decides(self, guest: Guest, quantum: int | None) -> None:
        if guest.running is not None and guest.used == quantum and guest.ready:
            guest.ready.append(guest.running)
            guest.running = None
        if guest.running is None and guest.ready:
            guest.running, guest.used = guest.ready.popleft(), 0

    def _leave(self, guest: Guest) -> None:
        self.queue = deque(other for other in self.queue if other is not guest)
        for core in self.cores:
            if core.guest is guest:
                core.guest = None

    def _end_slices(self, quantum: int | None) -> None:
        ended = [core for core in self.cores if core.guest is not None and core.used == quantum]
        idle = sum(core.guest is None for core in self.cores)
        if len(self.queue) <= idle:
            for core in ended:
                core.used = 0
            return
        for core in sorted(ended, key=lambda core: core.guest.turn if core.guest else 0):
            assert core.guest is not None
            self.queue.append(core.guest)
            core.guest = None

    def tick(self, now: int, guest_quantum: int | None) -> None:
        """Let a tick pass; a guest alone in its slice renews it when it goes on, not before."""
        for core in self.cores:
            if core.guest is None:
                continue
            task = core.guest.running
            assert task is not None
            task.start = now if task.start < 0 else task.start
            task.left -= 1
            core.used += 1
            core.guest.used = 1 if core.guest.used == guest_quantum else core.guest.used + 1
            if task.left == 0:
                task.finish = now + 1
                core.guest.running = None
