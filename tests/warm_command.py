"""The command `aio-sim` without its start-up: a server has imported it and forks for each call.

A page of the docs types dozens of commands, and most of their time would be that of imports. What
is called is a program `aio-sim` like any other, for a shell with its pipes and exit codes: it hands
arguments, environment, folder and streams to the server, and exits as the fork did.
"""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import select
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

PROGRAM = """#!{python} -IS
import os, socket, sys

with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [b"."], [0, 1, 2])
    line.sendall(repr((sys.argv[1:], os.getcwd(), dict(os.environ))).encode())
    line.shutdown(socket.SHUT_WR)
    sys.exit(line.recv(1)[0])
"""
STREAMS = (0, 1, 2)


@contextmanager
def warm_command(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Put the program into an empty folder, for as long as its server lives, and return it."""
    address = folder / "door"
    program = folder / "aio-sim"
    program.write_text(PROGRAM.format(python=sys.executable, address=str(address)))
    program.chmod(0o755)
    server = subprocess.Popen(
        [sys.executable, "-P", __file__, str(address)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A library that starts threads of its own must not be forked.
        env={**environment, "OPENBLAS_NUM_THREADS": "1"},
    )
    with server:  # which closes its stdin in the end, and waits
        assert server.stdout is not None
        assert server.stdout.readline() == b"open\n"
        yield program


def serve(address: str) -> None:
    """Answer at an address until stdin is closed."""
    _load()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("open", flush=True)
        while door in select.select([door, sys.stdin], [], [])[0]:
            line, _ = door.accept()
            with line:
                if os.fork() == 0:
                    _answer(line)
            _bury()


def _load() -> None:
    """Import all that a command may need, and do nothing with it."""
    package = importlib.import_module("aio_sim")
    for module in pkgutil.walk_packages(package.__path__, "aio_sim."):
        # What cannot be imported is for the command that needs it to say.
        with suppress(Exception):
            importlib.import_module(module.name)


def _answer(line: socket.socket) -> NoReturn:
    """Run one command in a process of its own, and tell how it exited."""
    first, streams, _, _ = socket.recv_fds(line, 1, len(STREAMS))
    assert first == b"."
    with line.makefile("rb") as rest:
        arguments, folder, environment = ast.literal_eval(rest.read().decode())
    command = os.fork()
    if command == 0:
        line.close()
        _take(streams)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["aio-sim", *arguments]
        status = importlib.import_module("aio_sim.cli").main()
        sys.stdout.flush()
        # Python's own exit would first take apart, one by one, all the modules that were loaded.
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    line.sendall(bytes([status % 256]))
    os._exit(0)


def _take(streams: Sequence[int]) -> None:
    """Make these the standard streams, as Python opens them at its start."""
    for stream, standard in zip(streams, STREAMS, strict=True):
        os.dup2(stream, standard)
        os.close(stream)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)


def _bury() -> None:
    """Wait for those that have answered, and for nobody else."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    serve(sys.argv[1])
