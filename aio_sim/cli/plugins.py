"""Plug-ins: Python files of the user's own, imported only when the command names them."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Final

from aio_sim.cli.errors import say
from aio_sim.kernel.errors import AioSimError, PluginError, Problem
from aio_sim.kernel.messages import _

_PREFIX: Final = "aio_sim_plugin_"


def load_plugins(files: Iterable[str]) -> None:
    """Import each file; warn on stderr where one registers nothing.

    Raises PluginError where a file is missing, is not Python, or fails as it is imported.
    """
    # What is named twice is registered once; a name is a file by where it leads.
    for file in {Path(file).resolve(): file for file in files}.values():
        before = _registered()
        load_plugin(Path(file))
        if _registered() == before:
            say(
                _(
                    "warning: plug-in {file} registers nothing; decorate a class with "
                    "@scheduling_policy('name')"
                ).format(file=file)
            )


def load_plugin(path: Path) -> None:
    """Import one Python file as a module of its own.

    Raises PluginError where that fails, or it registers a name that another file has.
    """
    if path.suffix != ".py":
        raise PluginError(_("plug-in {file}: expected a Python file (.py)").format(file=path))
    if path.is_dir():
        raise PluginError(_("plug-in {file}: is a folder; expected a file").format(file=path))
    if not path.is_file():
        raise PluginError(_("plug-in {file}: no such file").format(file=path))
    name = _module_name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic looks annotations up in the class's module
    try:
        with redirect_stdout(sys.stderr):  # stdout is for results
            spec.loader.exec_module(module)
    except AioSimError as error:
        raise PluginError(_("plug-in {file}: {error}").format(file=path, error=error)) from error
    except SyntaxError as error:
        raise PluginError(_syntax(path, error)) from error
    except (Exception, SystemExit) as error:
        raise PluginError(_raised(path, error)) from error


def _module_name(path: Path) -> str:
    """Return a name that no other file's module has, and the same file's has every time."""
    digest = sha256(os.fsencode(path.resolve())).hexdigest()
    return f"{_PREFIX}{path.stem}_{digest[:16]}"


def _syntax(path: Path, error: SyntaxError) -> str:
    return str(
        Problem(
            _("plug-in has a syntax error: {message}").format(message=error.msg),
            str(error.filename or path),
            error.lineno or 0,
            error.offset or 0,
        )
    )


def _raised(path: Path, error: BaseException) -> str:
    """Return what was raised, at the plug-in's own last line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)]
    line, text = (own[-1].lineno or 0, own[-1].line or "") if own else (0, "")
    raised = _("plug-in raised {kind}: {error}").format(kind=type(error).__name__, error=error)
    return f"{Problem(raised, str(path), line)}" + (f"\n    {text}" if text else "")


def _registered() -> set[tuple[str, str]]:
    """Return kind and name of everything that plug-ins can add to."""
    from aio_sim.distributed.dispatch_policy import DISPATCH_POLICIES
    from aio_sim.resources.placement import PLACEMENT_POLICIES
    from aio_sim.scheduling.policy import SCHEDULING_POLICIES

    registries = (SCHEDULING_POLICIES, PLACEMENT_POLICIES, DISPATCH_POLICIES)
    return {(registry.kind, name) for registry in registries for name in registry}
