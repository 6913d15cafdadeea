"""Containers that wait for others before they start."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from aio_sim import Run, Scenario, simulate
from aio_sim.kernel.errors import ScenarioError


def run(*containers: dict[str, Any], programs: tuple[dict[str, Any], ...] = ()) -> Run:
    """Return a run of containers on one host, ten seconds long."""
    fields: dict[str, Any] = {
        "name": "order",
        "hosts": [{"name": "h", "cores": 4, "memory": "8GiB"}],
        "containers": [{"image": "app", **each} for each in containers],
        "until": 10,
        "workload": [{"kind": "batch", "on": "web", "count": 1, "work": 1}],
    }
    if programs:
        fields["programs"] = list(programs)
    return simulate(Scenario.from_text(yaml.safe_dump(fields)), audit=True)


def job(code: int) -> dict[str, Any]:
    """Return a program that computes for a second, and ends with a code."""
    steps = [{"do": "compute", "work": 1}, {"do": "exit", "code": code}]
    return {"name": "job", "steps": steps}


def served_at(found: Run) -> float:
    """Return when the one request is begun."""
    return float(found.tasks["start"][0])


def test_a_container_starts_once_others_have_run_for_so_long() -> None:
    alone = served_at(run({"name": "web"}))
    after = {"name": "web", "after": [{"container": "db", "delay": 3}]}
    found = run(after, {"name": "db", "count": 2})
    assert served_at(found) == pytest.approx(2 * alone + 3)
    assert found.metrics["container.db.ready"] == found.metrics["container.db.replicas"] == 2


def test_a_container_starts_once_another_has_completed() -> None:
    alone = served_at(run({"name": "web"}))
    after = {"name": "web", "after": [{"container": "setup", "state": "completed"}]}
    found = run(after, {"name": "setup", "program": "job"}, programs=(job(0),))
    assert served_at(found) == pytest.approx(2 * alone + 1)


def test_a_container_whose_predecessor_fails_is_given_up_and_says_why() -> None:
    after = {"name": "web", "after": [{"container": "setup", "state": "completed"}]}
    found = run(after, {"name": "setup", "program": "job"}, programs=(job(1),))
    assert found.metrics["tasks.failed"] == 1
    assert found.metrics["container.web.ready"] == 0
    told = found.trace.meta["containers"]["web"]["refusal"]
    assert told == "setup failed, which it waits for"


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("wep", "there is no container 'wep'; did you mean 'web'?"),
        ("web", "waits for itself in a circle: web -> web"),
    ],
)
def test_an_order_that_cannot_be_is_refused(after: str, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        run({"name": "web", "after": [{"container": after}]})
    assert told in str(caught.value)
