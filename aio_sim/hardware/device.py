"""Devices that serve one request after another: disks."""

from __future__ import annotations

from simpy.events import Event

from aio_sim.kernel.environment import SECOND, Environment


class Device:
    """A device with one queue, first come, first served.

    A request costs a latency and its bytes at a rate. As nothing overtakes, the end of a request
    is known when it is made, and costs one event.
    """

    def __init__(self, env: Environment, latency: int) -> None:
        self._env = env
        self._latency = latency
        self._free_at = 0
        self.busy = 0
        """Nanoseconds of service, of all requests so far."""

    def serve(self, size: int, rate: int) -> Event:
        """Return an event that fires when `size` bytes are served, at `rate` bytes a second."""
        return self._env.timeout(self.claim(1, size, rate))

    def claim(self, requests: int, size: int, rate: int) -> int:
        """Return in how many ns that many requests, `size` bytes in all, are served; no event."""
        now = self._env.now
        time = requests * self._latency + -(-size * SECOND // rate)
        self.busy += time
        self._free_at = max(self._free_at, now) + time
        return self._free_at - now


class Disk:
    """A disk: one arm, so one queue for reads and writes alike. Rates are bytes a second."""

    def __init__(
        self, env: Environment, size: int, read_rate: int, write_rate: int, latency: int
    ) -> None:
        self.size = size
        self._read_rate = read_rate
        self._write_rate = write_rate
        self._device = Device(env, latency)

    def read(self, size: int) -> Event:
        """Return an event that fires when `size` bytes have been read."""
        return self._device.serve(size, self._read_rate)

    def write(self, size: int) -> Event:
        """Return an event that fires when `size` bytes have been written."""
        return self._device.serve(size, self._write_rate)

    def claim_reads(self, requests: int, size: int) -> int:
        """Return in how many ns that many reads, `size` bytes in all, made now, are done."""
        return self._device.claim(requests, size, self._read_rate)

    def claim_writes(self, requests: int, size: int) -> int:
        """Return in how many ns that many writes, `size` bytes in all, made now, are done."""
        return self._device.claim(requests, size, self._write_rate)

    @property
    def busy(self) -> int:
        """Nanoseconds of service, of all requests so far."""
        return self._device.busy
