"""What the parts of a run stand on: the system as far as it is wired before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aio_sim.hardware.host import Host
from aio_sim.hardware.network import Network
from aio_sim.hardware.network.transport import Network as Transport
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.random_streams import RandomStreams
from aio_sim.kernel.trace import Trace
from aio_sim.resources.manager import ResourceManager
from aio_sim.scenario import Scenario
from aio_sim.scheduling.machine import Machine
from aio_sim.simulation.ending import Ending


@dataclass(frozen=True)
class Ground:
    """Hosts, network, resource manager, and the machines that the parts before have made."""

    env: Environment
    trace: Trace
    scenario: Scenario
    streams: RandomStreams
    hosts: list[Host]
    network: Network | None
    manager: ResourceManager
    ending: Ending
    on_down: Callable[[str, bool], None]
    """Told by its name of each machine that takes no tasks any more, or takes some again."""
    machines: dict[str, Machine]
    """All that take tasks, by name: the hosts, then what each part adds."""

    transport: Transport | None
    """The network as those use it who send: what is to be encrypted on its way is."""

    def number(self, name: str) -> int:
        """Return the number of a process that is no task."""
        return self.trace.add_processes([name])
