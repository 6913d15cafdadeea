"""Which ready pod a request goes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import Final, Protocol

from aio_sim.containers.platform.pod import Pod


class Balance(StrEnum):
    """How a service balances the load.

    `round_robin` is rr, `least` is lc of kube-proxy's IPVS mode (Kubernetes documentation, Virtual
    IPs and Service Proxies).
    """

    ROUND_ROBIN = "round_robin"
    LEAST = "least"
    """To the pod with the fewest requests of this service, the first that was ready on a tie."""


class Balancer(Protocol):
    """Chooses among the pods that are ready."""

    def add(self, pod: Pod) -> None:
        """Count on a pod."""

    def remove(self, pod: Pod) -> None:
        """Count on a pod no more."""

    def choose(self) -> Pod | None:
        """Return the pod for the next request, None where there is none."""

    def ended(self, pod: Pod) -> None:
        """Note that a request has left a pod, which may be gone."""


class RoundRobin:
    """One after the other, in the order in which they became ready."""

    def __init__(self) -> None:
        self._pods: list[Pod] = []
        self._next = 0

    def add(self, pod: Pod) -> None:
        """Count on a pod, after those that are there."""
        self._pods.append(pod)

    def remove(self, pod: Pod) -> None:
        """Count on a pod no more; it stays the turn of whose turn it is."""
        at = self._pods.index(pod)
        del self._pods[at]
        self._next -= at < self._next

    def choose(self) -> Pod | None:
        """Return the pod whose turn it is; O(1)."""
        if not self._pods:
            return None
        at = self._next % len(self._pods)
        self._next = at + 1
        return self._pods[at]

    def ended(self, pod: Pod) -> None:
        """Take no notice."""


class Least:
    """The pod with the fewest requests; O(log n) in the changes since."""

    def __init__(self) -> None:
        self._inside: dict[Pod, int] = {}
        self._turn: dict[Pod, int] = {}
        self._turns = 0
        self._heap: list[tuple[int, int, Pod]] = []

    def add(self, pod: Pod) -> None:
        """Count on a pod; requests that it still has from before count."""
        self._turns += 1
        self._turn[pod] = self._turns
        self._note(pod, 0)

    def remove(self, pod: Pod) -> None:
        """Count on a pod no more."""
        del self._turn[pod]

    def choose(self) -> Pod | None:
        """Return the pod with the fewest requests, and count one more there."""
        if not self._turn:
            return None
        if len(self._heap) > 4 * len(self._turn) + 64:
            self._heap = [(self._inside[pod], turn, pod) for pod, turn in self._turn.items()]
            heapify(self._heap)
        while True:
            inside, turn, pod = self._heap[0]
            if self._turn.get(pod) == turn and self._inside[pod] == inside:
                self._note(pod, 1)
                return pod
            heappop(self._heap)

    def ended(self, pod: Pod) -> None:
        """Count a request less."""
        self._note(pod, -1)

    def _note(self, pod: Pod, by: int) -> None:
        inside = self._inside[pod] = self._inside.get(pod, 0) + by
        turn = self._turn.get(pod)
        if turn is not None:
            heappush(self._heap, (inside, turn, pod))
        elif not inside:
            del self._inside[pod]


BALANCERS: Final[Mapping[Balance, Callable[[], Balancer]]] = {
    Balance.ROUND_ROBIN: RoundRobin,
    Balance.LEAST: Least,
}
