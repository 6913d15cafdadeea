"""Python files of the user's own: each imported as a module of its own name."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Final

from aio_sim.kernel.errors import AioSimError, PluginError, Problem
from aio_sim.kernel.messages import _

_PREFIX: Final = "aio_sim_plugin_"


def import_file(path: Path, what: str) -> ModuleType:
    """Import one Python file; what it prints goes to stderr. `what` is what errors call it.

    Raises PluginError where it is missing, is not Python, or fails as it is imported.
    """
    if path.suffix != ".py":
        raise PluginError(
            _("{what} {file}: expected a Python file (.py)").format(what=what, file=path)
        )
    if path.is_dir():
        sentence = _("{what} {file}: is a folder; expected a file")
        raise PluginError(sentence.format(what=what, file=path))
    if not path.is_file():
        raise PluginError(_("{what} {file}: no such file").format(what=what, file=path))
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
        told = _("{what} {file}: {error}").format(what=what, file=path, error=error)
        raise PluginError(told) from error
    except SyntaxError as error:
        raise PluginError(_syntax(what, path, error)) from error
    except (Exception, SystemExit) as error:
        raise PluginError(_raised(what, path, error)) from error
    return module


def _module_name(path: Path) -> str:
    """Return a name that no other file's module has, and the same file's has every time."""
    digest = sha256(os.fsencode(path.resolve())).hexdigest()
    return f"{_PREFIX}{path.stem}_{digest[:16]}"


def _syntax(what: str, path: Path, error: SyntaxError) -> str:
    message = _("{what} has a syntax error: {message}").format(what=what, message=error.msg)
    place = str(error.filename or path), error.lineno or 0, error.offset or 0
    return str(Problem(message, *place))


def _raised(what: str, path: Path, error: BaseException) -> str:
    """Return what was raised, at the file's own last line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(path)]
    line, text = (own[-1].lineno or 0, own[-1].line or "") if own else (0, "")
    sentence = _("{what} raised {kind}: {error}")
    raised = sentence.format(what=what, kind=type(error).__name__, error=error)
    return f"{Problem(raised, str(path), line)}" + (f"\n    {text}" if text else "")
