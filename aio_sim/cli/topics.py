"""`aio-sim topics`: where each topic of the document lives."""

from __future__ import annotations

from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aio_sim.cli.options import Json
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aio_sim.teaching.topics import Topic

_LEAST_ROOM: Final = 20


def topics(
    lang: Annotated[str, typer.Option(metavar="en|zh", help="Language of the titles.")] = "en",
    json: Json = False,
) -> None:
    """Print the topics of the document, and where each is."""
    from aio_sim.teaching.topics import topics as read

    found = read(lang)
    if json:
        _print_json(found)
    else:
        _print_table(found, lang)


def _print_json(found: Sequence[Topic]) -> None:
    from json import dumps

    print(dumps({"topics": [topic.as_json() for topic in found]}, ensure_ascii=False, indent=2))


def _print_table(found: Sequence[Topic], language: str) -> None:
    from rich.cells import cell_len  # Chinese characters are two columns wide

    from aio_sim.teaching.topics import ABSENT, PRESENT

    width = max(cell_len(topic.title) for topic in found)
    indent = width + 7
    for topic in found:
        padding = " " * (width - cell_len(topic.title))
        first, *others = _places(topic, indent) or [_(ABSENT[language])]
        print(f"{topic.id:<4} {topic.title}{padding}  {first}")
        for line in others:
            print(" " * indent + line)
    there = sum(topic.present for topic in found)
    print(_(PRESENT[language]).format(there=there, all=len(found)))


def _places(topic: Topic, indent: int) -> list[str]:
    """Return where a topic is taught, folded to what the terminal has beside the titles.

    Which test proves it is for programs: see `--json`.
    """
    room = max(get_terminal_size().columns - indent, _LEAST_ROOM)
    places = (topic.module, topic.scenario, topic.lab, topic.exercise, topic.page)
    return [line for place in places if place for line in _folded(place, room)]


def _folded(place: str, room: int) -> list[str]:
    """Return the lines of a place, which is broken after dots and between words."""
    lines = wrap(place.replace(".", ". "), room, break_on_hyphens=False)
    return [line.replace(". ", ".") for line in lines]
