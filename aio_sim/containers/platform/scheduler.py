"""The scheduler: the best of the nodes that can take a pod, or the reasons why none can.

On large platforms it stops filtering when it has found `sample` nodes, and goes on at the next one
with the next pod, as the real one does (kubernetes/kubernetes, pkg/scheduler/schedule_one.go,
numFeasibleNodesToFind). That one takes a share of all nodes, 50 % less one for each 125 nodes, and
at least 100; here it is 100, which is its `percentageOfNodesToScore: 10` at 1,000 nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from aio_sim.containers.platform.census import Census
from aio_sim.containers.platform.filters import Refusal, Wish, first_refusals, refusals, wish_of
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.scores import Packing, totals
from aio_sim.containers.platform.worker import Worker, WorkerState
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np

SAMPLE = 100
"""Nodes: minFeasibleNodesToFind."""


class NoPlace(NamedTuple):
    """Why a pod finds no place: nodes by reason, where one node may have several."""

    nodes: int
    reasons: Counter[Refusal]

    def __str__(self) -> str:
        reasons = sorted(self.reasons.items(), key=lambda each: (-each[1], each[0]))
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons)
        return _("0/{nodes} nodes are available: {reasons}").format(
            nodes=self.nodes, reasons=listed or _("there is none")
        )


class Chosen(NamedTuple):
    """The node for a pod, of so many that could take it, its points, and how many have as many.

    There are no points (-1) where nothing was compared.
    """

    worker: Worker
    feasible: int = 1
    points: int = -1
    best: int = 1


class Scheduler:
    """Chooses a node in two steps, filter and score; it changes nothing.

    Equal nodes are drawn from by `random`, or the first is taken where there is none. Raises
    InputError where the sample is not above 0.
    """

    def __init__(
        self,
        census: Census,
        *,
        packing: Packing = Packing.LEAST_ALLOCATED,
        sample: int = SAMPLE,
        random: Callable[[], np.random.Generator] | None = None,
    ) -> None:
        if sample < 1:
            raise InputError(_("a scheduler looks at one node at least"))
        self._census = census
        self._packing = packing
        self._sample = sample
        self._random = None if random is None else cache(random)
        self._next = 0  # where the search for the next pod begins

    def place(self, pod: Pod, workers: Sequence[Worker]) -> Chosen | NoPlace:
        """Return the node for a pod, or why there is none."""
        wish = wish_of(pod, self._census, workers)
        if pod.nominated is not None and not refusals(wish, pod.nominated):
            return Chosen(pod.nominated)
        feasible, reasons = self._filter(wish, workers)
        if not feasible:
            known = sum(worker.state is not WorkerState.OFF for worker in workers)
            return NoPlace(known, reasons)
        return self._best(pod, feasible)

    def _filter(
        self, wish: Wish, workers: Sequence[Worker]
    ) -> tuple[list[Worker], Counter[Refusal]]:
        """Return nodes that can take a pod, as many as are looked for, and why others cannot."""
        feasible: list[Worker] = []
        reasons: Counter[Refusal] = Counter()
        start = self._next % len(workers) if workers else 0
        looked = 0
        filters = wish.filters
        for at in chain(range(start, len(workers)), range(start)):
            worker = workers[at]
            looked += 1
            if worker.state is WorkerState.OFF:
                continue
            if found := first_refusals(filters, wish, worker):
                reasons.update(found)
                continue
            feasible.append(worker)
            if len(feasible) == self._sample:
                break
        self._next = start + looked
        return feasible, reasons

    def _best(self, pod: Pod, feasible: list[Worker]) -> Chosen:
        if len(feasible) == 1:
            return Chosen(feasible[0])
        points = totals(pod, feasible, self._census, self._packing)
        most = max(points)
        best = [worker for worker, each in zip(feasible, points, strict=True) if each == most]
        drawn = 0
        if self._random is not None and len(best) > 1:
            drawn = int(self._random().integers(len(best)))
        return Chosen(best[drawn], len(feasible), most, len(best))
