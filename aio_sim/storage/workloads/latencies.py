"""How long requests took, by kind, kept one by one for percentiles."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

NANOSECONDS: Final = 1e9
PERCENTILES: Final = (50, 95, 99)


class Latencies:
    """Times in ns, 8 bytes each, by kind; `ignored` of them at the beginning are left out."""

    def __init__(self, kinds: Sequence[str], ignored: int = 0) -> None:
        self._kinds = kinds
        self._times = [array("q") for _kind in kinds]
        self._ignored = ignored
        self.begun = 0
        """The instant at which the first that counts was answered, or 0."""
        self.ended = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(map(len, self._times))

    def add(self, kind: int, time: int, now: int) -> None:
        """Keep one, of a request that was answered now."""
        if self._ignored:
            self._ignored -= 1
            self.begun = now
            return
        self._times[kind].append(time)
        self.ended = now

    def totals(self, prefix: str) -> dict[str, int | float]:
        """Return throughput and latencies in seconds, of all and of each kind that came."""
        told: dict[str, int | float] = {f"{prefix}.answered": self.count}
        if self.count and self.ended > self.begun:
            told[f"{prefix}.throughput"] = self.count / ((self.ended - self.begun) / NANOSECONDS)
        told |= _percentiles(f"{prefix}.latency", self._times)
        present = [
            (name, times) for name, times in zip(self._kinds, self._times, strict=True) if times
        ]
        if len(present) > 1:
            for name, times in present:
                told[f"{prefix}.{name}.answered"] = len(times)
                told |= _percentiles(f"{prefix}.{name}.latency", [times])
        return told


def _percentiles(prefix: str, times: Sequence[array[int]]) -> dict[str, float]:
    """Return mean, percentiles and maximum in seconds; a percentile is a time that occurred."""
    import numpy as np

    kept = [np.frombuffer(part, dtype=np.int64) for part in times if part]
    if not kept:
        return {}
    together = np.sort(np.concatenate(kept))
    told = {f"{prefix}.mean": float(together.mean()) / NANOSECONDS}
    for percent in PERCENTILES:
        value = np.percentile(together, percent, method="inverted_cdf")
        told[f"{prefix}.p{percent}"] = float(value) / NANOSECONDS
    told[f"{prefix}.max"] = float(together[-1]) / NANOSECONDS
    return told
