"""Queues for cores of hosts, simulated plainly: lists, no index, every question asked anew.

A job takes cores of one host. Times are whole numbers. At each instant first all ends, then all
arrivals, then one decision; `decide` methods return what starts, as pairs (job, host).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Job(NamedTuple):
    number: int
    arrival: int
    run: int
    cores: int
    estimate: int


class Run(NamedTuple):
    job: Job
    host: int
    start: int

    @property
    def end(self) -> int:
        return self.start + self.job.run

    @property
    def expected(self) -> int:
        return self.start + self.job.estimate


@dataclass
class Simulator:
    """First come, first served, first fit; subclasses backfill."""

    capacity: list[int]
    now: int = 0
    waiting: list[Job] = field(default_factory=list)
    running: list[Run] = field(default_factory=list)
    starts: dict[int, int] = field(default_factory=dict)

    def simulate(self, jobs: list[Job]) -> dict[int, int]:
        """Return the start of each job by its number."""
        coming = sorted(jobs, key=lambda job: (job.arrival, job.number))
        while coming or self.waiting or self.running:
            moments = [job.arrival for job in coming[:1]] + [run.end for run in self.running]
            moments += self.own_moments()
            self.now = min(moments)
            ended = [run for run in self.running if run.end == self.now]
            self.running = [run for run in self.running if run.end != self.now]
            arrived = [job for job in coming if job.arrival == self.now]
            coming = coming[len(arrived) :]
            self.waiting += arrived
            self.decide(ended, arrived)
        return self.starts

    def own_moments(self) -> list[int]:
        return []

    def free(self, host: int) -> int:
        used = sum(run.job.cores for run in self.running if run.host == host)
        return self.capacity[host] - used

    def first_fit(self, job: Job) -> int | None:
        hosts = range(len(self.capacity))
        return next((host for host in hosts if self.free(host) >= job.cores), None)

    def start(self, job: Job, host: int) -> None:
        assert self.free(host) >= job.cores
        self.waiting.remove(job)
        self.running.append(Run(job, host, self.now))
        self.starts[job.number] = self.now

    def decide(self, ended: list[Run], arrived: list[Job]) -> None:
        del ended, arrived
        while self.waiting and (host := self.first_fit(self.waiting[0])) is not None:
            self.start(self.waiting[0], host)


@dataclass
class EasySimulator(Simulator):
    """Mu'alem and Feitelson 2001, figure 2; `promised` is each head's first shadow time."""

    promised: dict[int, int] = field(default_factory=dict)

    def decide(self, ended: list[Run], arrived: list[Job]) -> None:
        super().decide(ended, arrived)
        if not self.waiting:
            return
        head, *others = self.waiting
        shadow, host = min((self.earliest(head, host), host) for host in range(len(self.capacity)))
        self.promised.setdefault(head.number, shadow)
        back = [run for run in self.running if run.host == host and self.end(run) <= shadow]
        extra = self.free(host) + sum(run.job.cores for run in back) - head.cores
        for job in others:
            for place in range(len(self.capacity)):
                short = self.now + job.estimate <= shadow
                if self.free(place) < job.cores:
                    continue
                if place == host and not short:
                    if job.cores > extra:
                        continue
                    extra -= job.cores
                self.start(job, place)
                break

    def end(self, run: Run) -> int:
        return max(run.expected, self.now)

    def earliest(self, head: Job, host: int) -> float:
        free = self.free(host)
        runs = [run for run in self.running if run.host == host]
        for run in sorted(runs, key=self.end):
            free += run.job.cores
            if free >= head.cores:
                return self.end(run)
        return float("inf")


@dataclass
class ConservativeSimulator(Simulator):
    """Everyone has a reservation (start, host); `promised` is the first one's start."""

    reserved: dict[Job, tuple[int, int]] = field(default_factory=dict)
    promised: dict[int, int] = field(default_factory=dict)

    def own_moments(self) -> list[int]:
        return [start for start, _host in self.reserved.values() if start > self.now]

    def decide(self, ended: list[Run], arrived: list[Job]) -> None:
        del arrived
        overdue = any(run.expected <= self.now for run in self.running)
        if overdue or any(start < self.now for start, _host in self.reserved.values()):
            self.reserved = {}
        for job in [job for job in self.waiting if job in self.reserved]:
            self.reserve(job, self.reserved.pop(job))
        if self.reserved and any(run.expected > self.now for run in ended):
            for job in [job for job in self.waiting if job in self.reserved]:
                old = self.reserved.pop(job)
                new = self.find(job)
                self.reserve(job, new if new[0] < old[0] else old)
        for job in [job for job in self.waiting if job not in self.reserved]:
            reservation = self.find(job)
            self.promised.setdefault(job.number, reservation[0])
            self.reserve(job, reservation)

    def reserve(self, job: Job, reservation: tuple[int, int]) -> None:
        start, host = reservation
        if start == self.now and self.free(host) >= job.cores:
            self.start(job, host)
        else:
            self.reserved[job] = reservation

    def find(self, job: Job) -> tuple[int, int]:
        hosts = range(len(self.capacity))
        start = min(self.earliest(job, host) for host in hosts)
        ready = [host for host in hosts if self.earliest(job, host) == start]
        free = [host for host in ready if start == self.now and self.free(host) >= job.cores]
        return start, (free or ready)[0]

    def planned(self, host: int) -> list[tuple[int, int, int]]:
        """Return (start, end, cores) of all that is planned on a host."""
        runs = [
            (run.start, run.expected, run.job.cores) for run in self.running if run.host == host
        ]
        return runs + [
            (start, start + job.estimate, job.cores)
            for job, (start, place) in self.reserved.items()
            if place == host
        ]

    def earliest(self, job: Job, host: int) -> float:
        planned = self.planned(host)
        candidates = {self.now} | {end for _start, end, _cores in planned if end > self.now}
        for begin in sorted(candidates):
            inside = {begin} | {s for s, _e, _c in planned if begin < s < begin + job.estimate}
            room = self.capacity[host] - job.cores
            if all(sum(c for s, e, c in planned if s <= at < e) <= room for at in inside):
                return begin
        return float("inf")
