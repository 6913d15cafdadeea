"""What a run tells of its files: totals, and what was lost, as the trace keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from aio_sim.distributed.file_system import BlocksLost, Written

MOST_TOLD: Final = 100
"""So many files that were lost, or fell short, are told by name."""


@dataclass
class FileAccounts:
    """Counts puts and gets; times are nanoseconds, sizes bytes."""

    puts: int = 0
    gets: int = 0
    verified: int = 0
    wrong: list[str] = field(default_factory=list)
    put_times: list[int] = field(default_factory=list)
    get_times: list[int] = field(default_factory=list)
    put_bytes: int = 0
    get_bytes: int = 0
    short: dict[str, str] = field(default_factory=dict)
    """By path, what is less than was wanted."""
    lost: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By path, the blocks that could not be read."""
    refused: list[str] = field(default_factory=list)
    """Why something could not be done."""

    def written(self, file: Written, time: int) -> None:
        """Note that a file was written."""
        self.put_times.append(time)
        self.put_bytes += file.size
        self.placed(file)

    def placed(self, file: Written) -> None:
        """Note what is less of a file than was wanted."""
        if file.shortfall:
            self.short[file.path] = file.shortfall

    def read(self, path: str, size: int, time: int, same: bool | None) -> None:
        """Note that a file was read, and whether its bytes are those written, where known."""
        self.get_times.append(time)
        self.get_bytes += size
        self.verified += same is True
        if same is False:
            self.wrong.append(path)

    def failed(self, path: str, error: Exception) -> None:
        """Note that something could not be done."""
        if isinstance(error, BlocksLost):
            self.lost[path] = error.blocks
        else:
            self.refused.append(str(error))

    def totals(self) -> dict[str, int | float]:
        """Return the totals by the names of their metrics; times in seconds."""
        totals: dict[str, int | float] = {}
        for name, asked, times, size in (
            ("put", self.puts, self.put_times, self.put_bytes),
            ("get", self.gets, self.get_times, self.get_bytes),
        ):
            if asked:
                totals[f"dfs.{name}.count"] = asked
                totals[f"dfs.{name}.completed"] = len(times)
            if times:
                totals[f"dfs.{name}.time.mean"] = sum(times) / len(times) / 1e9
                totals[f"dfs.{name}.time.max"] = max(times) / 1e9
                spent = sum(times)
                totals[f"dfs.{name}.throughput"] = size * 1e9 / spent if spent else 0
        if self.gets:
            totals["dfs.verified"] = self.verified
            totals["dfs.lost.files"] = len(self.lost)
        if self.short:
            totals["dfs.short.files"] = len(self.short)
        if self.refused:
            totals["dfs.refused"] = len(self.refused)
        return totals

    def meta(self) -> dict[str, Any]:
        """Return the names of what was lost, fell short or was refused, the first of each."""
        told = {
            "lost": {path: list(blocks) for path, blocks in _first(self.lost)},
            "short": [sentence for _path, sentence in _first(self.short)],
            "refused": self.refused[:MOST_TOLD],
        }
        return {name: value for name, value in told.items() if value}


def _first(told: dict[str, Any]) -> list[tuple[str, Any]]:
    return list(told.items())[:MOST_TOLD]
