"""A program gone wrong: it overwrites records of a storage server, through the front door."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from aio_sim.storage.backup.truth import State
from aio_sim.storage.server.statements import Put, Statement
from aio_sim.storage.server.work import Request

if TYPE_CHECKING:
    import numpy as np

AT_ONCE: Final = 20
"""Records that it overwrites in a transaction: so it holds few up. An assumption."""


class Rogue:
    """Overwrites a share of the records of each store, one transaction after the other.

    It stops where the server fails it. `submit` takes a request, `now` tells the time (ns).
    """

    def __init__(
        self,
        submit: Callable[[Request], None],
        now: Callable[[], int],
        state: State,
        share: float,
        random: np.random.Generator,
    ) -> None:
        self._submit = submit
        self._now = now
        puts = list(_nonsense(state, share, random))
        self._left = [puts[at : at + AT_ONCE] for at in range(0, len(puts), AT_ONCE)]

    def go_on(self) -> None:
        """Ask for the next transaction."""
        if self._left:
            puts = self._left.pop(0)
            self._submit(Request(0, lambda: _program(puts), self._now(), self))

    def answered(self, _request: Request) -> None:
        """Go on."""
        self.go_on()

    def failed(self, _request: Request) -> None:
        """Stop."""
        self._left.clear()


def _nonsense(state: State, share: float, random: np.random.Generator) -> Iterator[Put]:
    for store, records in state.items():
        count = max(round(share * len(records)), 1)
        chosen = random.permutation(len(records))[:count].tolist()
        everything = list(records.items())
        for place in sorted(chosen):
            key, record = everything[place]
            yield Put(store, {name: _spoilt(value, key) for name, value in record.items()})


def _spoilt(value: Any, key: tuple[object, ...]) -> Any:
    """Return nonsense of the same kind; what is of the key stays, for the record is found by it."""
    if value in key:
        return value
    if isinstance(value, str):
        return value[::-1]
    return -value if isinstance(value, int | float) else value


def _program(puts: Sequence[Put]) -> Generator[Statement, Any, None]:
    yield from puts
