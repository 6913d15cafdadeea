"""Which pods are in which domain: counted as pods come and go, for whoever asked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aio_sim.containers.platform.pod import Pod
from aio_sim.containers.platform.rules import PodTerm
from aio_sim.containers.platform.selector import Labels, Selector, selects
from aio_sim.containers.platform.worker import Worker


class Question(NamedTuple):
    """How many pods of a namespace and these labels are in each domain of a topology?"""

    namespace: str
    selector: Selector
    topology: str

    def concerns(self, pod: Pod) -> bool:
        """Return whether a pod is counted."""
        return pod.namespace == self.namespace and selects(self.selector, pod.labels)


class Census:
    """Counts of pods on nodes, by domain; a question costs all pods when it is first asked."""

    def __init__(self) -> None:
        self._answers: dict[Question, Counter[str]] = {}
        self._averse: dict[Question, Counter[str]] = {}  # who does not want whom, and where
        self._places: dict[Pod, Worker] = {}

    def add(self, pod: Pod, worker: Worker) -> None:
        """Note that a pod is on a node."""
        self._places[pod] = worker
        self._count(pod, worker, 1)

    def remove(self, pod: Pod) -> None:
        """Note that a pod is on its node no more."""
        self._count(pod, self._places.pop(pod), -1)

    def answer(self, question: Question) -> Mapping[str, int]:
        """Return how many such pods there are in each domain that has some."""
        found = self._answers.get(question)
        if found is None:
            found = self._answers[question] = Counter()
            for pod, worker in self._places.items():
                _note(found, question, pod, worker, 1)
        return found

    def shunned(self, namespace: str, labels: Labels) -> Iterator[tuple[str, Mapping[str, int]]]:
        """Yield topologies, and their domains in which pods are that do not want such a pod."""
        for question, domains in self._averse.items():
            if question.namespace == namespace and selects(question.selector, labels):
                yield question.topology, domains

    def _count(self, pod: Pod, worker: Worker, by: int) -> None:
        for question, found in self._answers.items():
            _note(found, question, pod, worker, by)
        for term in pod.template.placement.apart:
            domain = worker.labels.get(term.topology)
            if domain is not None:
                question = asked(pod.namespace, term)
                _change(self._averse.setdefault(question, Counter()), domain, by)


def asked(namespace: str, term: PodTerm) -> Question:
    """Return the question about the pods of a term."""
    return Question(namespace, term.selector, term.topology)


def _note(found: Counter[str], question: Question, pod: Pod, worker: Worker, by: int) -> None:
    domain = worker.labels.get(question.topology)
    if domain is not None and question.concerns(pod):
        _change(found, domain, by)


def _change(found: Counter[str], domain: str, by: int) -> None:
    found[domain] += by
    if not found[domain]:
        del found[domain]
