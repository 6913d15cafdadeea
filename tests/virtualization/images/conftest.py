"""Disks with holes, and the outside judges."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.virtualization.images.reference import MIB

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def tool(name: str, package: str) -> Run:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed (Debian package {package})")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [program, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def qemu_img() -> Run:
    return tool("qemu-img", "qemu-utils")


@pytest.fixture
def qemu_io() -> Run:
    return tool("qemu-io", "qemu-utils")


@pytest.fixture
def seven_zip() -> Run:
    return tool("7zz", "7zip")


def scattered(path: Path, size: int, seed: int = 1) -> Path:
    """Write a raw disk with a few dozen pieces of data, the first and last bytes among them."""
    draw = random.Random(seed)
    with path.open("wb") as file:
        file.truncate(size)
        for at in (0, *(draw.randrange(size) for _ in range(12)), size - 10):
            length = draw.choice([1, 10, 512, 5000, 70_000])
            file.seek(at)
            file.write(draw.randbytes(min(length, size - at)))
    return path


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A raw disk of 6 MiB and three sectors, mostly hole."""
    return scattered(tmp_path / "disk.raw", 6 * MIB + 3 * 512)
