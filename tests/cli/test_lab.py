"""`aio-sim lab` as a student types it: questions, answers, JSON, and errors that help."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aio_sim.cli import main

Captured = pytest.CaptureFixture[str]

EXAMPLES = {
    "paging": "paging --policy lru --frames 3 --reference 7,0,1,2,0,3",
    "translate": "translate --page-size 1KiB --address-space 16KiB --table 0:24,3:12 "
    "--addresses 13189,3100",
    "segments": "segments --address-space 128 --segment 0:20:up --segment 512:20:down "
    "--addresses 108,97",
    "allocate": "allocate --fit best --base 1000 --size 100 --operations +20,+30,-0,+8",
    "switch": "switch --vector-use 0.3",
    "throttle": "throttle --quota 20ms --period 100ms --work 50ms",
    "autoscale": "autoscale --replicas 3 --metric 90 --target 50",
    "machines": "machines --profile esxi --cores 2 --memory 8GiB "
    "--machine 1:2GiB:2000,1:4GiB:1000:0.5,1:2GiB:1000,1:2GiB:1000 --machine 2:4GiB:1000:0:0.5",
    "schedule": "schedule --policy rr --quantum 4 --tasks P1:0:24,P2:0:3,P3:0:3",
    "memory": "memory --fixed 256MiB --room 1GiB --operations web+100MiB,cache+200MiB,job+160MiB",
    "container": "container --profile docker --bandwidth none --work 3 --code 1 "
    "--restart on-failure --retries 2 --removed 30",
    "distribute": "distribute --size 1GiB --targets 7 --pieces 16",
    "replicas": "replicas --nodes 6 --racks 2 --blocks 3 --redundancy 2 --fail node-0,node-1",
    "assign": "assign --rule lpt --machines 3 --tasks a:5,b:5,c:4,d:4,e:3,f:3,g:3",
    "query": "query --books 300 --question index",
    "backup": "backup --strategy incremental --day 12 --damaged 10",
    "shares": "shares --cores 4 --machine 2000,1000:1,1000::0.5 --machine 1000:::4,1000:0:3:8",
    "machine": "machine --profile esxi --profile virtualbox --cores 2 --memory 4GiB --image 20GB "
    "--steps create,boot,pause,resume,snapshot,shut_down,destroy",
    "processes": "processes --steps 'spawn 1 web,fork 2,exit 3 4,wait 2,exit 2'",
}
DRAWN = [*EXAMPLES, "compress", "decompress"]
MORE = "The same command with --explain shows the answer.\n"


def lab(arguments: str, capsys: Captured, code: int = 0) -> tuple[str, str]:
    """Return what the command prints on stdout and stderr."""
    assert main(["lab", *shlex.split(arguments)]) == code
    out, err = capsys.readouterr()
    return out, err


def answer(arguments: str, capsys: Captured) -> dict[str, Any]:
    out, err = lab(f"{arguments} --json", capsys)
    assert err == ""
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_paging_has_the_documented_fields(capsys: Captured) -> None:
    assert answer(EXAMPLES["paging"], capsys) == {
        "hits": 1,
        "faults": 5,
        "steps": [
            {"page": 7, "hit": False, "evicted": None, "frames": [7]},
            {"page": 0, "hit": False, "evicted": None, "frames": [7, 0]},
            {"page": 1, "hit": False, "evicted": None, "frames": [7, 0, 1]},
            {"page": 2, "hit": False, "evicted": 7, "frames": [2, 0, 1]},
            {"page": 0, "hit": True, "evicted": None, "frames": [2, 0, 1]},
            {"page": 3, "hit": False, "evicted": 1, "frames": [2, 0, 3]},
        ],
    }


def test_translate_has_the_documented_fields(capsys: Captured) -> None:
    assert answer(EXAMPLES["translate"], capsys) == {
        "translations": [
            {"virtual": 13189, "physical": None, "reason": "not_mapped"},
            {"virtual": 3100, "physical": 12316, "reason": None},
        ]
    }


def test_segments_has_the_documented_fields(capsys: Captured) -> None:
    assert answer(EXAMPLES["segments"], capsys) == {
        "translations": [
            {"virtual": 108, "physical": 492, "reason": None},
            {"virtual": 97, "physical": None, "reason": "beyond_limit"},
        ]
    }


def test_allocate_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(f"{EXAMPLES['allocate']} --operations +90", capsys)
    assert found == {
        "operations": [
            {"operation": "+20", "address": 1000},
            {"operation": "+30", "address": 1020},
            {"operation": "-0", "address": 1000},
            {"operation": "+8", "address": 1000},
            {"operation": "+90", "address": None},
        ],
        "free": [[1008, 12], [1050, 50]],
    }


def test_switch_has_the_documented_fields(capsys: Captured) -> None:
    found = answer("switch --vector-use 0.3 --switches 100", capsys)
    assert list(found["strategies"]) == ["fast", "precise"]
    assert found["strategies"]["precise"]["mean_ns"] == 343
    assert found["break_even"] == pytest.approx(193 / 364)
    only = answer("switch --vector-use 0.3 --strategy precise", capsys)
    assert list(only["strategies"]) == ["precise"]


def test_throttle_has_the_documented_fields(capsys: Captured) -> None:
    found = {"finish": 0.21, "periods": 3, "throttled": 0.16}
    assert answer(EXAMPLES["throttle"], capsys) == found
    late = answer(f"{EXAMPLES['throttle']} --threads 2 --start 10ms", capsys)
    assert late == {"finish": 0.205, "periods": 3, "throttled": 0.17}


def test_machines_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(EXAMPLES["machines"], capsys)
    assert [each["cores"] for each in found["machines"]] == [0.75, 0.5, 0.375, 0.375, 0]
    assert [each["refused"] for each in found["machines"]] == [None] * 4 + ["overcommit"]
    assert found["machines"][0]["memory"] == 2 * 2**30
    assert list(found["machines"][0]) == ["refused", "cores", "memory", "overhead"]
    assert (found["consolidation"], found["overcommit"]) == (4, {"cores": 2, "memory": 1.25})
    other = EXAMPLES["machines"].replace("esxi", "virtualbox")
    assert answer(other, capsys)["consolidation"] == 3
    assert answer(f"{other} --overcommit-memory 2", capsys)["consolidation"] == 4


def test_shares_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(EXAMPLES["shares"], capsys)
    assert list(found) == ["machines", "consolidation", "overcommit", "steps"]
    assert [each["entitled"] for each in found["machines"]] == [1, 1, 0.5, 1.5, 0]
    assert [each["refused"] for each in found["machines"]] == [None] * 4 + ["too_large"]
    assert (found["consolidation"], found["overcommit"]) == (4, 1.75)
    assert found["steps"][0] == {"level": 0, "entitled": [0, 1, 0, 0, 0]}
    assert found["steps"][-1] == {"level": 0.0015, "entitled": [1, 1, 0.5, 1.5, 0]}


def test_shares_of_memory_have_balloons(capsys: Captured) -> None:
    command = "shares --memory 6GiB --machine 1000:::4GiB:1GiB,1000,3000:0:1GiB --overcommit 2"
    found = answer(f"{command} --idle-tax 0.5", capsys)
    assert [each["balloon"] for each in found["machines"]] == [2 * 2**30, 2**30, 3 * 2**30]
    assert [each["entitled"] for each in found["machines"]] == [2 * 2**30, 3 * 2**30, 2**30]
    assert [each["machine"] for each in found["changes"]] == [1, 0, 2]
    assert found["changes"][-1]["change"] == 2**30
    assert sum(each["change"] for each in found["changes"]) == 0


def test_machine_has_the_documented_fields(capsys: Captured) -> None:
    found = answer(EXAMPLES["machine"], capsys)
    assert [life["profile"] for life in found["lives"]] == ["esxi", "virtualbox"]
    assert list(found["lives"][0]) == ["profile", "overhead", "time", "steps"]
    states = ["off", "running", "paused", "running", "running", "off", "destroyed"]
    for life in found["lives"]:
        assert [step["state"] for step in life["steps"]] == states
        assert life["time"] == pytest.approx(sum(step["time"] for step in life["steps"]))
    create = {"stage": "creation", "fixed": 0.1, "disk": 0, "core": 0, "time": 0.1}
    first = found["lives"][0]["steps"][0]
    assert first == {"step": "create", "state": "off", "time": 0.1, "stages": [create]}
    slow = answer(f"{EXAMPLES['machine']} --disk 55MB/s:52MB/s:1ms", capsys)["lives"][0]
    assert slow["steps"][1]["stages"][2]["disk"] == pytest.approx(0.001 + 560 / 55 * 52 / 49)


def test_autoscale_has_the_documented_fields(capsys: Captured) -> None:
    assert answer(EXAMPLES["autoscale"], capsys) == {"desired": 6, "reason": "scale_up"}
    bounded = answer(f"{EXAMPLES['autoscale']} --max 5", capsys)
    assert bounded == {"desired": 5, "reason": "max_replicas"}
    tolerant = answer(f"{EXAMPLES['autoscale']} --tolerance 0.8", capsys)
    assert tolerant == {"desired": 3, "reason": "within_tolerance"}
    slow = answer(f"{EXAMPLES['autoscale']} --up 1/60s,50%/60s --changes 30s:+1", capsys)
    assert slow == {"desired": 3, "reason": "rate_limited"}
    held = "autoscale --replicas 8 --metric 100m --target 0.5 --history 60s:6 --stabilization 2min"
    assert answer(held, capsys) == {"desired": 6, "reason": "stabilized"}


def test_processes_has_the_documented_fields(capsys: Captured, tmp_path: Path) -> None:
    found = answer(EXAMPLES["processes"], capsys)
    assert list(found) == ["steps", "exit_code"]
    assert list(found["steps"][0]) == ["step", "returned", "happened", "processes"]
    assert [step["returned"] for step in found["steps"]] == [2, 3, None, 3, None]
    script = tmp_path / "script"
    steps = EXAMPLES["processes"].split("'")[1].split(",")
    script.write_text("# a life\n\n" + "\n".join(f"{step}  # a step" for step in steps))
    assert answer(f"processes --script {script}", capsys) == found


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_given_is_answered_at_once(name: str, capsys: Captured) -> None:
    out, err = lab(EXAMPLES[name], capsys)
    assert MORE not in out
    assert err == ""
    explained, _err = lab(f"{EXAMPLES[name]} --explain", capsys)
    assert explained.startswith(out)
    assert len(explained) > len(out)


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_is_asked_first_and_answered_when_asked(name: str, capsys: Captured) -> None:
    out, err = lab(f"{name} --seed 3", capsys)
    assert out.endswith(f"?\n{MORE}")
    assert err == ""
    assert lab(f"{name} --seed 3", capsys)[0] == out
    assert lab(f"{name} --seed 4", capsys)[0] != out
    explained, _err = lab(f"{name} --seed 3 --explain", capsys)
    assert MORE not in explained
    assert explained.startswith(out.rpartition("\n\n")[0])


@pytest.mark.parametrize("name", DRAWN)
def test_json_has_the_answer_and_the_problem_where_it_was_drawn(
    name: str, capsys: Captured
) -> None:
    found = answer(f"{name} --seed 3", capsys)
    assert found.pop("problem")
    assert found
    assert (
        "problem" not in answer(EXAMPLES.get(name, f"{name} --help"), capsys)
        if (name in EXAMPLES)
        else True
    )


@pytest.mark.parametrize("name", DRAWN)
def test_explanations_keep_out_of_the_json(name: str, capsys: Captured) -> None:
    out, err = lab(f"{name} --seed 3 --json --explain", capsys)
    assert json.loads(out)
    assert len(err.splitlines()) > 3


@pytest.mark.parametrize("arguments", [*EXAMPLES.values(), *DRAWN])
def test_every_line_fits_80_columns(arguments: str, capsys: Captured) -> None:
    out, _err = lab(f"{arguments} --explain", capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_a_quantum_is_seconds_in_json_whatever_its_unit(capsys: Captured) -> None:
    found = answer("schedule --policy rr --quantum 1500ms", capsys)
    assert found["problem"]["quantum"] == 1.5


def test_pieces_are_asked_for_only_by_schemes_that_send_them(capsys: Captured) -> None:
    out, _err = lab("distribute --scheme tree --size 1GB --targets 3", capsys)
    assert MORE not in out
    assert "piece" not in out
    out, _err = lab("distribute --scheme chain --size 1GB --targets 3", capsys)
    assert MORE in out


def test_lists_may_be_cut_into_several_options(capsys: Captured) -> None:
    whole = answer(EXAMPLES["paging"], capsys)
    cut = answer("paging --policy lru --frames 3 --reference 7,0 --reference 1,2,0,3", capsys)
    assert cut == whole


def test_addresses_may_be_hexadecimal(capsys: Captured) -> None:
    found = answer(
        "translate --page-size 4KiB --address-space 16KiB --table 0:12 --table 3:6 "
        "--addresses 0x3229",
        capsys,
    )
    assert found["translations"][0]["physical"] == 0x6229


def test_an_address_out_of_range_is_a_fault_and_no_error(capsys: Captured) -> None:
    out, _err = lab(f"{EXAMPLES['translate']} --addresses 16384", capsys)
    assert "outside the address space" in out
    found = answer(f"{EXAMPLES['segments']} --addresses 128", capsys)
    assert found["translations"][-1] == {
        "virtual": 128,
        "physical": None,
        "reason": "out_of_range",
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("paging --policy lur", "did you mean 'lru'"),
        ("paging --frames 0", "--frames"),
        ("paging --frames three", "--frames"),
        ("paging --reference 1,x", "--reference: expected whole numbers of 0 or more; got 'x'"),
        ("paging --reference -1", "--reference"),
        ("paging --reference 1,,2", "--reference: a value between commas is missing"),
        (f"paging --reference {'9' * 30}", "--reference"),
        ("translate --page-size 1000", "page size must be a power of two"),
        ("translate --address-space 100", "address space must be a power of two"),
        ("translate --page-size -1", "--page-size"),
        ("translate --page-size large", "--page-size"),
        ("translate --table 0-24", "--table: expected PAGE:FRAME"),
        ("translate --table 0:1,0:2", "page 0 is given twice"),
        ("translate --table 99:1", "pages go from 0 to 15"),
        ("segments --address-space 100", "power of two"),
        ("segments --segment 0:20", "BASE:LIMIT:GROWTH"),
        ("segments --segment 0:20:dwon", "did you mean 'down'"),
        ("segments --segment 0:-20:up", "--segment"),
        ("segments --segment 10:20:down", "cannot end"),
        ("allocate --fit bset", "did you mean 'best'"),
        ("allocate --operations 20", "neither"),
        ("allocate --operations -5", "no allocation 5"),
        (f"allocate --operations +{'9' * 5000}", "too large"),
        ("allocate --size 0", "at least 1"),
        ("allocate --base -1", "--base"),
        ("switch --strategy precice", "did you mean 'precise'"),
        ("switch --tlb flus", "did you mean 'flush'"),
        ("switch --vector-use 2", "--vector-use"),
        ("switch --vector-use nan", "--vector-use"),
        ("switch --switches 0", "--switches"),
        ("throttle --quota 20x --work 1ms", "--quota: unknown unit 'x'"),
        ("throttle --quota 0 --work 1ms", "at least 1 ns"),
        ("throttle --quota 1ms --work 1ms --period 0", "at least 1 ns"),
        ("throttle --quota 1ms --work 0", "must be positive"),
        ("throttle --quota 3ns --work 1ms --threads 4", "too little for 4"),
        ("machines --profile exsi", "did you mean 'esxi'"),
        ("machines --machine 1:2GiB", "expected CORES:MEMORY:SHARES"),
        ("machines --machine 1:2GiX:1", "--machine: unknown unit 'GiX'"),
        ("machines --machine 0:2GiB:1", "must be above 0"),
        ("machines --machine 1:1GiB:1:0:0", "must be above 0"),
        ("machines --machine 1:1GiB:1:2", "cannot reserve more cores"),
        ("machines --memory 0", "at least 1 core and 1 byte"),
        ("machines --overcommit-cores 0", "overcommit must be positive"),
        ("shares --cores 2 --memory 1GiB", "cannot be given together"),
        ("shares --cores 2 --idle-tax 0.5", "--idle-tax: only memory"),
        ("shares --cores 2 --machine 1000:0:1:1:1", "expected SHARES[:RESERVATION[:LIMIT[:CORES"),
        ("shares --memory 1GiB --machine 1:2:3:4:5:6", "SIZE[:ACTIVE"),
        ("shares --cores 2 --machine 0", "shares must be positive"),
        ("shares --cores 2 --machine :1", "--machine: expected whole numbers"),
        ("shares --cores 2 --machine 1000:x", "--machine: "),
        ("shares --cores 2 --machine 1000:2", "machine 0: it cannot reserve more"),
        ("shares --memory 1GiX", "--memory: unknown unit"),
        ("shares --cores 0", "--cores"),
        ("shares --memory 0", "something to divide"),
        ("shares --memory 1GiB --idle-tax 1", "idle memory tax"),
        ("shares --cores 1 --overcommit 0", "overcommit must be positive"),
        ("machine --profile exsi", "did you mean 'esxi'"),
        ("machine --profile esxi,esxi", "each profile can be given once"),
        ("machine --steps create,pause", "step 2, pause: a machine that is off by then cannot"),
        ("machine --steps create,bot", "did you mean 'boot'"),
        ("machine --memory 1GiX", "--memory: unknown unit"),
        ("machine --image 0", "an image of 1 byte"),
        ("machine --disk 1MB/s", "--disk: expected READ:WRITE:LATENCY"),
        ("machine --disk 1MB/s:0:1ms", "at least 1 byte a second"),
        ("machine --disk 1MX/s:1:1ms", "--disk: "),
        ("autoscale --metric 9O", "--metric: unknown suffix 'O'"),
        ("autoscale --target 0", "target of a metric must be above 0"),
        ("autoscale --target -5", "--target: expected a number of 0 or more"),
        ("autoscale --min 5 --max 4", "below the minimum"),
        ("autoscale --history 60s", "expected AGE:REPLICAS"),
        ("autoscale --history 60:x", "--history: expected whole numbers"),
        ("autoscale --up 4", "expected 4/15s or 100%/15s"),
        ("autoscale --up 0/15s", "a value and a period above 0"),
        ("autoscale --replicas 2 --not-ready 3", "of 2 replicas"),
        ("processes --steps 'frok 1'", "did you mean 'fork'"),
        ("processes --steps 'fork 1,,fork 1'", "--steps: a value between commas is missing"),
        ("processes --steps 'fork 5'", "step 1, fork 5: there is no process 5"),
        ("processes --steps 'fork 1' --script x", "cannot be given together"),
        ("processes --script no-such-file", "no-such-file: cannot be read"),
        ("processes --init reapr", "did you mean 'reaper'"),
        ("compress --algorithm lz87", "did you mean 'lz78'"),
        ("compress nowhere.txt", "nowhere.txt: cannot be read"),
        ("compress --output x", "there is no FILE"),
        ("compress . --output -", "cannot be read"),
        ("compress x --output - --json", "taken by --json"),
        ("compress --first 0", "--first"),
        ("pagin", "paging"),
    ],
)
def test_what_cannot_be_understood_is_said_and_exits_with_2(
    arguments: str, said: str, capsys: Captured
) -> None:
    out, err = lab(arguments, capsys, code=2)
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_without_a_name_the_labs_are_listed(capsys: Captured) -> None:
    out, err = lab("", capsys)
    assert err == ""
    assert all(name in out for name in DRAWN)


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "text"
    path.write_bytes(b"the rain in Spain stays mainly in the plain; " * 200)
    return path


@pytest.mark.parametrize("method", ["lz77", "lz78"])
def test_a_file_comes_back(method: str, text: Path, capsys: Captured) -> None:
    found = answer(f"compress --algorithm {method} text --output packed", capsys)
    assert list(found) == ["input_bytes", "output_bytes", "ratio", "tokens"]
    assert found["input_bytes"] == text.stat().st_size
    assert found["output_bytes"] == Path("packed").stat().st_size
    assert found["ratio"] == found["input_bytes"] / found["output_bytes"]
    back = answer("decompress packed --output back", capsys)
    assert back == found | {
        "input_bytes": found["output_bytes"],
        "output_bytes": found["input_bytes"],
    }
    assert Path("back").read_bytes() == text.read_bytes()


def test_tokens_are_shown_up_to_a_bound(text: Path, capsys: Captured) -> None:
    text.write_bytes(bytes(range(256)) * 3)
    found = answer("compress text --tokens", capsys)
    assert found["token_list"] == [{"byte": byte} for byte in range(50)]
    assert found["tokens"] == 257
    out, _err = lab("compress text --tokens --first 257 --output packed", capsys)
    assert "(256, 512)" in out
    assert "more" not in out
    out, _err = lab("decompress packed --tokens --first 3", capsys)
    assert "... and 254 more" in out


@pytest.mark.usefixtures("text")
def test_the_summary_compares_with_zlib_and_entropy(capsys: Captured) -> None:
    out, _err = lab("compress text --algorithm lz78", capsys)
    assert all(word in out for word in ("lz78", "zlib", "entropy", "c log2 c", "tokens"))


@pytest.mark.usefixtures("text")
def test_without_output_nothing_is_written(capsys: Captured) -> None:
    lab("compress text", capsys)
    assert list(Path().iterdir()) == [Path("text")]


@pytest.mark.usefixtures("text")
def test_a_target_that_exists_is_kept_unless_forced(capsys: Captured) -> None:
    target = Path("packed")
    target.write_text("mine")
    _out, err = lab("compress text --output packed", capsys, code=2)
    assert "packed: exists already" in err
    assert target.read_text() == "mine"
    lab("compress text --output packed --force", capsys)
    lab("decompress packed --output text --force", capsys)
    assert sorted(Path().iterdir()) == [Path("packed"), Path("text")]


@pytest.mark.parametrize(
    ("target", "said"), [("nowhere/x", "No such file"), ("folder", "is a folder")]
)
@pytest.mark.usefixtures("text")
def test_a_place_for_no_file_is_refused(target: str, said: str, capsys: Captured) -> None:
    Path("folder").mkdir()
    assert said in lab(f"compress text --output {target} --force", capsys, code=2)[1]


@pytest.mark.usefixtures("text")
def test_a_device_is_not_replaced(capsys: Captured) -> None:
    pipe = Path("pipe")
    os.mkfifo(pipe)
    assert "regular file" in lab("compress text --output pipe --force", capsys, code=2)[1]
    assert pipe.is_fifo()


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "empty", "text"])
def test_a_damaged_stream_exits_with_1_and_leaves_nothing(
    damage: str, text: Path, capsys: Captured
) -> None:
    lab("compress text --output packed", capsys)
    stream = Path("packed").read_bytes()
    middle = len(stream) // 2
    flipped = stream[:middle] + bytes([stream[middle] ^ 4]) + stream[middle + 1 :]
    damaged = {"cut": stream[:-9], "flipped": flipped, "longer": stream + b"x"}
    damaged |= {"empty": b"", "text": text.read_bytes()}
    Path("packed").write_bytes(damaged[damage])
    before = sorted(Path().iterdir())
    out, err = lab("decompress packed --output back", capsys, code=1)
    assert out == ""
    assert err.startswith("error: packed: ")
    assert sorted(Path().iterdir()) == before


def test_a_damaged_stream_leaves_an_older_file_as_it_was(text: Path, capsys: Captured) -> None:
    Path("packed").write_bytes(b"AIOZ")
    lab("decompress packed --output text --force", capsys, code=1)
    assert text.stat().st_size == 9000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.usefixtures("text")
def test_a_full_disk_is_a_failure_and_leaves_nothing(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r") -> Any:
        return open("/dev/full", "wb") if mode == "xb" else opened(path, mode)

    monkeypatch.setattr(Path, "open", full)
    _out, err = lab("compress text --output packed", capsys, code=1)
    assert "packed: cannot be written (No space left on device)" in err
    assert list(Path().iterdir()) == [Path("text")]


def test_standard_input_and_output_take_streams(text: Path) -> None:
    program = [
        sys.executable,
        "-c",
        "import sys; from aio_sim.cli import main; sys.exit(main())",
        "lab",
    ]
    packed = subprocess.run(
        [*program, "compress", "-", "--output", "-"],
        input=text.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert b"lz77" in packed.stderr
    back = subprocess.run(
        [*program, "decompress", "-", "--output", "-"],
        input=packed.stdout,
        capture_output=True,
        check=True,
    )
    assert back.stdout == text.read_bytes()


def test_an_empty_file_comes_back(text: Path, capsys: Captured) -> None:
    text.write_bytes(b"")
    found = answer("compress text --output packed", capsys)
    assert (found["input_bytes"], found["ratio"], found["tokens"]) == (0, 0, 0)
    assert "original" in lab("compress text --algorithm lz78", capsys)[0]
    lab("decompress packed --output back", capsys)
    assert Path("back").read_bytes() == b""


def test_help_of_a_lab_loads_nothing_heavy() -> None:
    code = (
        "import sys; from aio_sim.cli import main; main(['lab', 'paging', '--help']); "
        "print(*{'numpy', 'rich', 'simpy', 'yaml'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.split() == []


def test_standard_input_is_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"abc" * 100)))
    assert answer("compress -", capsys)["input_bytes"] == 300
