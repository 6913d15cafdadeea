"""A process that runs one job's functions under limits: `python -m` this, started by Sandbox."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, BinaryIO, TypeVar

from aio_sim.distributed.mapreduce.frames import receive, send
from aio_sim.distributed.mapreduce.functions import Functions, OutOfTime
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import MapWork, ReduceWork, Result
from aio_sim.distributed.mapreduce.source import JobSource
from aio_sim.kernel.errors import AioSimError
from aio_sim.kernel.messages import _

T = TypeVar("T")
Answer = tuple[dict[str, Any], tuple[bytes, ...]]


def main() -> None:
    """Answer messages on stdin until it ends; the user's prints go to stderr."""
    inward, outward = _own_input(), _own_output()
    header, _blobs = receive(inward)
    _limit(header["memory"], header["time"])
    try:
        functions = Functions(_timed(header["time"], JobSource(**header["source"]).load))
    except (AioSimError, OutOfTime) as error:
        send(outward, {"error": str(error)})
        return
    send(outward, {"prepares": functions.prepares, "repeats": functions.repeats})
    _serve(functions, inward, outward, header["time"])


def _serve(functions: Functions, inward: BinaryIO, outward: BinaryIO, time: float) -> None:
    own = os.getpid()
    while True:
        try:
            header, blobs = receive(inward)
        except EOFError:
            return
        try:
            answer = _timed(time, partial(_answer, functions, header, blobs))
        except AioSimError as error:
            answer = {"error": str(error)}, ()
        if os.getpid() != own:  # a function forked, and this is the other one
            os._exit(0)
        send(outward, *answer)


def _own_input() -> BinaryIO:
    """Take stdin for messages alone, so that a function that reads finds nothing there."""
    inward = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return inward


def _own_output() -> BinaryIO:
    """Take stdout for messages alone, so that a print cannot get between them."""
    sys.stdout.flush()
    outward = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return outward


def _limit(memory: int, time: float) -> None:
    """Limit memory and core dumps, where the system can; time is limited a task."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, lambda _signal, frame: _out_of_time(time, frame))


def _out_of_time(time: float, _frame: FrameType | None) -> None:
    raise OutOfTime(_("it ran for more than {time:g} s").format(time=time))


def _timed(time: float, call: Callable[[], T]) -> T:
    if not hasattr(signal, "setitimer"):
        return call()
    signal.setitimer(signal.ITIMER_REAL, time)
    try:
        return call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(functions: Functions, header: dict[str, Any], blobs: list[bytes]) -> Answer:
    verb = header["verb"]
    if verb == "map":
        return _told(functions.map(_map_work(header), blobs[0]))
    if verb == "reduce":
        return _told(functions.reduce(ReduceWork(**header["work"]), blobs))
    if verb == "prepare":
        splits = [Split(*split) for split in header["sample"]]
        sample = list(zip(splits, blobs, strict=True))
        return {"state": functions.prepare(sample, _map_work(header))}, ()
    if verb == "again":
        return {"state": functions.again(blobs)}, ()
    functions.set_state(header["state"])
    return {}, ()


def _map_work(header: dict[str, Any]) -> MapWork:
    work = dict(header["work"])
    return MapWork(split=Split(*work.pop("split")), **work)


def _told(result: Result) -> Answer:
    return {
        "counts": result.counts.as_json(),
        "failure": result.failure,
        "skipped": result.skipped,
    }, result.parts


if __name__ == "__main__":
    main()
