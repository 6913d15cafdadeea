"""`aio-sim image`: what it makes and says, and what it refuses."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aio_sim.cli import main, progress
from tests.virtualization.images.conftest import scattered
from tests.virtualization.images.reference import KINDS, MIB, contents, put_u32

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that commands are given in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def data(folder: Path) -> Path:
    return scattered(folder / "data.raw", 5 * MIB)


def said(capsys: Captured, *arguments: str) -> Any:
    """Return the JSON that a command prints, which is all it prints."""
    capsys.readouterr()
    assert main(["image", *arguments, "--json"]) in (0, 1)
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_the_words_of_the_manual_work_as_they_stand(data: Path, capsys: Captured) -> None:
    assert main(["image", "create", "disk.vdi", "--size", "64MiB"]) == 0
    assert main(["image", "convert", "disk.vdi", "disk.vmdk", "--variant", "streamOptimized"]) == 0
    assert main(["image", "convert", "data.raw", "data.vdi"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(", ")[0] for line in lines] == [
        "disk.vdi: vdi dynamic, 64 MiB",
        "disk.vmdk: vmdk streamOptimized, 64 MiB",
        "data.vdi: vdi dynamic, 5 MiB",
    ]
    assert contents(Path("disk.vmdk")) == bytes(64 * MIB)
    assert contents(Path("data.vdi")) == data.read_bytes()


@pytest.mark.parametrize(("format", "variant"), KINDS)
def test_every_variant_is_made_checked_and_compared(
    data: Path, capsys: Captured, format: str, variant: str
) -> None:
    made = said(capsys, "convert", str(data), f"disk.{format}", "--variant", variant)
    assert (made["format"], made["variant"]) == (format, variant)
    assert made["virtual_size"] == 5 * MIB
    assert made == said(capsys, "info", f"disk.{format}")
    report = said(capsys, "check", f"disk.{format}")
    assert (report["ok"], report["faults"], report["variant"]) == (True, [], variant)
    same = {"same": True, "sizes": [5 * MIB] * 2, "first_difference": None}
    assert said(capsys, "compare", f"disk.{format}", str(data)) == same


def test_formats_can_be_given_where_suffixes_say_nothing(data: Path, capsys: Captured) -> None:
    data.rename("blob")
    assert main(["image", "convert", "blob", "image", "--source-format", "raw"]) == 2
    assert "suffix" in capsys.readouterr().err
    command = ["image", "convert", "blob", "image", "--source-format", "raw", "--format", "vmdk"]
    assert main(command) == 0
    assert said(capsys, "info", "image", "--format", "vmdk")["variant"] == "monolithicSparse"
    options = ("--format", "raw", "--other-format", "vmdk")
    assert said(capsys, "compare", "blob", "image", *options)["same"]


def test_layers_are_made_looked_through_and_merged(data: Path, capsys: Captured) -> None:
    main(["image", "convert", "data.raw", "base.vdi"])
    assert said(capsys, "snapshot", "base.vdi", "child.vdi")["parents"] == ["base.vdi"]
    assert said(capsys, "clone", "child.vdi", "linked.vdi", "--linked")["parents"] == [
        "child.vdi",
        "base.vdi",
    ]
    assert said(capsys, "clone", "linked.vdi", "full.vdi")["parents"] == []
    assert contents(Path("full.vdi")) == data.read_bytes()
    one, copy = said(capsys, "info", "base.vdi"), said(capsys, "copy", "base.vdi", "copy.vdi")
    assert one["identity"] == copy["identity"]


def test_a_disk_grows_at_will_and_shrinks_when_allowed(capsys: Captured) -> None:
    main(["image", "create", "disk.vmdk", "--size", "4MiB"])
    assert said(capsys, "resize", "disk.vmdk", "--size", "1TiB")["virtual_size"] == 1 << 40
    before = Path("disk.vmdk").read_bytes()[: 2 * MIB]
    assert main(["image", "resize", "disk.vmdk", "--size", "1MiB"]) == 2
    assert "shrink" in capsys.readouterr().err
    assert Path("disk.vmdk").read_bytes()[: 2 * MIB] == before
    shrunk = said(capsys, "resize", "disk.vmdk", "--size", "1MiB", "--shrink")
    assert shrunk["virtual_size"] == MIB


def test_the_same_seed_makes_the_same_bytes() -> None:
    for path in ("one/disk.vdi", "other/disk.vdi"):
        Path(path).parent.mkdir()
        assert main(["image", "create", path, "--size", "3MiB", "--seed", "7"]) == 0
    assert Path("one/disk.vdi").read_bytes() == Path("other/disk.vdi").read_bytes()


@pytest.mark.usefixtures("data")
def test_info_and_check_are_read_at_80_columns(capsys: Captured) -> None:
    main(["image", "convert", "data.raw", "disk.vdi"])
    main(["image", "snapshot", "disk.vdi", "child.vdi"])
    put_u32(Path("disk.vdi"), 512, 77)
    put_u32(Path("disk.vdi"), 516, 78)
    capsys.readouterr()
    assert main(["image", "check", "disk.vdi"]) == 1
    assert main(["image", "check", "child.vdi"]) == 1
    main(["image", "create", "flat.vmdk", "--size", "1TiB", "--variant", "monolithicFlat"])
    assert main(["image", "info", "flat.vmdk"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "disk.vdi: 2 faults" in lines
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("data")
def test_info_names_parents_and_identity(capsys: Captured) -> None:
    main(["image", "convert", "data.raw", "base.vdi"])
    main(["image", "snapshot", "base.vdi", "child.vdi"])
    capsys.readouterr()
    main(["image", "info", "child.vdi"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "child.vdi: vdi differencing"
    assert lines[2] == "disk      5 MiB (5,242,880 bytes)"
    assert lines[-1] == "parents   base.vdi"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "x.vdi"], "--size"),
        (["create", "x.vdi", "--size", "0"], "0 bytes"),
        (["create", "x.vdi", "--size", "-5"], "--size: expected a size"),
        (["create", "x.vdi", "--size", "1e30"], "too large"),
        (["create", "x.vdi", "--size", "4MIB"], "did you mean 'MiB'"),
        (["create", "x.vdi", "--size", "4000000TB"], "a VDI holds"),
        (["create", "x.vmdk", "--size", "65TiB"], "a VMDK holds"),
        (["create", "x.vdx", "--size", "1MiB"], ".vdi, .vmdk"),
        (["create", "x", "--size", "1MiB", "--format", "vdx"], "did you mean 'vdi'"),
        (["create", "x.vdi", "--size", "1MiB", "--variant", "dinamic"], "did you mean 'dynamic'"),
        (["create", "nowhere/x.vdi", "--size", "1MiB"], "no such folder"),
        (["create", "", "--size", "1MiB"], "suffix"),
        (["create", "data.raw", "--size", "1MiB"], "exists already"),
        (["info", "nowhere.vdi"], "nowhere.vdi"),
        (["check", "nowhere.vdi"], "nowhere.vdi"),
        (["compare", "data.raw", "nowhere.vdi"], "nowhere.vdi"),
        (["convert", "nowhere.vdi", "x.vmdk"], "nowhere.vdi"),
        (["convert", "data.raw", "data.raw"], "exists already"),
        (["copy", "data.raw", "x.vdi"], "format"),
        (["clone", "data.raw", "x.vdi"], "format"),
        (["snapshot", "data.raw", "x.raw"], "snapshot"),
        (["resize", "data.raw", "--size", "0", "--shrink"], "0 bytes"),
        (["craete"], "'create'"),
    ],
)
def test_a_wrong_request_exits_with_2_and_changes_nothing(
    data: Path, folder: Path, capsys: Captured, arguments: list[str], told: str
) -> None:
    before = data.read_bytes()
    assert main(["image", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert told in err
    assert data.read_bytes() == before
    assert list(folder.iterdir()) == [data]


DAMAGES = [b"", b"\0" * 700, b"KDMV" * 200, b"\x7f" * 5000]


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [*((suffix, damage) for suffix in ("vdi", "vmdk") for damage in DAMAGES), ("raw", b"")],
)
def test_a_damaged_image_exits_with_1_and_leaves_no_target(
    folder: Path, capsys: Captured, suffix: str, damage: bytes
) -> None:
    source = folder / f"damaged.{suffix}"
    source.write_bytes(damage)
    for command in (["info", str(source)], ["convert", str(source), "target.vdi"]):
        assert main(["image", *command]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"error: {source}")
    report = said(capsys, "check", str(source))
    assert not report["ok"]
    assert report["faults"]
    assert list(folder.iterdir()) == [source]


def test_a_target_is_replaced_only_by_force(data: Path) -> None:
    Path("kept.vdi").write_text("mine")
    assert main(["image", "convert", "data.raw", "kept.vdi"]) == 2
    assert Path("kept.vdi").read_text() == "mine"
    assert main(["image", "convert", "data.raw", "kept.vdi", "--force"]) == 0
    assert contents(Path("kept.vdi")) == data.read_bytes()


@pytest.mark.usefixtures("data")
def test_disks_that_differ_exit_with_1(capsys: Captured) -> None:
    main(["image", "create", "zeros.vdi", "--size", "5MiB"])
    main(["image", "convert", "data.raw", "copy.raw"])
    with Path("copy.raw").open("ab") as file:
        file.write(bytes(512))
    capsys.readouterr()
    assert main(["image", "compare", "data.raw", "zeros.vdi"]) == 1
    assert main(["image", "compare", "data.raw", "copy.raw"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "The disks differ from byte 0 on.",
        "The disks are the same up to byte 5242880, where the shorter one ends.",
        "Sizes: 5242880 and 5243392 bytes.",
    ]


@pytest.mark.parametrize("command", ["convert", "clone", "copy"])
def test_an_interrupt_leaves_nothing_behind(
    data: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    command: str,
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aio_sim.virtualization.images.image_file.ImageFile.write", interrupted)
    assert main(["image", command, "data.raw", "target.raw"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    assert list(folder.iterdir()) == [data]


@pytest.mark.parametrize("target", ["x.vdi", "x.vmdk", "x.raw"])
def test_a_full_disk_exits_with_1_and_the_partial_file_is_gone(
    data: Path, folder: Path, target: str
) -> None:
    program = "import sys; from aio_sim.cli import main; sys.exit(main())"
    arguments = [sys.executable, "-c", program, "image", "convert", "data.raw", target]
    limited = ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *arguments]  # one block of 512 or 1,024
    done = subprocess.run(limited, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {target}: ")
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == [data]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("command", ["convert", "copy", "clone"])
@pytest.mark.usefixtures("data")
def test_long_work_shows_a_bar_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, command: str
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    assert main(["image", command, "data.raw", "piped.raw"]) == 0
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["image", command, "data.raw", "watched.raw", "--json"]) == 0
    assert "of 5 MiB" in terminal.getvalue()
    json.loads(capsys.readouterr().out)


def test_a_tebibyte_with_little_in_it_costs_little(capsys: Captured) -> None:
    main(["image", "create", "large.raw", "--size", "1TiB"])
    with Path("large.raw").open("r+b") as file:
        file.seek(1 << 39)
        file.write(b"little")
    assert said(capsys, "convert", "large.raw", "large.vdi")["disk_usage"] < 6 * MIB
    assert said(capsys, "convert", "large.vdi", "large.vmdk")["disk_usage"] < 6 * MIB
    assert said(capsys, "check", "large.vmdk")["stored_blocks"] == 1
    assert said(capsys, "compare", "large.raw", "large.vmdk")["same"]


@pytest.mark.parametrize("arguments", [["image"], ["image", "--help"], ["image", "create", "-h"]])
def test_help_is_a_result(arguments: list[str], capsys: Captured) -> None:
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    assert "Usage: aio-sim image" in out
    assert max(map(len, out.splitlines())) <= 80
    assert err == ""
