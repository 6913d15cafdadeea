"""Where scenarios are: those shipped with aio_sim by their names, others by their paths."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aio_sim.kernel.errors import Problem, ScenarioError, UnknownName, nearest
from aio_sim.kernel.messages import _

_PACKAGE: Final = Path(__file__).parents[1]
_FOLDERS: Final = (_PACKAGE / "scenarios", _PACKAGE.parent / "scenarios")
"""In an installed wheel; in a checkout."""

SUFFIXES: Final = (".yaml", ".yml")


def shipped() -> list[str]:
    """Return the names of the scenarios that come with aio_sim, in alphabetical order."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def find_scenario(reference: str | Path) -> Path:
    """Return the file of a scenario, given a path or the name of a shipped one.

    Raises UnknownName where it can only be a name and there is none, ScenarioError for a path
    that leads to no file.
    """
    path = Path(reference)
    if path.name == str(reference) and not path.suffix:
        if str(reference) in shipped():
            return _folder() / f"{reference}.yaml"
        if not _is_there(path):
            raise UnknownName(_("scenario"), str(reference), [*shipped(), *_files(Path())])
    if not _is_there(path):
        raise ScenarioError([Problem(_no_file(path), str(reference))])
    return path


def _folder() -> Path:
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])


def _is_there(path: Path) -> bool:
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _no_file(path: Path) -> str:
    if _is_folder(path):
        return _("this is a folder; expected a YAML file")
    near = nearest(path.name, _files(path.parent))
    meant = _("; did you mean {near!r}?").format(near=near) if near else ""
    return _("no such file{hint}").format(hint=meant)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _files(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir() if path.suffix in SUFFIXES]
    except (OSError, ValueError):
        return []
