"""Where a job comes from: a shipped one by name, or a file of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final, NamedTuple

from aio_sim.distributed.mapreduce.job import Job, job_of
from aio_sim.kernel.errors import PluginError, UnknownName, hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.user_files import import_file

SHIPPED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "wordcount": "word_count",
        "inverted-index": "inverted_index",
        "sort": "sort",
        "log-percentiles": "log_percentiles",
        "pagerank": "page_rank",
        "kmeans": "k_means",
    }
)
"""The modules of `jobs` by the names of the jobs."""

USERS: Final[dict[str, str]] = {}
"""The files of jobs that plug-ins have brought, by the names of the jobs."""

_PACKAGE: Final = "aio_sim.distributed.mapreduce.jobs"


class JobSource(NamedTuple):
    """A job by name, and the file that it is in where it is the user's own."""

    name: str
    file: str | None
    parameters: Mapping[str, str] = MappingProxyType({})
    combines: bool = True
    """Whether its `combine` is used, if it has one."""

    def load(self) -> Job:
        """Import the job; raises as `import_file` and `job_of`."""
        if self.file is None:
            module = _shipped(self.name)
        else:
            module = import_file(Path(self.file), _("job"))
        job = job_of(module, self.name, self.parameters)
        return job if self.combines else replace(job, combine=None)


def find_job(name: str, parameters: Mapping[str, str]) -> JobSource:
    """Return where a job is: a shipped one, or a file whose name ends in .py.

    Hyphens, underscores and capitals of a shipped name do not matter. Raises UnknownName or
    PluginError where there is none.
    """
    path = Path(name)
    if path.suffix == ".py":
        if not path.is_file():
            known = sorted(SHIPPED)
            sentence = _("job {file}: no such file{hint}")
            raise PluginError(sentence.format(file=name, hint=hint(path.stem, known)))
        return JobSource(path.name, str(path), parameters)
    return known_job(name, parameters)


def register_job(module: ModuleType) -> None:
    """Have the job that a plug-in's file defines be known by the name of that file.

    Nothing happens where it defines no `map` and `reduce`. Raises PluginError where another job
    has the name.
    """
    if not all(callable(vars(module).get(name)) for name in ("map", "reduce")):
        return
    path = Path(str(module.__file__))
    if _plain(path.stem) in _by_plain_name() or USERS.get(path.stem, str(path)) != str(path):
        sentence = _("there is already a job named {name!r}").format(name=path.stem)
        raise PluginError(f"{path}: {sentence}")
    USERS[path.stem] = str(path)


def known_job(name: str, parameters: Mapping[str, str], combines: bool = True) -> JobSource:
    """Return a job by its name: a shipped one, or one of a plug-in. Raises UnknownName."""
    if name in USERS:
        return JobSource(name, USERS[name], parameters, combines)
    if (shipped := _by_plain_name().get(_plain(name))) is None:
        raise UnknownName(_("job"), name, [*SHIPPED, *USERS])
    return JobSource(shipped, None, parameters, combines)


def _by_plain_name() -> dict[str, str]:
    """Return the shipped jobs by all their names, without hyphens, underscores and capitals."""
    plain = {_plain(module): known for known, module in SHIPPED.items()}
    return plain | {_plain(known): known for known in SHIPPED}


def _shipped(name: str) -> ModuleType:
    """Return a module of its own each time: two runs of a job share no state and no parameters."""
    spec = find_spec(f"{_PACKAGE}.{SHIPPED[name]}")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
