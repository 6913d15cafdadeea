"""`aio-sim lab encrypt` and `aio-sim calibrate` as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aio_sim.cli import main
from aio_sim.codecs import calibration
from aio_sim.codecs.costs import costs_of_json

Captured = pytest.CaptureFixture[str]
MORE = "The same command with --explain shows the answer.\n"
FIPS = "--algorithm aes --key 2b7e151628aed2a6abf7158809cf4f3c --text"


def run(capsys: Captured, *arguments: str, code: int = 0) -> tuple[str, str]:
    assert main(list(arguments)) == code
    out, err = capsys.readouterr()
    return out, err


def lab(capsys: Captured, arguments: str, text: str | None = None, code: int = 0) -> str:
    given = [] if text is None else ["--text", text]
    out, err = run(capsys, "lab", "encrypt", *arguments.split(), *given, code=code)
    return err if code else out


def answer(capsys: Captured, arguments: str, text: str | None = None) -> dict[str, Any]:
    found = json.loads(lab(capsys, f"{arguments} --json", text))
    assert isinstance(found, dict)
    return found


def test_aes_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(capsys, "--algorithm aes --key 000102030405060708090a0b0c0d0e0f", "hello")
    assert list(found) == ["algorithm", "key", "block", "rounds", "ciphertext", "library"]
    assert found["block"] == b"hello".hex() + "0b" * 11
    assert found["library"]["block"] == found["ciphertext"]
    assert [each["round"] for each in found["rounds"]] == list(range(1, 11))
    steps = ["round", "start", "sub_bytes", "shift_rows", "mix_columns", "round_key"]
    assert list(found["rounds"][0]) == steps
    assert found["rounds"][9]["mix_columns"] is None
    gcm = found["library"]["gcm"]
    assert (gcm["opens"], gcm["altered_opens"]) == (True, False)


def test_rsa_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(capsys, "--algorithm rsa --primes 61,53 --exponent 17", "A")
    assert found["key"] == {
        "p": 61,
        "q": 53,
        "exponent": 17,
        "modulus": 3233,
        "lambda": 780,
        "private": 413,
    }
    assert found["ciphertext"] == [2790]
    assert found["decrypted"] == [65]
    assert found["euclid"][2] == {"quotient": 45, "remainder": 15, "x": 1, "y": -45}
    assert found["encrypting"][-1] == {"bit": 1, "squared": 789, "result": 2790}


@pytest.mark.parametrize("algorithm", ["aes", "rsa"])
def test_a_text_that_is_given_is_answered_at_once(algorithm: str, capsys: Captured) -> None:
    out = lab(capsys, f"--algorithm {algorithm}", "hello")
    assert MORE not in out
    explained = lab(capsys, f"--algorithm {algorithm} --explain", "hello")
    assert explained.startswith(out)
    assert max(len(line) for line in explained.splitlines()) <= 80


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_is_drawn_is_answered_when_asked(seed: int, capsys: Captured) -> None:
    out = lab(capsys, f"--seed {seed}")
    assert out.endswith(MORE)
    assert "problem" in answer(capsys, f"--seed {seed}")


def test_both_algorithms_are_drawn(capsys: Captured) -> None:
    drawn = {answer(capsys, f"--seed {seed}")["algorithm"] for seed in range(8)}
    assert drawn == {"aes", "rsa"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--algorithm ase", "did you mean 'aes'"),
        ("--algorithm aes --key 00", "expected 16 or 32 bytes"),
        ("--algorithm aes --key zz", "hexadecimal digits"),
        ("--algorithm aes --primes 61,53", "--primes and --exponent are for"),
        ("--algorithm rsa --key 00", "--key is for"),
        ("--algorithm rsa --primes 61", "expected two"),
        ("--algorithm rsa --primes 60,53", "60 is not a prime"),
        ("--algorithm rsa --primes 0,0", "0 is not a prime"),
        ("--algorithm rsa --primes 61,53 --exponent 15", "prime to 780"),
    ],
)
def test_a_request_that_makes_no_sense_exits_with_2(
    arguments: str, says: str, capsys: Captured
) -> None:
    assert says in lab(capsys, arguments, "x", code=2)


def test_more_than_rsa_takes_exits_with_1(capsys: Captured) -> None:
    err = lab(capsys, "--algorithm rsa", "x" * 191, code=1)
    assert "takes 190 bytes at most, not 191; kind 'hybrid' encrypts any number" in err


def test_calibrate_prints_json_and_writes_only_when_asked(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "REPETITIONS", 1)
    monkeypatch.chdir(tmp_path)
    out, _err = run(capsys, "calibrate", "--time", "1us", "--json")
    assert costs_of_json(json.loads(out)).streams
    assert not list(tmp_path.iterdir())
    out, _err = run(capsys, "calibrate", "--time", "1us", "--output", "speeds.json")
    assert "operations/s" in out
    written = json.loads((tmp_path / "speeds.json").read_text(encoding="utf-8"))
    assert costs_of_json(written).operations


@pytest.mark.parametrize("time", ["0", "-1s", "soon"])
def test_calibrating_for_no_time_exits_with_2(time: str, capsys: Captured) -> None:
    run(capsys, "calibrate", f"--time={time}", code=2)


def test_a_file_that_is_there_is_kept_before_anything_is_measured(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "calibrate", lambda _budget: pytest.fail("measured"))
    file = tmp_path / "speeds.json"
    file.write_text("mine", encoding="utf-8")
    _out, err = run(capsys, "calibrate", "--output", str(file), code=2)
    assert "--force" in err
    assert file.read_text(encoding="utf-8") == "mine"


def test_help_does_not_load_the_ciphers() -> None:
    program = (
        "import sys; from aio_sim.cli import main; main(['lab', 'encrypt', '--help']);"
        "print('cryptography' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
