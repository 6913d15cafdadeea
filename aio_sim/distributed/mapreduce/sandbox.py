"""Runs a job's functions in a process of their own, under limits of memory and time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from aio_sim.distributed.mapreduce.counts import Counts
from aio_sim.distributed.mapreduce.frames import receive, send
from aio_sim.distributed.mapreduce.limits import Limits
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import Failure, MapWork, ReduceWork, Result, TaskFailed
from aio_sim.distributed.mapreduce.source import JobSource
from aio_sim.kernel.errors import PluginError
from aio_sim.kernel.messages import _

GRACE: Final = 5.0
"""Seconds more than its limit after which a process that does not even notice is ended."""

_ROOT: Final = str(Path(__file__).parents[3])
"""Where the process finds this package, installed or not."""

_MODULE: Final = "aio_sim.distributed.mapreduce.child"


class Sandbox:
    """A Runner whose functions cannot hurt this process: they crash, hang or grow elsewhere.

    A process that died is started anew with the same state. It guards against mistakes, not
    against malice: the process has the user's own rights to files and to the network. Raises
    PluginError where the job cannot be imported.
    """

    def __init__(self, source: JobSource, limits: Limits | None = None) -> None:
        self._source = source
        self._limits = limits or Limits()
        self._state: Any = None
        self._has_state = False
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self.prepares = self.repeats = False
        self._start()

    def map(self, work: MapWork, data: bytes) -> Result:
        subject = _("bytes {start} to {end} of {file}")
        split = work.split
        told = subject.format(start=split.start, end=split.end, file=split.file)
        return self._run("map", {"work": asdict(work)}, [data], told)

    def reduce(self, work: ReduceWork, segments: Sequence[bytes]) -> Result:
        told = _("partition {number}").format(number=work.partition)
        return self._run("reduce", {"work": asdict(work)}, segments, told)

    def prepare(self, sample: Sequence[tuple[Split, bytes]], work: MapWork) -> Any:
        splits = [split for split, _data in sample]
        header = {"sample": splits, "work": asdict(work)}
        return self._once("prepare", header, [data for _split, data in sample])

    def again(self, parts: Sequence[bytes]) -> Any:
        return self._once("again", {}, parts)

    def set_state(self, state: Any) -> None:
        self._state, self._has_state = state, True
        self._once("state", {"state": state}, ())

    def close(self) -> None:
        self._closed = True
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _run(self, verb: str, header: dict[str, Any], blobs: Sequence[bytes], told: str) -> Result:
        try:
            header, parts = self._ask({"verb": verb} | header, blobs)
        except _Died as error:
            return Result((), Counts(), Failure(verb, str(error), "", told, error.final))
        failure = header["failure"]
        return Result(
            tuple(parts),
            Counts.from_json(header["counts"]),
            None if failure is None else _failure(failure),
            tuple(_failure(each) for each in header["skipped"]),
        )

    def _once(self, verb: str, header: dict[str, Any], blobs: Sequence[bytes]) -> Any:
        try:
            answer, _parts = self._ask({"verb": verb} | header, blobs)
        except _Died as error:
            raise TaskFailed(str(Failure(verb, str(error), "", _("the job")))) from error
        return answer.get("state")

    def _ask(
        self, header: dict[str, Any], blobs: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        if self._closed:
            raise TaskFailed(_("the job has been given up"))
        if self._process is None:
            self._start()
        return self._exchange(header, blobs)

    def _exchange(
        self, header: dict[str, Any], blobs: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send a message and return the answer.

        Raises _Died where the process ends instead, TaskFailed where it answers with an error.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        overdue = threading.Event()
        watch = threading.Timer(self._limits.time + GRACE, _end_late, (process, overdue))
        try:
            watch.start()
            send(process.stdin, header, blobs)
            answer, parts = receive(process.stdout)
        except (OSError, EOFError, ValueError, MemoryError, RuntimeError) as error:
            self._process = None
            raise _Died(_end(process), overdue.is_set()) from error
        finally:
            watch.cancel()
        if "error" in answer:
            raise TaskFailed(str(answer["error"]))
        return answer, parts

    def _start(self) -> None:
        """Start the process and have it import the job, with the state of the round."""
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Sets then have one order, and what a function does in the order of a set is the same.
            env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        )
        source = self._source._asdict() | {"parameters": dict(self._source.parameters)}
        limits = self._limits._asdict()
        try:
            hello, _parts = self._exchange({"source": source} | limits, ())
        except TaskFailed as error:
            _end(self._process)
            self._process = None
            raise PluginError(str(error)) from error
        except _Died as error:
            sentence = _("job {name}: {reason} as it was imported")
            raise PluginError(sentence.format(name=self._source.name, reason=error)) from error
        self.prepares, self.repeats = bool(hello["prepares"]), bool(hello["repeats"])
        if self._has_state:
            self._exchange({"verb": "state", "state": self._state}, ())


class _Died(Exception):  # noqa: N818  # it says what happened
    """The process ended; the text says how. It is `final` where its time was over."""

    def __init__(self, reason: str, overdue: bool) -> None:
        late = _("it did not end in time, and {reason}").format(reason=reason)
        super().__init__(late if overdue else reason)
        self.final = overdue


def _failure(told: Sequence[Any]) -> Failure:
    """Return a failure of which a process has told."""
    function, error, place, subject, final = told
    return Failure(str(function), str(error), str(place), str(subject), bool(final))


def _end(process: subprocess.Popen[bytes]) -> str:
    """End a process and return how it ended."""
    code = process.poll()
    if code is None:
        assert process.stdin is not None
        try:
            process.stdin.close()
            code = process.wait(timeout=1)
        except (OSError, subprocess.TimeoutExpired):
            _kill(process)
            code = process.wait()
    _kill(process)  # what its functions have started, and it has not ended
    for stream in (process.stdin, process.stdout):
        if stream is not None and not stream.closed:
            _close(stream)
    if code < 0:
        name = signal.Signals(-code).name
        return _("its process was ended by {signal}").format(signal=name)
    return _("its process ended with code {code}").format(code=code)


def _end_late(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it has started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # nothing of it is left
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _close(stream: Any) -> None:
    with suppress(OSError):  # what was buffered is for a process that is gone
        stream.close()
