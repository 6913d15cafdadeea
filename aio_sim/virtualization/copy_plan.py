"""The time of a copy in stages, worked out without running it.

Rates are bytes of the original a second, times any one unit. docs/background/disk-images.md derives
the formulas.
"""

from __future__ import annotations

from collections.abc import Sequence


def pipeline_time(stages: Sequence[int], chunks: int) -> int:
    """Return how long equal chunks take through stages that take so long for one chunk each.

    The sum of the stages, and the slowest once more for every further chunk: a permutation flow
    shop with identical jobs (M. Pinedo, Scheduling, 5th ed., chapter 6). No chunks take no time.
    """
    return sum(stages) + (chunks - 1) * max(stages) if chunks and stages else 0


def serial_break_even(ratio: float, compress: float, decompress: float) -> float:
    """Return the link rate below which compression pays, one step after the other.

    (1 - 1/ratio) / (1/compress + 1/decompress).
    """
    return (1 - 1 / ratio) / (1 / compress + 1 / decompress)


def pipelined_break_even(
    ratio: float, compress: float, decompress: float, disks: float = float("inf")
) -> float:
    """Return the link rate below which compression pays for many chunks in a pipeline.

    min(compress, decompress, disks), `disks` the slower one of reading and writing: below that the
    link is what everybody waits for, and carries less. 0 where nothing is gained.
    """
    return min(compress, decompress, disks) if ratio > 1 else 0.0
