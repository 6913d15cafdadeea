"""Jobs and clusters to test on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from aio_sim.distributed.mapreduce.cluster import Cluster, ClusterSpec
from aio_sim.distributed.mapreduce.collector import groups
from aio_sim.distributed.mapreduce.counters import Outcome
from aio_sim.distributed.mapreduce.functions import Functions
from aio_sim.distributed.mapreduce.inputs import InputFile
from aio_sim.distributed.mapreduce.job import job_of
from aio_sim.distributed.mapreduce.records import Split
from aio_sim.distributed.mapreduce.runner import MapWork
from aio_sim.distributed.mapreduce.settings import Settings
from aio_sim.distributed.mapreduce.source import find_job


def functions(parameters: Mapping[str, str] | None = None, **hooks: Any) -> Functions:
    """Return a runner of these functions; those of a word count where none are given."""
    module = ModuleType("job")
    vars(module).update({"map": map_words, "reduce": total} | hooks)
    return Functions(job_of(module, "job", parameters or {}))


def shipped(name: str, **parameters: str) -> Functions:
    """Return a runner of a shipped job."""
    return Functions(find_job(name, parameters).load())


def map_words(_key: Any, line: str) -> Any:
    return [(word, 1) for word in line.split()]


def total(_key: Any, values: list[int]) -> int:
    return sum(values)


def work(size: int, *, partitions: int = 1, buffer: int = 2**20, skip: bool = False) -> MapWork:
    """Return the work of one map over a whole file of so many bytes."""
    return MapWork(Split("f", "/f", 0, size), partitions, "utf-8", buffer, 10, skip)


def grouped(segments: tuple[bytes, ...]) -> dict[Any, list[Any]]:
    """Return all keys of segments with their values."""
    return dict(groups(segments))


def small_cluster(tmp_path: Path, texts: Mapping[str, bytes], **options: Any) -> Ready:
    """Return a cluster with files on it. Options that a ClusterSpec knows are the spec's."""
    fields = ClusterSpec.__dataclass_fields__
    spec = {name: options.pop(name) for name in list(options) if name in fields}
    cluster = Cluster(
        ClusterSpec(**({"nodes": 4, "block_size": 64, "replication": 2} | spec)), **options
    )
    files = []
    for name, text in texts.items():
        path = tmp_path / name
        path.write_bytes(text)
        files.append(InputFile(name, path, len(text)))
    cluster.install(files)
    return Ready(cluster, cluster.splits(files))


class Ready:
    """A cluster and the splits of its input."""

    def __init__(self, cluster: Cluster, splits: list[Split]) -> None:
        self.cluster = cluster
        self.splits = splits

    def run(self, runner: Functions | None = None, **settings: Any) -> Outcome:
        """Run a job, a word count where none is given, to its end."""
        settings = {"reducers": 2} | settings
        return self.cluster.run(runner or functions(), self.splits, Settings(**settings))


def answer(outcome: Outcome) -> dict[Any, Any]:
    """Return the output by key."""
    return dict(json.loads(line) for line in outcome.lines)


def counted(*texts: bytes) -> dict[str, int]:
    """Return how often each word occurs, by one loop."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in text.decode(errors="replace").split():
            counts[word] = counts.get(word, 0) + 1
    return counts
