"""The lab on page replacement: a reference string through a number of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, integers, one_of, stream
from aio_sim.virtualization.memory.paging import PagingStep, simulate_paging

BY_HAND: Final = ("fifo", "lru", "clock", "lfu", "opt")
"""The policies whose answer a person can find without throwing dice."""

_LENGTH: Final = 12
_PAGES: Final = 7
_LARGEST_PICTURE: Final = 10_000_000


@dataclass(frozen=True)
class PagingProblem:
    """A reference string to run through `frames` empty frames; the seed matters to `random`."""

    policy: str
    frames: int
    reference: tuple[int, ...]
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class PagingAnswer:
    """What happens at each access."""

    steps: tuple[PagingStep, ...]

    @property
    def hits(self) -> int:
        """The accesses that found their page in memory."""
        return sum(step.hit for step in self.steps)

    @property
    def faults(self) -> int:
        """The accesses that did not."""
        return len(self.steps) - self.hits

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it."""
        steps = [step._asdict() | {"frames": list(step.frames)} for step in self.steps]
        return {"hits": self.hits, "faults": self.faults, "steps": steps}


def draw(
    seed: int,
    *,
    policy: str | None = None,
    frames: int | None = None,
    reference: Sequence[int] | None = None,
) -> PagingProblem:
    """Return a problem with what is given, the rest drawn under `seed`."""
    if policy is None:
        policy = one_of(stream(seed, "paging", "policy"), BY_HAND)
    if frames is None:
        frames = integer(stream(seed, "paging", "frames"), 3, 4)
    if reference is None:
        reference = integers(stream(seed, "paging", "reference"), 0, _PAGES, _LENGTH)
    return PagingProblem(policy, frames, tuple(reference), seed)


def solve(problem: PagingProblem) -> PagingAnswer:
    """Return the answer.

    Raises UnknownName for another policy, InputError for a frame count of 0 or a problem too large
    to be shown step by step.
    """
    # More frames than pages change nothing but the memory that they take here.
    frames = min(problem.frames, len(set(problem.reference)) or 1)
    if frames * len(problem.reference) > _LARGEST_PICTURE:
        raise InputError(
            _("{accesses} accesses with {frames} frames are too many for a lab").format(
                accesses=len(problem.reference), frames=frames
            )
        )
    steps = simulate_paging(problem.policy, frames, problem.reference, problem.seed)
    return PagingAnswer(tuple(steps))
