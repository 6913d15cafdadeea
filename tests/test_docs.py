"""What the README and the docs show is what happens.

In a page, in its order, in one empty folder of its own:

- a block with `title="NAME"` is a file the reader writes: it is written;
- a ```console block is typed: each line after `$ ` is a command, what follows is its output
  (stdout and stderr as a terminal shows them, 80 columns, no colour);
- a ```python block is run, a ```pycon block is run and its output compared; the names of a page
  live on from block to block.

Elision: `...` in an output line stands for any text within the line, a line of `...` alone for any
number of lines. Commands that set up a machine stand in ```sh blocks; test_wheel.py tries them.
"""

from __future__ import annotations

import difflib
import doctest
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.warm_command import warm_command

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r'title="([^"]+)"')
MARK = "<<< end of output"
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    title: str | None
    body: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        title = TITLE.search(match["info"])
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match["language"], title and title[1], body, line))
    return found


def commands(body: str) -> list[tuple[str, str]]:
    """Return each command of a console block with the output shown below it."""
    parts = re.split(r"^\$ ((?:.*\\\n)*.*)\n?", body, flags=re.MULTILINE)
    assert not parts[0].strip(), "a console block begins with a command"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def terminal(programs: Path) -> dict[str, str]:
    """Return the environment of a plain terminal that finds programs in a folder first."""
    keep = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    path = os.pathsep.join([str(programs), str(PROGRAMS), os.environ["PATH"]])
    return keep | {"PATH": path, "COLUMNS": "80", "NO_COLOR": "1", "LANG": "C.UTF-8"}


def typed(lines: list[str], folder: Path, programs: Path = PROGRAMS) -> list[str]:
    """Return what a shell prints for each command, one shell for them all."""
    mark = f"mark() {{ local status=$?; printf '%s\\n' '{MARK}'; return $status; }}\n"
    script = mark + "".join(f"{line}\nmark\n" for line in lines)
    done = subprocess.run(
        ["bash"],
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=terminal(programs),
        timeout=120,
        check=False,
    )
    return done.stdout.split(f"{MARK}\n")[: len(lines)]


def matches(shown: str, printed: str) -> bool:
    """Return whether an output is the one shown, with what is elided left out."""
    pattern = ""
    for line in shown.rstrip().splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(line.rstrip()).replace(r"\.\.\.", ".*") + "\n"
    tidy = "".join(f"{line.rstrip()}\n" for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, tidy) is not None


def difference(shown: str, printed: str) -> str:
    """Return how an output differs from the one shown, line by line."""
    lines = (text.rstrip().splitlines() for text in (shown, printed))
    return "\n".join(difflib.unified_diff(*lines, "shown", "printed", lineterm=""))


class Reader:
    """Somebody who follows one page from top to bottom."""

    def __init__(self, page: Path, folder: Path, programs: Path = PROGRAMS) -> None:
        self.page = page
        self.folder = folder
        self.programs = programs
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def follow(self, block: Block) -> None:
        if block.title:
            (self.folder / block.title).write_text(block.body, encoding="utf-8")
        elif block.language == "console":
            self._type(block)
        elif block.language == "python":
            exec(compile(block.body, f"{self.page}:{block.line}", "exec"), self.names)
        elif block.language == "pycon":
            self._enter(block)

    def _type(self, block: Block) -> None:
        pairs = commands(block.body)
        outputs = typed([command for command, _ in pairs], self.folder, self.programs)
        for (command, shown), printed in zip(pairs, outputs, strict=True):
            if not matches(shown, printed):
                place = f"{self.page}:{block.line}: `{command}`"
                pytest.fail(f"{place}\n{difference(shown, printed)}", pytrace=False)

    def _enter(self, block: Block) -> None:
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        example = doctest.DocTestParser().get_doctest(
            block.body, self.names, self.page.name, str(self.page), block.line
        )
        report: list[str] = []
        doctest.DocTestRunner(optionflags=flags).run(example, out=report.append, clear_globs=False)
        self.names.update(example.globs)
        assert not report, "".join(report)


@pytest.fixture(scope="module")
def warm() -> Iterator[Path]:
    """A folder with a program `aio-sim` that need not start up."""
    with tempfile.TemporaryDirectory() as name:  # short, as the address of a socket must be
        folder = Path(name)
        with warm_command(folder, terminal(PROGRAMS)):
            yield folder


LONG = {
    *("docs/scenarios.md", "docs/guides/storage.md", "docs/guides/virtual-machines.md"),
    *("docs/guides/manifests.md", "docs/guides/platform.md"),
}
"""Pages whose commands take long."""

each_page = pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if name in LONG else [], id=name)
        for page in PAGES
        for name in [str(page.relative_to(ROOT))]
    ],
)


@each_page
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader(page, tmp_path, warm)
    for block in blocks(page):
        reader.follow(block)


@pytest.mark.slow
@each_page
def test_what_a_page_shows_is_what_the_installed_command_prints(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reader = Reader(page, tmp_path)
    for block in blocks(page):
        reader.follow(block)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("a ... z\n", "a b c z\n", True),
        ("a\n...\nz\n", "a\nb\nc\nz\n", True),
        ("a\n...\n", "a\nb\nc\n", True),
        ("a\n...\nz\n", "a\nz\n", True),
        ("a  \n", "a\n", True),
    ],
)
def test_only_what_is_marked_is_elided(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) is same


@each_page
def test_no_page_shows_a_fault_of_our_own(page: Path) -> None:
    """A refreshed page would show it as if it were meant."""
    assert "error: sorry, aio-sim met" not in page.read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    there = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert listed == there
