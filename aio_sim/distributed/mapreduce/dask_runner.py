"""Runs a job's functions on a Dask cluster, each task in a process under limits there.

Dask is imported only when this is used: `pip install "aio-sim[dask]"`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from aio_sim.distributed.mapreduce.crew import Crew
from aio_sim.distributed.mapreduce.limits import Limits
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import MapWork, ReduceWork, Result
from aio_sim.distributed.mapreduce.sandbox import Sandbox
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.source import JobSource
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


class Parcel(NamedTuple):
    """A job as it travels: the text of its file, None of a shipped one, and its parameters."""

    name: str
    text: str | None
    parameters: tuple[tuple[str, str], ...]
    limits: Limits
    state: Any
    has_state: bool


class DaskRunner:
    """A Runner whose tasks a Dask client hands to the workers of its cluster."""

    def __init__(self, client: Any, source: JobSource, limits: Limits) -> None:
        text = None if source.file is None else Path(source.file).read_text(encoding="utf-8")
        parameters = tuple(source.parameters.items())
        self._client = client
        self._parcel = Parcel(source.name, text, parameters, limits, None, False)
        self.prepares, self.repeats = self._call("hooks")

    def map(self, work: MapWork, data: bytes) -> Result:
        result: Result = self._call("map", work, data)
        return result

    def reduce(self, work: ReduceWork, segments: Sequence[bytes]) -> Result:
        result: Result = self._call("reduce", work, list(segments))
        return result

    def prepare(self, sample: Sequence[tuple[Split, bytes]], work: MapWork) -> Any:
        return self._call("prepare", list(sample), work)

    def again(self, parts: Sequence[bytes]) -> Any:
        return self._call("again", list(parts))

    def set_state(self, state: Any) -> None:
        self._parcel = self._parcel._replace(state=state, has_state=True)

    def close(self) -> None:
        """The cluster is not its own."""

    def _call(self, verb: str, *arguments: Any) -> Any:
        return self._client.submit(run_there, self._parcel, verb, arguments, pure=False).result()


def run_there(parcel: Parcel, verb: str, arguments: tuple[Any, ...]) -> Any:
    """Run one task on a worker of the cluster."""
    with tempfile.TemporaryDirectory() as folder:
        file = None
        if parcel.text is not None:
            file = str(Path(folder) / parcel.name)
            Path(file).write_text(parcel.text, encoding="utf-8")
        sandbox = Sandbox(JobSource(parcel.name, file, dict(parcel.parameters)), parcel.limits)
        try:
            if verb == "hooks":
                return sandbox.prepares, sandbox.repeats
            if parcel.has_state:
                sandbox.set_state(parcel.state)
            return getattr(sandbox, verb)(*arguments)
        finally:
            sandbox.close()


@contextmanager
def dask_crew(
    source: JobSource, address: str | None, settings: Settings, limits: Limits
) -> Iterator[Crew]:
    """Give a crew of as many runners as the cluster at an address has threads; None starts one.

    Raises InputError where Dask is not installed or nothing answers at the address.
    """
    try:
        client_of = import_module("distributed").Client
    except ImportError:
        sentence = _("the engine dask needs Dask; install it with: pip install 'aio-sim[dask]'")
        raise InputError(sentence) from None
    try:
        client = client_of(address, timeout=10) if address else client_of(processes=True)
    except (OSError, ValueError) as error:
        sentence = _("no Dask cluster answers at {address}: {error}")
        raise InputError(sentence.format(address=address, error=error)) from error
    with client:
        threads = max(sum(client.nthreads().values()), 1)
        yield Crew([DaskRunner(client, source, limits) for _number in range(threads)], settings)
