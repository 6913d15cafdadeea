"""A number of pods, given as such or in per cent of the replicas wanted, as Kubernetes rounds it.

Source: Kubernetes documentation, Deployments, "Max Unavailable" (rounded down) and "Max Surge"
(rounded up); Specifying a Disruption Budget, "Rounding logic when specifying percentages" (up).
"""

from __future__ import annotations

from dataclasses import dataclass

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _


@dataclass(frozen=True, slots=True)
class Bound:
    """So many pods, or with `percent` so many per cent. Raises InputError for a negative one."""

    value: int
    percent: bool = False

    def __post_init__(self) -> None:
        if self.value < 0:
            raise InputError(_("a number or percentage of pods must not be negative"))

    @classmethod
    def parse(cls, text: str | int) -> Bound:
        """Return the bound that a manifest writes as `2` or `25%`; InputError for another text."""
        written = str(text).strip()
        digits = written.removesuffix("%")
        if not (digits.isascii() and digits.isdigit()):
            raise InputError(
                _("{text!r} is not a number of pods; expected 2 or 25%").format(text=written)
            )
        return cls(int(digits), percent=digits != written)

    def up(self, replicas: int) -> int:
        """Return the number of pods, a part counted as one."""
        return -(-self.value * replicas // 100) if self.percent else self.value

    def down(self, replicas: int) -> int:
        """Return the number of pods, a part dropped."""
        return self.value * replicas // 100 if self.percent else self.value
