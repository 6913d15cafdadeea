"""What the page on scheduling says of round robin (docs/background/scheduling.md)."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aio_sim import Scenario, simulate
from aio_sim.analysis.replay import slices


@given(st.integers(2, 6), st.integers(1, 20), st.integers(0, 20))
def test_nobody_waits_longer_for_a_slice_than_the_others_take_and_that_long_it_may_be(
    n: int, quantum: int, switch: int
) -> None:
    scheduler = f"{{policy: rr, quantum: {quantum}, switch_cost: {switch}}}"
    work = f"[{{kind: batch, count: {n}, work: {5 * quantum}}}]"
    text = f"{{name: ring, hosts: [{{name: h}}], scheduler: {scheduler}, workload: {work}}}"
    run = simulate(Scenario.from_text(text), level="full")
    works: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for each in slices(run.trace):
        works[each.process].append((each.start + each.cost, each.end))
    gaps = {begin - end for own in works.values() for (_, end), (begin, _) in pairwise(own)}
    assert max(gaps) == ((n - 1) * quantum + n * switch) * 1_000_000_000
