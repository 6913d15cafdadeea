"""What user functions may answer with, and the pairs of key and value that it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aio_sim.kernel.messages import _

Pair = tuple[Any, Any]


def pairs_of_map(answer: Any) -> Iterator[Pair]:
    """Yield the pairs that a map function gave: it yields them, or returns them.

    What it returns is a list or another iterable of pairs, a mapping, one pair, or None for none.
    Raises TypeError for anything else.
    """
    if answer is None:
        return
    if _is_one_pair(answer):
        yield answer
        return
    if isinstance(answer, Mapping):
        answer = answer.items()
    if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
        raise TypeError(_expected(answer))
    for item in answer:
        if not (isinstance(item, tuple | list) and len(item) == 2):
            raise TypeError(_expected(item))
        yield item[0], item[1]


def pairs_of_reduce(key: Any, answer: Any) -> Iterator[Pair]:
    """Yield the pairs that a reduce or combine function gave for a key.

    A tuple of two is a pair. Anything else that it yields, or returns, is the value of the key
    itself, except None returned, which is nothing, and a list of tuples of two, which are pairs.
    """
    if isinstance(answer, Iterator):
        for item in answer:
            yield item if _is_pair(item) else (key, item)
    elif _is_pair(answer):
        yield answer
    elif isinstance(answer, list) and answer and all(_is_pair(item) for item in answer):
        yield from answer
    elif answer is not None:
        yield key, answer


def _is_pair(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2


def _is_one_pair(answer: Any) -> bool:
    """Return whether a tuple of two is one pair, rather than two of them."""
    return _is_pair(answer) and not all(_is_pair(part) for part in answer)


def _expected(item: Any) -> str:
    sentence = _("expected pairs (key, value), got {kind}: {item}")
    return sentence.format(kind=type(item).__name__, item=short(repr(item)))


def short(text: str, most: int = 80) -> str:
    """Return a text, or the beginning of one that is longer than `most`."""
    return text if len(text) <= most else f"{text[: most - 3]}..."
