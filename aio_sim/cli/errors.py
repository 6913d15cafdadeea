"""What a person sees when something goes wrong: a sentence on stderr, and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Final

from aio_sim.kernel.errors import AioSimError, ScenarioError
from aio_sim.kernel.messages import _

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130
"""128 + SIGINT, as every shell has it."""


def say(sentence: str) -> None:
    """Print a sentence to a person, on stderr."""
    print(sentence, file=sys.stderr)


def explain_error(error: AioSimError) -> int:
    """Print what a user did wrong, a line for each problem, and return the exit code."""
    problems = error.problems if isinstance(error, ScenarioError) else (error,)
    for problem in problems:
        say(_("error: {problem}").format(problem=problem))
    return error.exit_code


def apologise(error: Exception) -> int:
    """Own up to a bug in one paragraph, and return the exit code.

    AIO_SIM_DEBUG=1 shows the traceback, too. A package of others that is missing is no bug.
    """
    if os.environ.get("AIO_SIM_DEBUG"):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, ModuleNotFoundError) and _package(error) != "aio_sim":
        return _name_missing(_package(error))
    say(
        _(
            "error: sorry, aio-sim met a fault of its own ({kind}: {error}). Your input is not to "
            "blame. Please run the command again with AIO_SIM_DEBUG=1 and report the output, "
            "together with the scenario, to the project's issue list."
        ).format(kind=type(error).__name__, error=error)
    )
    return FAILED


def _package(error: ModuleNotFoundError) -> str:
    return (error.name or "aio_sim").partition(".")[0]


def _name_missing(package: str) -> int:
    say(
        _(
            "error: aio-sim needs the Python package {name!r}, which is not installed here; "
            "install aio-sim anew, or that package alone"
        ).format(name=package)
    )
    return FAILED
