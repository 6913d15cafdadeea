"""A comparison for people and for programs."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from aio_sim.analysis.comparison import Comparison, Variant
from aio_sim.analysis.statistics import Interval, confidence_interval, paired_difference
from aio_sim.report.comparison import comparison_result, print_comparison

SAMPLES = {"fcfs": [10.0, 12.0, 11.0], "sjf": [7.0, 9.5, 8.0], "lifo": [10.0 + 1e-12, 12.0, 11.0]}


def comparison(replications: int = 3) -> Comparison:
    first = SAMPLES["fcfs"][:replications]
    variants = tuple(
        Variant(
            {"scheduler.policy": name},
            {"waiting.mean": samples[:replications]},
            {"waiting.mean": confidence_interval(samples[:replications])},
            {}
            if name == "fcfs"
            else {"waiting.mean": paired_difference(samples[:replications], first)},
        )
        for name, samples in SAMPLES.items()
    )
    return Comparison("load", 4, replications, variants)


def printed(what: Comparison, width: int = 80, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    print_comparison(what, Console(file=file, width=width, highlight=False))
    return [line.rstrip() for line in raw.getvalue().decode(encoding).splitlines()]


def test_the_whole_page() -> None:
    assert printed(comparison()) == [
        "load: 3 variants, 3 replications, seeds from 4 on",
        "varied: scheduler.policy",
        "",
        "waiting.mean            mean          difference",
        "────────────────────────────────────────────────",
        "fcfs              11 ± 2.484",
        "sjf            8.167 ± 3.126   -2.833 ± 0.7171 *",
        "lifo              11 ± 2.484               0 ± 0",
        "",
        "difference: to the first variant, seed by seed",
        "±: 95 % confidence interval, *: it leaves 0 out",
    ]


def test_one_replication_shows_no_spread() -> None:
    lines = printed(comparison(1))
    assert lines[0] == "load: 3 variants, 1 replication, seed 4"
    assert not any("±" in line for line in lines)
    assert lines[6].split() == ["sjf", "7", "-3"]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_it_fits_any_width_and_encoding(width: int, encoding: str) -> None:
    lines = printed(comparison(), width, encoding)
    assert max(map(len, lines)) <= width
    assert any("sjf" in line for line in lines)


def test_the_json_is_the_documented_object() -> None:
    found = json.loads(json.dumps(comparison_result(comparison()), allow_nan=False))
    assert set(found) == {"schema", "scenario", "seed", "replications", "variants"}
    assert found["schema"] == "aio-sim/compare/v1"
    first, second, _third = found["variants"]
    assert first["values"] == {"scheduler.policy": "fcfs"}
    assert first["difference"] == {}
    assert set(second["difference"]["waiting.mean"]) == {"mean", "low", "high"}
    assert first["metrics"]["waiting.mean"]["mean"] == 11


def test_no_spread_is_null_in_json() -> None:
    found = comparison_result(comparison(1))
    assert found["variants"][0]["metrics"]["waiting.mean"] == {
        "mean": 10,
        "low": None,
        "high": None,
    }


def test_a_metric_that_no_variant_has_is_left_out() -> None:
    one = Variant({"a": 1}, {}, {"makespan": Interval(1, None, None)}, {})
    lines = printed(Comparison("load", 0, 1, (one,), ("makespan", "waiting.mean")))
    assert not any("waiting.mean" in line for line in lines)
