"""Summaries and explanations of distributed data: what was read, lost, distributed, waited for."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from aio_sim import Run, Scenario, simulate
from aio_sim.analysis.explanation import explain
from aio_sim.report.terminal import print_summary

HOSTS = """
name: data
hosts: [{name: n, count: 4, disk: {size: 1GB, read: 200MB/s, write: 200MB/s},
         network: {bandwidth: 1Gbps}}]
"""


def run(more: str) -> Run:
    return simulate(Scenario.from_text(HOSTS + more), level="full")


def summary(run: Run, width: int = 80) -> str:
    console = Console(file=StringIO(), width=width, color_system=None)
    print_summary(run.trace, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


SPREAD = "distributions: [{name: model, size: 125MB, from: n-0, to: 'n-*', scheme: tree}]\n"


def test_a_distribution_is_told_beside_its_closed_form() -> None:
    text = summary(run(SPREAD))
    assert "model          tree             3 / 3         2             2             2" in text
    assert "distribution.model" not in text


def test_who_got_nothing_is_told_with_the_reason() -> None:
    text = summary(run(SPREAD + "failures: [{host: n-3, at: 0.5}]"))
    assert "n-3 did not get model: there is no way from n-2 to n-3" in text
    assert "2 / 3" in text


def test_what_an_adversary_read_is_shown() -> None:
    taps = "adversaries: [{kind: eavesdropper, link: n-1-switch}]\n"
    told = summary(run(SPREAD + taps))
    assert "eavesdropper" in told
    assert "read on n-1-switch: n-" in told
    hidden = summary(run(SPREAD + taps + "encryption: aes"))
    assert "eavesdropper" in hidden
    assert "read on" not in hidden


FILES = (
    "file_system: {{replication: 1, files: [{{path: /a, count: {count}, size: 1KiB}}],"
    " steps: {steps}}}"
)


@pytest.mark.parametrize(
    ("at", "told", "more"),
    [
        ("1s", "/a-0 was out of reach: block 0\n", "4 more were out of reach"),
        ("1h", "/a-0 is lost: block 0\n", "4 more are lost"),
    ],
)
def test_files_that_are_lost_are_named_and_many_counted(at: str, told: str, more: str) -> None:
    """Until the name node takes the nodes for dead, they only do not answer."""
    steps = f"[{{do: fail, node: 'n-*', disk_lost: true}}, {{do: get, path: '/*', at: {at}}}]"
    text = summary(run(FILES.format(count=9, steps=steps)))
    assert told in text
    assert more in text


def test_explanations_tell_transfers_steps_and_what_a_task_waits_for() -> None:
    steps = "[{do: get, path: '/*', client: n-2, at: 1}, {do: delete, path: /none, at: 2}]"
    load = "\nworkload: [{kind: list, tasks: [{id: t, work: 1, reads: /a-0}]}]"
    lines = "\n".join(explain(run(FILES.format(count=1, steps=steps) + load).trace))
    assert "t waits for its input, which is there after" in lines
    assert "get /a-0 to n-2 begins" in lines
    assert "get /a-0 to n-2 has ended after" in lines
    assert "/none: there is no 'none' in /" in lines
