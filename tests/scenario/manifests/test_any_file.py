"""Whatever is in a manifest or a compose file: a scenario, or an error that says what is wrong."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_sim.kernel.errors import ScenarioError
from aio_sim.scenario.manifests.importing import from_compose, from_manifests
from tests.scenario.manifests.reading import FILES

ODD: list[Any] = [None, True, 0, -1, 1.5, 10**30, "", "x", "250m", "$", [], {}, [None], {"a": 1}]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all parts of some data."""
    items = enumerate(data) if isinstance(data, list) else ()
    items = data.items() if isinstance(data, dict) else items
    return [path, *(found for key, each in items for found in places(each, (*path, key)))]


def mangled(documents: list[Any], generator: random.Random) -> list[Any]:
    """Return documents of which some parts are missing, or are something else."""
    documents = copy.deepcopy(documents)
    for _change in range(generator.randint(1, 4)):
        path = generator.choice([each for each in places(documents) if each] or [()])
        if not path:  # nothing is left
            break
        parent: Any = documents
        for key in path[:-1]:
            parent = parent[key]
        if generator.random() < 0.3:
            del parent[path[-1]]
        else:
            parent[path[-1]] = copy.deepcopy(generator.choice(ODD))
    return documents


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", ["shop.yaml", "compose.yaml"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_file_is_a_scenario_or_an_error_with_its_place(
    name: str, seed: int, tmp_path: Path
) -> None:
    documents = list(yaml.safe_load_all((FILES / name).read_text(encoding="utf-8")))
    path = tmp_path / name
    path.write_text(yaml.safe_dump_all(mangled(documents, random.Random(seed))), encoding="utf-8")
    try:
        found = from_compose(path) if name == "compose.yaml" else from_manifests([path])
    except ScenarioError as error:
        assert all(each.file and each.message for each in error.problems)  # noqa: PT017
    else:
        assert found.scenario.name
