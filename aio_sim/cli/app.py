"""The commands, gathered; each imports what it needs when called, so that `--help` is quick."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from aio_sim import __version__
from aio_sim.cli.calibrate import calibrate
from aio_sim.cli.compare import compare
from aio_sim.cli.errors import DONE, say
from aio_sim.cli.image import image
from aio_sim.cli.inspection import check, list_scenarios, schema
from aio_sim.cli.lab import lab
from aio_sim.cli.mapreduce import mapreduce
from aio_sim.cli.run import run
from aio_sim.cli.topics import topics
from aio_sim.kernel.messages import _

PROGRAM: Final = "aio-sim"

# typer does not export the common base of its usage errors; every release has it as this one's.
_UsageError: Final[Any] = typer.BadParameter.__base__

app = typer.Typer(
    name=PROGRAM,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(PROGRAM, __version__)
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Simulate the machine of an AI operating system: scheduling, resources, real workload logs.

    SCENARIO is the name of a shipped scenario (see `aio-sim list`) or a YAML file of your own.
    """


app.command("list")(list_scenarios)
app.command()(topics)
app.command()(schema)
app.command()(check)
app.command()(run)
app.command()(compare)
app.command()(calibrate)
app.command()(mapreduce)
app.add_typer(image, name="image")
app.add_typer(lab, name="lab")


def invoke(arguments: list[str]) -> int:
    """Run the command that the arguments name and return its exit code."""
    command = typer.main.get_command(app)
    try:
        with command.make_context(PROGRAM, arguments or ["--help"]) as context:
            code = command.invoke(context)
    except typer.Exit as leaving:
        return int(leaving.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except _UsageError as error:
        return _explain_usage(error)
    return code if isinstance(code, int) else DONE


def _explain_usage(error: Any) -> int:
    if hasattr(error.__cause__, "errors"):  # of pydantic, by which typer reads values
        error.message = _value_sentence(error.__cause__.errors()[0])
    say(_("error: {problem}").format(problem=error.format_message()))
    path = error.ctx.command_path if error.ctx else PROGRAM
    say(_("Try '{command} --help'.").format(command=path))
    return int(error.exit_code)


def _value_sentence(found: Any) -> str:
    from aio_sim.scenario.sentences import sentence

    told = sentence(found["type"], found["msg"], found["input"], found.get("ctx", {}))
    return told.rstrip(".")
