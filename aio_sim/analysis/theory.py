"""Closed forms of queueing theory, which simulations are held against.

Rates are per second and times seconds, or any one unit kept to. Server 1 of c works at the
service rate. Every function raises InputError where the system has no steady state.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Curve = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


class Queue(NamedTuple):
    """The steady state of a queueing system."""

    utilization: float
    in_system: float
    in_queue: float
    turnaround: float
    waiting: float
    wait_probability: float


class PriorityClass(NamedTuple):
    """One class of a priority queue: Poisson arrivals, and the first two moments of its work."""

    arrival_rate: float
    mean_work: float
    second_moment: float


def mm1(arrival_rate: float, service_rate: float) -> Queue:
    """Return the steady state of M/M/1 (Kleinrock, Queueing Systems 1, 1975, 3.2)."""
    return mmc(arrival_rate, service_rate, 1)


def mm1_turnaround_percentile(arrival_rate: float, service_rate: float, quantile: float) -> float:
    """Return the turnaround that the fraction `quantile` of the tasks of M/M/1 FCFS stays below.

    The turnaround is exponential with rate mu - lambda (Kleinrock, Queueing Systems 1, 5.119).
    """
    _stable(arrival_rate / service_rate)
    return -math.log1p(-quantile) / (service_rate - arrival_rate)


def mmc(arrival_rate: float, service_rate: float, servers: int) -> Queue:
    """Return the steady state of M/M/c (Erlang 1917; Kleinrock, Queueing Systems 1, 3.5)."""
    load = arrival_rate / service_rate
    utilization = _stable(load / servers)
    delayed = erlang_c(load, servers)
    waiting = delayed / (servers * service_rate - arrival_rate)
    turnaround = waiting + 1 / service_rate
    return Queue(
        utilization,
        arrival_rate * turnaround,  # Little's law
        arrival_rate * waiting,
        turnaround,
        waiting,
        delayed,
    )


def erlang_b(load: float, servers: int) -> float:
    """Return the probability that M/G/c/c turns a task away, at a load of `load` erlangs.

    By the stable recursion B(k) = a B(k-1) / (k + a B(k-1)) (Erlang 1917).
    """
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


def erlang_c(load: float, servers: int) -> float:
    """Return the probability that a task waits in M/M/c, at `load` erlangs (Erlang 1917)."""
    utilization = _stable(load / servers)
    blocked = erlang_b(load, servers)
    return blocked / (1 - utilization * (1 - blocked))


class FiniteQueue(NamedTuple):
    """The steady state of a system with a limited number of places."""

    blocking: float
    in_system: float


def mm1k(arrival_rate: float, service_rate: float, places: int) -> FiniteQueue:
    """Return the steady state of M/M/1/K, `places` K counting the one in service.

    P_n is proportional to rho^n (Kleinrock, Queueing Systems 1, 3.6), at any load.
    """
    load = arrival_rate / service_rate
    # Weights relative to the largest, so that neither end overflows.
    weights = [min(load, 1 / load) ** n for n in range(places + 1)] if load else [1.0]
    if load > 1:
        weights.reverse()
    total = math.fsum(weights)
    blocking = weights[places] / total if load else 0.0
    return FiniteQueue(blocking, math.fsum(n * w for n, w in enumerate(weights)) / total)


def pollaczek_khinchine(arrival_rate: float, mean_work: float, second_moment: float) -> float:
    """Return the mean waiting time of M/G/1 FCFS (Pollaczek 1930; Khinchine 1932)."""
    load = _stable(arrival_rate * mean_work)
    return arrival_rate * second_moment / (2 * (1 - load))


def processor_sharing(arrival_rate: float, mean_work: float, work: float | None = None) -> float:
    """Return the mean turnaround of a task of size `work` in M/G/1-PS; over all tasks where None.

    Insensitive to the distribution beyond its mean (Kleinrock, JACM 14(2), 1967; Sakata 1971).
    """
    load = _stable(arrival_rate * mean_work)
    return (mean_work if work is None else work) / (1 - load)


def nonpreemptive_priority(classes: Sequence[PriorityClass]) -> list[float]:
    """Return the mean waiting time of each class of M/G/1, the most urgent first.

    Cobham, Operations Research 2:70-76, 1954; first come, first served inside a class.
    """
    residual = sum(_residual_work(each) for each in classes)
    loads = _cumulative_loads(classes)
    return [residual / ((1 - above) * (1 - up_to)) for above, up_to in pairwise(loads)]


def preemptive_priority(classes: Sequence[PriorityClass]) -> list[float]:
    """Return the mean turnaround of each class of M/G/1, preempting and resuming, urgent first.

    White and Christie 1958; Kleinrock, Queueing Systems 2, 1976, 3.5.
    """
    loads = _cumulative_loads(classes)
    turnarounds, residual = [], 0.0
    for each, (above, up_to) in zip(classes, pairwise(loads), strict=True):
        residual += _residual_work(each)
        delay = residual / ((1 - above) * (1 - up_to))
        turnarounds.append(each.mean_work / (1 - above) + delay)
    return turnarounds


def shortest_job_first(
    arrival_rate: float,
    density: Curve,
    mean_below: Curve,
    second_moment: float,
    largest: float,
    panels: int = 512,
) -> float:
    """Return the mean waiting time of M/G/1 SJF without preemption.

    E[W(x)] = W0 / (1 - rho(x))^2 averaged over the sizes x (Phipps, Operations Research 4:76-85,
    1956). `density(x)` is that of the work and `mean_below(x)` the integral of t f(t) from 0 to x,
    both of arrays; the integral up to `largest` is by Gauss-Legendre on `panels` equal parts.
    """
    import numpy as np

    _stable(arrival_rate * float(mean_below(np.array([largest]))[0]))
    nodes, weights = np.polynomial.legendre.leggauss(16)
    width = largest / panels
    sizes = (np.arange(panels)[:, None] + (nodes + 1) / 2) * width
    waits = density(sizes) / (1 - arrival_rate * mean_below(sizes)) ** 2
    residual = arrival_rate * second_moment / 2
    return residual * float((waits @ weights).sum()) * width / 2


def mm1_shortest_job_first(arrival_rate: float, service_rate: float) -> float:
    """Return the mean waiting time of M/M/1 SJF without preemption (Phipps 1956)."""
    import numpy as np

    def density(size: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return service_rate * np.exp(-service_rate * size)

    def mean_below(size: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (1 - np.exp(-service_rate * size) * (1 + service_rate * size)) / service_rate

    negligible = 50 / service_rate  # exp(-50) = 2e-22 of the tasks are larger
    return shortest_job_first(arrival_rate, density, mean_below, 2 / service_rate**2, negligible)


def supermarket(load: float, choices: int) -> float:
    """Return the mean time in the system, in mean works, where each task joins the shortest of so
    many queues drawn at random: the sum over i >= 1 of load^((d^i - d) / (d - 1)).

    Of infinitely many servers, with exponential work. Source: Vvedenskaya, Dobrushin & Karpelevich
    1996; Mitzenmacher, The Power of Two Choices, IEEE TPDS 12(10), 2001.
    """
    _stable(load)
    total, power = 0.0, 0
    while (term := load**power) > 1e-18 * total:
        total += term
        power = power * choices + choices
    return total


def jain_index(shares: npt.ArrayLike) -> float:
    """Return the fairness index (sum x)^2 / (n sum x^2): 1 for equal shares, 1/n where one has all.

    Jain, Chiu and Hawe, DEC-TR-301, 1984. Raises InputError where no share is above 0.
    """
    import numpy as np

    values = np.asarray(shares, dtype=np.float64)
    squares = float(values @ values)
    if not squares:
        raise InputError(_("a fairness index needs at least one share above 0"))
    return float(values.sum()) ** 2 / (len(values) * squares)


def _residual_work(each: PriorityClass) -> float:
    return each.arrival_rate * each.second_moment / 2


def _cumulative_loads(classes: Sequence[PriorityClass]) -> list[float]:
    """Return the load of the classes above each one, and of all of them at the end."""
    loads = [0.0]
    for each in classes:
        loads.append(loads[-1] + each.arrival_rate * each.mean_work)
    _stable(loads[-1])
    return loads


def _stable(utilization: float) -> float:
    if not 0 <= utilization < 1:
        raise InputError(
            _("no steady state: the load {load:g} of each server must be below 1").format(
                load=utilization
            )
        )
    return utilization
