"""Placement policies: which host lends what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aio_sim.kernel.registry import Registry
from aio_sim.resources.demand import Needs
from aio_sim.resources.rooms import Rooms, least_free, load, most_free
from aio_sim.scheduling.policy import Moment


class PlacementPolicy(BaseModel):
    """Chooses a host for a demand: pure, it only looks and answers.

    Override `choose`. Options are fields, as in any pydantic model; an unknown one is refused.
    Where several hosts are as good, the built-in policies take the one that comes first. They
    measure hosts by one kind of capacity, the first that is asked for: cores, else memory, else
    disk.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the number of a host of `rooms` that has room for `needs`, None if none has.

        `moment` has the time, a random stream, and a memory of the policy's own.
        """
        return rooms.first(needs)


PLACEMENT_POLICIES: Registry[PlacementPolicy] = Registry("placement policy", PlacementPolicy)


def placement_policy(name: str) -> Callable[[type[PlacementPolicy]], type[PlacementPolicy]]:
    """Return a decorator that makes a policy available as `allocation: {placement: name}`."""
    return PLACEMENT_POLICIES.register(name)


@placement_policy("first_fit")
class FirstFit(PlacementPolicy):
    """The first host that has room. O(log hosts) for one kind of capacity."""


@placement_policy("best_fit")
class BestFit(PlacementPolicy):
    """The host with the least free among those that have room, so that large rooms stay large.

    Source, as for first fit and worst fit: Knuth, The Art of Computer Programming, vol. 1, 2.5.
    """

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the fullest host that has room."""
        return rooms.least(least_free, needs, lowest=needs[0][1] if needs else None)


@placement_policy("worst_fit")
class WorstFit(PlacementPolicy):
    """The host with the most free, so that what is left over is of use."""

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the emptiest host that has room."""
        return rooms.least(most_free, needs)


@placement_policy("round_robin")
class RoundRobin(PlacementPolicy):
    """The next host that has room, after the one chosen last."""

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the first host with room from where the last choice left off, going round."""
        host = rooms.first(needs, moment.memory.get("next", 0))
        if host is None:
            host = rooms.first(needs)
        if host is not None:
            moment.memory["next"] = host + 1
        return host


@placement_policy("least_loaded")
class LeastLoaded(PlacementPolicy):
    """The host of which the smallest part is lent out; worst_fit where all hosts are alike."""

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the host with room that has the least load."""
        return rooms.least(load, needs)


@placement_policy("power_of_two")
class PowerOfTwo(PlacementPolicy):
    """The less loaded of two hosts drawn by lot (with replacement) from those that have room.

    `choices` is how many are drawn. Almost as even as looking at all of them, at no such cost.
    Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10),
    2001.
    """

    choices: Annotated[int, Field(ge=1)] = 2

    def choose(self, rooms: Rooms, needs: Needs, moment: Moment) -> int | None:
        """Return the least loaded of the hosts drawn."""
        kind = needs[0][0] if needs else 0
        drawn = {rooms.draw(needs, moment.random) for _ in range(self.choices)} - {None}
        pairs = [
            (load(rooms.free[host][kind], rooms.capacity[host][kind]), host)
            for host in drawn
            if host is not None
        ]
        return min(pairs)[1] if pairs else None
