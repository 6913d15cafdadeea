"""Disruption budgets: how many pods of a kind may be taken away on purpose.

Source: Kubernetes documentation, Specifying a Disruption Budget for your Application; that pods
which are not ready may go while enough others are healthy is its default, IfHealthyBudget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.selector import Selector, selects
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True, kw_only=True)
class DisruptionBudget:
    """At least so many pods of these labels stay healthy, or at most so many are not.

    Raises InputError where not exactly one of the two is given.
    """

    name: str
    selector: Selector
    namespace: str = "default"
    least_available: Bound | None = None
    most_unavailable: Bound | None = None

    def __post_init__(self) -> None:
        if (self.least_available is None) == (self.most_unavailable is None):
            raise InputError(
                _("budget {name}: give the least available or the most unavailable").format(
                    name=self.name
                )
            )

    def concerns(self, pod: Pod) -> bool:
        """Return whether a pod is of this kind."""
        return pod.namespace == self.namespace and selects(self.selector, pod.labels)

    def needed(self, expected: int) -> int:
        """Return how many must be healthy, where so many are wanted."""
        if self.least_available is not None:
            return self.least_available.up(expected)
        assert self.most_unavailable is not None
        return max(expected - self.most_unavailable.up(expected), 0)


class Budgets:
    """All budgets, against the pods there are; `expected` counts the replicas that are wanted."""

    def __init__(
        self,
        budgets: Sequence[DisruptionBudget],
        pods: Callable[[], Iterable[Pod]],
        expected: Callable[[Iterable[Pod]], int],
    ) -> None:
        self.budgets = list(budgets)
        self._pods = pods
        self._expected = expected

    def allowed(self, budget: DisruptionBudget) -> int:
        """Return how many healthy pods may go now; below 0 where too few are healthy already."""
        pods = [pod for pod in self._pods() if budget.concerns(pod)]
        healthy = sum(pod.ready for pod in pods)
        return healthy - budget.needed(self._expected(pods))

    def allow(self, pod: Pod) -> bool:
        """Return whether a pod may be taken away now."""
        least = 1 if pod.ready else 0
        return all(self.allowed(budget) >= least for budget in self.budgets if budget.concerns(pod))

    def violated(self, pods: Iterable[Pod]) -> list[Pod]:
        """Return those that would overdraw a budget if all these went, in this order."""
        left = {budget.name: self.allowed(budget) for budget in self.budgets} if pods else {}
        found = []
        for pod in pods:
            concerned = [each.name for each in self.budgets if each.concerns(pod)]
            for name in concerned:
                left[name] -= pod.ready
            if any(left[name] < 0 for name in concerned):
                found.append(pod)
        return found
