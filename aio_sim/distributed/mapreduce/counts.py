"""What a task counts: records, bytes, spills. Simulated time is a function of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass
class Counts:
    """Numbers of records and bytes of one task, or of all tasks of a job. Sizes are bytes."""

    map_input_records: int = 0
    map_input_bytes: int = 0
    map_output_records: int = 0
    map_output_bytes: int = 0
    combine_input_records: int = 0
    combine_output_records: int = 0
    spills: int = 0
    spilled_records: int = 0
    merge_passes: int = 0
    comparisons: int = 0
    """Of keys, as sorting and merging take them: n log2 n, or n log2 of the runs merged."""
    disk_read_bytes: int = 0
    disk_written_bytes: int = 0
    shuffled_bytes: int = 0
    reduce_input_groups: int = 0
    reduce_input_records: int = 0
    reduce_output_records: int = 0
    output_bytes: int = 0
    skipped_records: int = 0

    def add(self, other: Counts) -> None:
        """Count another's, too."""
        for field in fields(self):
            name = field.name
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, int]:
        """Return the numbers by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, numbers: Mapping[str, object]) -> Counts:
        """Return what `as_json` was made of; ValueError where it is anything else."""
        names = {field.name for field in fields(cls)}
        if set(numbers) != names or not all(type(number) is int for number in numbers.values()):
            raise ValueError("these are no counts")
        return cls(**{name: int(str(numbers[name])) for name in names})
