"""Cuts the links that a scenario lets fail, and repairs them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from simpy.events import Event

from aio_sim.hardware.network import Network
from aio_sim.kernel.environment import Environment
from aio_sim.scenario.network import FailureSpec
from aio_sim.simulation.part import Part


def fail_link(
    env: Environment, network: Network, failure: FailureSpec, parts: Iterable[Part]
) -> Generator[Event, Any, None]:
    """Cut a link and repair it after a while; then tell all parts, for some may wait for that."""
    yield env.timeout(failure.at)
    network.fail(failure.link)
    if failure.duration is not None:
        yield env.timeout(failure.duration)
        network.repair(failure.link)
        for part in parts:
            part.link_repaired()
