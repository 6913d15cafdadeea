"""Reads task graphs in WfFormat: JSON, plain or .gz, of the WfCommons project.

Source: Coleman et al., WfCommons: A Framework for Enabling Scientific Workflow Research and
Development, Future Generation Computer Systems 128, 2022; schema 1.5 of
github.com/wfcommons/WfFormat.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from aio_sim.distributed.task_graph import Edge, TaskGraph, cycle
from aio_sim.kernel.environment import SECOND
from aio_sim.kernel.errors import Problem, WorkloadError, hint
from aio_sim.kernel.messages import _

T = TypeVar("T")
_MAGIC = b"\x1f\x8b"  # RFC 1952


class Workflow(NamedTuple):
    """A task graph as a file has it."""

    ids: list[str]
    graph: TaskGraph
    """Work is the run time; along an edge go the files that one task writes and another reads."""


class _Reader:
    """Takes parts out of a JSON document, and says which part is not as it must be."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fail(self, reason: str, field: str = "", line: int = 0) -> WorkloadError:
        """Return the error about a part of the file."""
        return WorkloadError(Problem(reason, str(self._path), line, field=field))

    def document(self) -> Any:
        """Return the JSON of the file."""
        try:
            content = self._path.read_bytes()
            text = gzip.decompress(content) if content.startswith(_MAGIC) else content
            return json.loads(text)
        except json.JSONDecodeError as error:
            reason = _("not JSON: {reason}").format(reason=error.msg)
            raise self.fail(reason, line=error.lineno) from error
        except (OSError, EOFError, UnicodeDecodeError, RecursionError) as error:
            raise self.fail(_("cannot be read: {reason}").format(reason=error)) from error

    def part(self, whole: Any, name: str, kind: type[T], field: str) -> T:
        """Return a member of an object."""
        found = whole.get(name) if isinstance(whole, Mapping) else None
        if not isinstance(found, kind) or isinstance(found, bool):
            names: dict[type, str] = {dict: _("an object"), list: _("a list"), str: _("a text")}
            told = _("needs {name!r}: {kind}").format(name=name, kind=names[kind])
            raise self.fail(told, field)
        return found

    def number(self, whole: Mapping[str, Any], name: str, field: str) -> float:
        """Return a number of 0 or more of an object."""
        found = whole.get(name)
        good = isinstance(found, int | float) and not isinstance(found, bool)
        if not good or not 0 <= float(found or 0) < 1e9:
            raise self.fail(_("needs {name!r}: a number of 0 or more").format(name=name), field)
        return float(found or 0)


def read(path: Path) -> Workflow:
    """Return the task graph of a file.

    Raises WorkloadError where it is no WfFormat, names a task that is not there, or has a cycle.
    """
    reader = _Reader(path)
    workflow = reader.part(reader.document(), "workflow", dict, "")
    specification = reader.part(workflow, "specification", dict, "workflow")
    execution = reader.part(workflow, "execution", dict, "workflow")
    field = "workflow.specification.tasks"
    tasks = {
        reader.part(task, "id", str, f"{field}[{at}]"): task
        for at, task in enumerate(reader.part(specification, "tasks", list, field))
    }
    before = _before(reader, tasks)
    times = _times(reader, reader.part(execution, "tasks", list, "workflow.execution"), tasks)
    sizes = _sizes(reader, specification.get("files") or [])
    numbers = {task: at for at, task in enumerate(tasks)}
    edges = [
        [Edge(numbers[each], _handed(tasks[each], tasks[task], sizes)) for each in before[task]]
        for task in tasks
    ]
    return Workflow(list(tasks), TaskGraph(edges, [times[task] for task in tasks]))


def _before(reader: _Reader, tasks: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the tasks before each, by their ids."""
    before = {task: list(dict.fromkeys(said.get("parents") or ())) for task, said in tasks.items()}
    for at, parents in enumerate(before.values()):
        for parent in parents:
            if parent not in tasks:
                reason = _("no task has the id {id!r}{hint}")
                told = reason.format(id=parent, hint=hint(str(parent), tasks))
                raise reader.fail(told, f"workflow.specification.tasks[{at}].parents")
    around = cycle(before)
    if around:
        way = " after ".join(around)
        raise reader.fail(_("goes round in a circle: {way}").format(way=way), "parents")
    return before


def _times(reader: _Reader, ran: Sequence[Any], tasks: Mapping[str, Any]) -> dict[str, int]:
    """Return the run time of each task in nanoseconds, 1 at the least."""
    times: dict[str, int] = {}
    for at, task in enumerate(ran):
        field = f"workflow.execution.tasks[{at}]"
        name = reader.part(task, "id", str, field)
        times[name] = max(round(reader.number(task, "runtimeInSeconds", field) * SECOND), 1)
    missing = next((task for task in tasks if task not in times), None)
    if missing is not None:
        told = _("has no run time of task {task!r}").format(task=missing)
        raise reader.fail(told, "workflow.execution.tasks")
    return times


def _sizes(reader: _Reader, files: Sequence[Any]) -> dict[str, int]:
    """Return the size of each file in bytes."""
    sizes: dict[str, int] = {}
    for at, file in enumerate(files):
        field = f"workflow.specification.files[{at}]"
        size = file.get("sizeInBytes") if isinstance(file, Mapping) else None
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**62:
            told = _("needs {name!r}: a whole number of 0 or more").format(name="sizeInBytes")
            raise reader.fail(told, field)
        sizes[reader.part(file, "id", str, field)] = size
    return sizes


def _handed(before: Mapping[str, Any], task: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
    """Return the bytes of the files that one task writes and another reads."""
    read = set(task.get("inputFiles") or ())
    return sum(sizes.get(file, 0) for file in before.get("outputFiles") or () if file in read)
