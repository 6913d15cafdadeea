"""Effective access time: what an access costs on average, in any one unit of time."""

from __future__ import annotations


def effective_access_time(
    hit_ratio: float, memory: float, look_up: float = 0.0, levels: int = 1
) -> float:
    """Return the mean time of an access through a TLB with that hit ratio.

    Every access pays the `look_up` and one access to `memory`; a miss pays one more to each of the
    `levels` of the page table. Silberschatz, Galvin and Gagne, Operating System Concepts, 9.3.2;
    the look-up counted as in the editions up to the 8th.
    """
    return look_up + memory + (1 - hit_ratio) * levels * memory


def demand_paging_time(fault_rate: float, memory: float, fault: float) -> float:
    """Return the mean time (1 - p) m + p f of an access of which the share p faults.

    Silberschatz, Galvin and Gagne, Operating System Concepts, 10.2.3.
    """
    return (1 - fault_rate) * memory + fault_rate * fault
