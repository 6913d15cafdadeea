"""The public face of the package: these names, no others, each loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import aio_sim

PUBLIC = {
    "AioSimError",
    "Process",
    "Run",
    "SECOND",
    "Scenario",
    "ScenarioError",
    "SchedulingPolicy",
    "__version__",
    "compare",
    "scheduling_policy",
    "simulate",
}


def test_the_public_names_are_these() -> None:
    assert set(aio_sim.__all__) == PUBLIC
    assert set(dir(aio_sim)) == PUBLIC
    for name in PUBLIC:
        assert getattr(aio_sim, name) is not None


def test_the_version_is_that_of_the_distribution() -> None:
    assert aio_sim.__version__ == version("aio-sim")


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = (
        "import sys, aio_sim; print(*{'numpy','rich','pydantic','simpy','yaml'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
