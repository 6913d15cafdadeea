"""Cuts the links that a scenario lets fail, and repairs them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import Environment
from aio_sim.scenario.network import FailureSpec


def fail_link(
    env: Environment, network: Network, failure: FailureSpec, on_repair: Callable[[], object]
) -> Generator[Event, Any, None]:
    """Cut a link and repair it after a while; then tell those who wait for that."""
    yield env.timeout(failure.at)
    network.fail(failure.link)
    if failure.duration is not None:
        yield env.timeout(failure.duration)
        network.repair(failure.link)
        on_repair()
