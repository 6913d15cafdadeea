"""Copies images from host to host on the event loop, each as a pipeline of five stages.

Chunks go from stage to stage through bounded buffers. Disks, cores and network are the ones that
everybody else uses too, so a copy is slowed by its neighbours and slows them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Protocol

from simpy.events import Event
from simpy.events import Process as Story

from aio_sim.hardware.host import Host
from aio_sim.hardware.network.transport import Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.trace import Trace
from aio_sim.virtualization.copy_pipeline import CopyPipeline
from aio_sim.virtualization.image_copy import CopyResult, ImageCopy


class DiskSpace(Protocol):
    """Who lends space on the disks of hosts."""

    def promise(self, host: Host, size: int) -> str:
        """Set space aside and return "", or return why there is none."""

    def give_back(self, host: Host, size: int) -> None:
        """Take back space that was promised."""


class ImageCopier:
    """Copies images. `number` gives each piece of compression its number as a process."""

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        network: Network,
        space: DiskSpace,
        number: Callable[[], int],
    ) -> None:
        self._env = env
        self._trace = trace
        self._network = network
        self._space = space
        self._number = number
        self._under_way: dict[CopyPipeline, None] = {}
        self._counts = dict.fromkeys(("copies", "failed", "payload", "sent", "time"), 0)

    def copy(
        self, image: ImageCopy, source: Host, destination: Host, network: Network | None = None
    ) -> Event:
        """Copy an image, over `network` where one is given.

        The event fires with a CopyResult, also where the copy failed.

        It then leaves nothing behind. Where the destination has no space, nothing is sent.
        """
        return self._env.process(self._copy(image, source, destination, network or self._network))

    def cancel(self, copy: Event) -> None:
        """Give up the copy whose end this event is; nothing happens where it has ended."""
        if isinstance(copy, Story) and copy.is_alive:
            copy.interrupt()

    def remove(self, image: ImageCopy, host: Host) -> None:
        """Give back the space of an image that is not needed there any more."""
        self._space.give_back(host, image.payload)

    def totals(self) -> Mapping[str, int]:
        """Return copies begun and failed, bytes of originals and on the network, and ns, summed."""
        return {f"image.copy.{name}": count for name, count in self._counts.items()}

    def close(self) -> None:
        """Write the spans of the copies that are under way when the run ends."""
        for pipeline in self._under_way:
            pipeline.break_off()

    def _copy(
        self, image: ImageCopy, source: Host, destination: Host, network: Network
    ) -> Generator[Event, object, CopyResult]:
        begun = self._env.now
        pipeline = CopyPipeline(
            self._env, self._trace, network, self._number, image, source, destination
        )
        reason = self._space.promise(destination, image.payload)
        if not reason:
            self._under_way[pipeline] = None
            reason = yield from pipeline.run()
            del self._under_way[pipeline]
            if reason:
                self._space.give_back(destination, image.payload)
        pipeline.finish(reason)
        result = CopyResult(
            image.name,
            source.name,
            destination.name,
            image.payload,
            pipeline.sent,
            pipeline.written,
            self._env.now - begun,
            pipeline.busy,
            reason,
        )
        self._count(result)
        return result

    def _count(self, result: CopyResult) -> None:
        counts = self._counts
        counts["copies"] += 1
        counts["failed"] += not result.succeeded
        counts["payload"] += result.written
        counts["sent"] += result.sent
        counts["time"] += result.time
