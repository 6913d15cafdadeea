from __future__ import annotations

import json

import pytest

from aio_sim.cli import main
from aio_sim.cli.compare import split_values

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b,c", ["a", "b", "c"]),
        ("a", ["a"]),
        ("4ms, 20ms", ["4ms", " 20ms"]),
        ("[1,2],[3]", ["[1,2]", "[3]"]),
        ("{mean: 1, kind: exponential},2", ["{mean: 1, kind: exponential}", "2"]),
        ("'a,b',\"c,d\"", ["'a,b'", '"c,d"']),
        ("a,,b", ["a", "", "b"]),
    ],
)
def test_values_are_parted_by_commas_outside_brackets_and_quotes(
    text: str, values: list[str]
) -> None:
    assert split_values(text) == values


def compare(*arguments: str) -> int:
    return main(["compare", "stallings-five", *arguments])


def test_the_variants_are_those_of_the_textbook(capsys: Captured) -> None:
    assert compare("--vary", "scheduler.policy=fcfs,sjf,srtf", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    result = json.loads(out)
    means = {
        variant["values"]["scheduler.policy"]: variant["metrics"]["turnaround.mean"]["mean"]
        for variant in result["variants"]
    }
    assert means == pytest.approx({"fcfs": 8.6, "sjf": 7.6, "srtf": 7.2})


def test_several_fields_make_every_combination(capsys: Captured) -> None:
    vary = ["--vary", "scheduler.policy=fcfs,sjf", "--vary", "hosts.0.cores=1,2,3"]
    assert compare(*vary, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["variants"]) == 6


def test_the_table_has_the_metrics_asked_for(capsys: Captured) -> None:
    vary = ["--vary", "scheduler.policy=fcfs,sjf"]
    assert compare(*vary, "--metric", "makespan", "--metric", "waiting.max") == 0
    out = capsys.readouterr().out
    assert "makespan" in out
    assert "waiting.max" in out
    assert "throughput" not in out


FCFS_AND_RR = ["--vary", "scheduler.policy=fcfs,rr"]


def test_an_option_goes_to_those_of_the_varied_policies_that_have_it(capsys: Captured) -> None:
    assert compare(*FCFS_AND_RR, "--set", "scheduler.quantum=1", "--json") == 0
    found = json.loads(capsys.readouterr().out)["variants"]
    means = [variant["metrics"]["turnaround.mean"]["mean"] for variant in found]
    assert means == pytest.approx([8.6, 10.8])  # Stallings, 9th ed., table 9.5


def test_an_option_that_none_of_the_varied_policies_has_is_an_error(capsys: Captured) -> None:
    vary = ["--vary", "scheduler.policy=fcfs,sjf"]
    assert compare(*vary, "--set", "scheduler.quantum=1") == 2
    said = "error: --set scheduler.quantum: policy 'fcfs' has no option 'quantum'"
    assert capsys.readouterr().err.startswith(said)


def test_a_variant_that_lacks_an_option_is_named_with_the_remedy(capsys: Captured) -> None:
    assert compare(*FCFS_AND_RR) == 2
    assert capsys.readouterr().err == (
        "error: --vary scheduler.policy=rr: scheduler.quantum is required; "
        "give it with --set scheduler.quantum=...\n"
    )


def test_what_the_file_says_of_a_policy_is_there_for_the_variants_that_have_it() -> None:
    vary = ["--vary", "scheduler.quantum=1,4", "--vary", "scheduler.policy=rr,priority"]
    assert main(["compare", "silberschatz-rr", *vary, "--json"]) == 0
    vary = ["--vary", "scheduler.policy=fcfs,rr"]
    assert main(["compare", "silberschatz-rr", *vary, "--json"]) == 0


@pytest.mark.parametrize(
    "vary", ["scheduler.polcy=a,b", "hosts.0.cores=0", "hosts.9.cores=1", "scheduler.policy=x"]
)
def test_what_is_wrong_with_a_varied_value_is_said_of_vary(vary: str, capsys: Captured) -> None:
    assert compare("--vary", vary) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: --vary {vary.partition('=')[0]}: ")
    assert "--set" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--vary"),
        (["--vary", "scheduler.policy"], "PATH=A,B,C"),
        (["--vary", "=fcfs"], "PATH=A,B,C"),
        (["--vary", "scheduler.policy=fcfs,,sjf"], "PATH=A,B,C"),
        (["--vary", "scheduler.policy="], "PATH=A,B,C"),
        (["--vary", "scheduler.policy=fcfs,sjff"], "'sjf'"),
        (["--vary", "schedular.policy=fcfs"], "'scheduler'"),
        (["--vary", "hosts.0.cores=1", "--vary", "hosts.0.cores=2"], "twice"),
        (["--vary", "hosts.0.cores=1,2", "--metric", "waiting.meen"], "'waiting.mean'"),
        (["--vary", "hosts.0.cores=1,2", "--replications", "0"], "--replications"),
    ],
)
def test_what_cannot_be_compared_is_said_with_the_nearest_name(
    arguments: list[str], told: str, capsys: Captured
) -> None:
    assert compare(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


def test_an_interrupt_keeps_the_replications_that_are_done(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    from aio_sim import simulation

    simulate, calls = simulation.simulate, []

    def interrupted(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) > 5:
            raise KeyboardInterrupt
        return simulate(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(simulation, "simulate", interrupted)
    assert compare("--vary", "scheduler.policy=fcfs,sjf", "--replications", "9", "--json") == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["replications"] == 2
    assert "interrupted" in err
