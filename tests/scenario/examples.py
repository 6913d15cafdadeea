"""Scenarios that the tests share."""

from __future__ import annotations

TEXTBOOK = """\
name: textbook
hosts: [{name: h1, cores: 1, memory: 1GiB}]
scheduler: {policy: rr, quantum: 4}
workload:
  - kind: list
    tasks:
      - {id: P1, arrival: 0, work: 24}
      - {id: P2, arrival: 0, work: 3, priority: 1}
"""

LOAD = """\
name: load
hosts: [{name: h, count: 100, cores: 8, memory: 64GiB}]        # h-0 ... h-99
scheduler: {policy: sjf}
dispatch: {policy: round_robin}                                 # which machine a task goes to
workload:
  - {kind: poisson, rate: 640, count: 100000, work: {kind: exponential, mean: 1}}
  - {kind: batch, at: 0, count: 1000, work: {kind: uniform, low: 10, high: 100}}
"""

REPLAY = """\
name: replay
hosts: [{name: cluster, cores: 128, memory: 1TiB}]
allocation: {policy: fcfs, backfill: none}                      # the resource manager's queue
workload:
  - {kind: trace, format: swf, path: log.swf.gz}
"""


def textbook(**fields: str) -> str:
    """Return the textbook's scenario with top-level fields replaced, or taken out where empty.

    Every value is YAML in one line.
    """
    parts = {
        "name": "textbook",
        "hosts": "[{name: h1}]",
        "scheduler": "{policy: rr, quantum: 4}",
        "workload": "[{kind: list, tasks: [{id: P1, work: 24}, {id: P2, work: 3}]}]",
    } | fields
    return "".join(f"{name}: {value}\n" for name, value in parts.items() if value)
