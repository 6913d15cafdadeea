"""The input of a job: files, each under the name that its keys have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aio_sim.distributed.mapreduce.records import NEWLINE, Split, complete
from aio_sim.distributed.mapreduce.settings import SAMPLE_RECORDS, SAMPLE_SPLITS
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class InputFile(NamedTuple):
    """A real file, its name in keys, and its size in bytes."""

    name: str
    path: Path
    size: int


def input_files(paths: Sequence[str]) -> list[InputFile]:
    """Return the files under their names, or, where two have one name, under their paths.

    Raises InputError where there is none, or one is not there or no file.
    """
    if not paths:
        raise InputError(_("a job needs an input file"))
    names = Counter(Path(path).name for path in paths)
    files = []
    for each in paths:
        path = Path(each)
        if not path.is_file():
            raise InputError(_("input {path}: {reason}").format(path=each, reason=_why(path)))
        name = path.name if names[path.name] == 1 else each
        files.append(InputFile(name, path, path.stat().st_size))
    return files


def _why(path: Path) -> str:
    if path.is_dir():
        return _("is a folder")
    return _("is no regular file") if path.exists() else _("no such file")


def file_splits(files: Sequence[InputFile], size: int) -> list[Split]:
    """Return the splits of local files, each of `size` bytes at most."""
    return [
        Split(file.name, str(file.path), start, min(start + size, file.size))
        for file in files
        for start in range(0, file.size, size)
    ]


def read_split(split: Split, step: int = 2**16) -> bytes:
    """Return the bytes of a split of a local file, and those that complete its last record.

    Raises InputError where the file cannot be read.
    """
    length = split.end - split.start
    try:
        with open(split.path, "rb") as file:
            file.seek(split.start)
            data = file.read(length)
            while not complete(data, length) and (more := file.read(step)):
                data += more
    except OSError as error:
        sentence = _("input {path}: cannot be read ({reason})")
        raise InputError(sentence.format(path=split.path, reason=error.strerror)) from error
    return data


def sampled(splits: Sequence[Split]) -> list[Split]:
    """Return the splits that a sample is taken of, evenly spaced."""
    count = min(len(splits), SAMPLE_SPLITS)
    return [splits[len(splits) * number // count] for number in range(count)]


def beginning(split: Split, data: bytes, splits: int) -> tuple[Split, bytes]:
    """Return a part of a split, and its bytes, with no more records than its share of a sample."""
    at = 0
    for _number in range(SAMPLE_RECORDS // splits + bool(split.start)):
        at = data.find(NEWLINE, at) + 1
        if not at or at > split.end - split.start:
            return split, data
    # A split has the line that begins at its end, too: so this one ends within the line before.
    return split._replace(end=split.start + at - 1), data[:at]
