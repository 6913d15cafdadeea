"""The rows of a Gantt chart: which cores or processes, and who is on them when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from aio_sim.analysis.board import SHARED, CoreSlice
from aio_sim.analysis.levels import Levels
from aio_sim.analysis.machine_lives import MachineLives
from aio_sim.analysis.replay import slices
from aio_sim.analysis.story_words import Stretch
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import NO_TASK, Trace

IDLE: Final = -1
SWITCH: Final = -3
STANDS_STILL: Final = -4
MOSTLY_IDLE: Final = -5
"""What may be in a cell instead of a process; SEVERAL is another."""

MOST_LANES: Final = 16


@dataclass
class Lane:
    """One row of the chart."""

    label: str
    stays: list[CoreSlice] = field(default_factory=list)
    cores: int = 1
    """How many cores the processes of the row's Cpu share, where they do."""
    sharers: list[CoreSlice] = field(default_factory=list)
    """The stays of all the processes that share them."""
    guest: bool = False
    """Whether it is on a virtual machine, and not on a host."""

    @property
    def busy(self) -> int:
        """Nanoseconds in which somebody is on the row."""
        return sum(stay.end - stay.start for stay in self.stays if stay.process != STANDS_STILL)


@dataclass(frozen=True)
class Chart:
    """The rows to draw, and how many there are beside."""

    cores: list[Lane]
    """A row a core, those of hosts first."""
    more_cores: int
    more_virtual_cores: int
    processes: list[Lane]
    """A row a process, under processor sharing."""
    more_processes: int
    until: int = 0
    """When the last of the migrations and copies ends that go on meanwhile, in nanoseconds."""

    @property
    def lanes(self) -> list[Lane]:
        """All rows."""
        return self.cores + self.processes

    @property
    def stays(self) -> list[CoreSlice]:
        """All stays on all rows."""
        return [stay for lane in self.lanes for stay in lane.stays]


def chart(trace: Trace, finest: int = 0, most: int = MOST_LANES) -> Chart:
    """Return the rows of a run: at most `most` cores of hosts and as many of virtual machines.

    These are the busiest; of processes that share cores, at most `most` rows, of the first. Turns
    shorter than `finest` nanoseconds are told together.
    """
    levels = Levels(trace)
    by_core = _idle_cores(levels.hosts, most) | _idle_cores(levels.guests, most)
    by_process: defaultdict[tuple[str, int], list[CoreSlice]] = defaultdict(list)
    first = _first_of_their_name(trace)
    for stay in slices(trace, finest):
        stay = stay._replace(process=first.get(stay.process, stay.process))
        if stay.core == SHARED:
            by_process[stay.cpu, stay.process].append(stay)
        else:
            by_core.setdefault((stay.cpu, stay.core), []).append(stay)
    shared = {cpu for cpu, _process in by_process}
    by_core = {place: stays for place, stays in by_core.items() if stays or place[0] not in shared}
    lives = MachineLives(trace, levels)
    for (cpu, core), stays in by_core.items():
        by_core[cpu, core] = _interrupted(stays, lives.standing_still(cpu))
    lanes = _core_lanes(by_core, levels)
    real = [lane for lane in lanes if not lane.guest]
    virtual = [lane for lane in lanes if lane.guest]
    processes = _process_lanes(trace, by_process, levels)
    return Chart(
        _busiest(real, most) + _busiest(virtual, most),
        _more(real, levels.hosts, most, shared),
        _more(virtual, levels.guests, most, shared),
        processes[:most],
        max(len(processes) - most, 0),
        lives.stories_end,
    )


def _first_of_their_name(trace: Trace) -> dict[int, int]:
    """Return who stands for each process that is no task: all pieces of one copy look the same."""
    first: dict[str, int] = {}
    return {
        number: first.setdefault(name, number)
        for number, name in enumerate(trace.meta.get("processes", ()), NO_TASK)
    }


def _idle_cores(machines: dict[str, int], most: int) -> dict[tuple[str, int], list[CoreSlice]]:
    """Return all cores of machines, nothing where there are more than `most`."""
    if sum(machines.values()) > most:
        return {}
    return {(name, core): [] for name, cores in machines.items() for core in range(cores)}


def _interrupted(stays: list[CoreSlice], still: list[Stretch]) -> list[CoreSlice]:
    """Return stays on a core of a machine, cut where it stands still."""
    found: list[CoreSlice] = []
    for stay in stays:
        start = stay.start
        for stretch in _overlapping(still, stay):
            begin, end = max(stretch.start, stay.start), min(stretch.end, stay.end)
            if begin > start:
                cost = max(min(stay.start + stay.cost, begin) - start, 0)
                found.append(stay._replace(start=start, end=begin, cost=cost))
            found.append(stay._replace(start=begin, end=end, cost=0, process=STANDS_STILL))
            start = end
        if stay.end > start:
            cost = max(stay.start + stay.cost - start, 0)
            found.append(stay._replace(start=start, cost=cost))
    return found


def _overlapping(stretches: list[Stretch], stay: CoreSlice) -> list[Stretch]:
    first = bisect_right(stretches, stay.start, key=lambda stretch: stretch.end)
    last = bisect_left(stretches, stay.end, key=lambda stretch: stretch.start)
    return stretches[first:last]


def _core_lanes(by_core: dict[tuple[str, int], list[CoreSlice]], levels: Levels) -> list[Lane]:
    several = len({cpu for cpu, _core in by_core}) > 1
    order = {cpu: place for place, cpu in enumerate((*levels.hosts, *levels.guests))}
    found = []
    for cpu, core in sorted(by_core, key=lambda at: (order.get(at[0], len(order)), *at)):
        if not several:
            label = _("core {core}").format(core=core)
        else:
            label = cpu if levels.hosts.get(cpu) == 1 else f"{cpu}/{core}"
        found.append(Lane(label, by_core[cpu, core], guest=cpu in levels.guests))
    return found


def _process_lanes(
    trace: Trace, by_process: dict[tuple[str, int], list[CoreSlice]], levels: Levels
) -> list[Lane]:
    names = trace.names({process for _cpu, process in by_process})
    cores = levels.hosts | levels.guests
    sharers: defaultdict[str, list[CoreSlice]] = defaultdict(list)
    for (cpu, _process), stays in by_process.items():
        sharers[cpu] += stays
    ordered = sorted(by_process, key=lambda place: (by_process[place][0].start, place[1]))
    return [
        Lane(
            names.get(process, str(process)),
            by_process[cpu, process],
            cores.get(cpu, 1),
            sharers[cpu],
            cpu in levels.guests,
        )
        for cpu, process in ordered
    ]


def _busiest(lanes: list[Lane], most: int) -> list[Lane]:
    """Return the busiest rows, in the order in which they stood."""
    if len(lanes) <= most:
        return lanes
    by_load = sorted(range(len(lanes)), key=lambda place: -lanes[place].busy)
    return [lanes[place] for place in sorted(by_load[:most])]


def _more(lanes: list[Lane], machines: dict[str, int], most: int, shared: set[str]) -> int:
    """Return how many cores of machines have no row, where none of them is shared."""
    there = 0 if shared.intersection(machines) else sum(machines.values())
    return max(len(lanes), there) - min(len(lanes), most)
