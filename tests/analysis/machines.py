"""Small scenarios with virtual machines, whose ends can be worked out by hand."""

from __future__ import annotations

from functools import cache

from aio_sim import Scenario, simulate
from aio_sim.kernel.trace import Trace

LIFE = """
name: life
hosts: [{name: h1, cores: 1, memory: 8GiB}]
vms:
  - name: vm
    booted: true
    memory: 1GiB
    steps: [{at: 1, do: pause}, {at: 3, do: resume}, {at: 9, do: destroy}]
  - {name: wide, cores: 2, memory: 1GiB}
workload: [{kind: list, tasks: [{id: A, arrival: 0, work: 2}]}]
"""
"""A machine that is paused from 1.01 s to 3.01 s, and one that the host refuses."""

TWO_LEVELS = """
name: two-levels
hosts: [{name: h1, cores: 2, memory: 8GiB}]
vmm: {overcommit: {cores: 4}}
vms: [{name: vm, count: 3, booted: true, memory: 1GiB}]
workload: [{kind: batch, count: 6, work: 1}]
"""
"""Three virtual cores on two cores, two tasks on each."""

LIMITED = """
name: limited
hosts: [{name: h1, cores: 1, memory: 8GiB}]
vms: [{name: vm, booted: true, memory: 1GiB, limit: {cores: 0.5}}]
workload: [{kind: list, tasks: [{id: A, arrival: 0, work: 0.098}]}]
"""
"""Half a core: 50 ms of every 100 ms. A guest runs at 98 % of the speed of an ESXi host."""

FAULTING = """
name: faulting
hosts:
  - name: h1
    cores: 1
    memory: 1GiB
    disk: {size: 1TB, read: 500MB/s, write: 500MB/s, latency: 100us}
vms:
  - name: vm
    booted: true
    memory: {size: 8KiB, allocation: paging, page_size: 4KiB}
workload:
  - {kind: batch, count: 1, work: 0.004, locality: {kind: sequential, pages: 3}}
"""
"""Three pages in two frames."""

MOVING = """
name: moving
hosts:
  - {name: h1, cores: 2, memory: 4GiB, network: {bandwidth: 8Gbps}}
  - {name: h2, cores: 2, memory: 4GiB, network: {bandwidth: 8Gbps}}
  - {name: h3, cores: 2, memory: 512MiB, network: {bandwidth: 8Gbps}}
vms:
  - name: vm
    host: h1
    booted: true
    memory: 1GB
    steps: [{at: 1, do: migrate, to: h2, method: cold}, {at: 4, do: migrate, to: h3}]
copies: [{at: 5, name: disk, size: 1MB, from: h1, to: h2}]
workload: [{kind: list, tasks: [{id: A, arrival: 0, work: 1.96}]}]
"""
"""A machine of 10^9 bytes over a link of as many a second, and then to a host without room."""


@cache
def trace_of(text: str) -> Trace:
    """Return the full trace of a scenario."""
    return simulate(Scenario.from_text(text), level="full", audit=True).trace
