"""Plug-ins: Python files of the user's own, imported only when the command names them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aio_sim.cli.errors import say
from aio_sim.kernel.messages import _
from aio_sim.kernel.user_files import import_file


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
                    "@scheduling_policy('name'), or define map and reduce"
                ).format(file=file)
            )


def load_plugin(path: Path) -> None:
    """Import one Python file as a module of its own; one with `map` and `reduce` is a job.

    Raises PluginError where that fails, or it registers a name that another file has.
    """
    from aio_sim.distributed.mapreduce.source import register_job

    register_job(import_file(path, _("plug-in")))


def _registered() -> set[tuple[str, str]]:
    """Return kind and name of everything that plug-ins can add to."""
    from aio_sim.distributed.dispatch_policy import DISPATCH_POLICIES
    from aio_sim.distributed.mapreduce.source import USERS
    from aio_sim.resources.placement import PLACEMENT_POLICIES
    from aio_sim.scheduling.policy import SCHEDULING_POLICIES

    registries = (SCHEDULING_POLICIES, PLACEMENT_POLICIES, DISPATCH_POLICIES)
    registered = {(registry.kind, name) for registry in registries for name in registry}
    return registered | {("job", name) for name in USERS}
