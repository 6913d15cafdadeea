"""`aio-sim topics`: where each topic of the document lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aio_sim.cli.options import Json
from aio_sim.kernel.messages import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aio_sim.teaching.topics import Topic


def topics(
    lang: Annotated[str, typer.Option(metavar="en|zh", help="Language of the titles.")] = "en",
    json: Json = False,
) -> None:
    """Print the topics of the document, with the module, scenario and test of each."""
    from aio_sim.teaching.topics import topics as read

    found = read(lang)
    if json:
        _print_json(found)
    else:
        _print_table(found)


def _print_json(found: Sequence[Topic]) -> None:
    from json import dumps

    print(dumps({"topics": [topic.as_json() for topic in found]}, ensure_ascii=False, indent=2))


def _print_table(found: Sequence[Topic]) -> None:
    from rich.cells import cell_len  # Chinese characters are two columns wide

    width = max(cell_len(topic.title) for topic in found)
    for topic in found:
        padding = " " * (width - cell_len(topic.title))
        print(f"{topic.id:<4} {topic.title}{padding}  {_places(topic)}")
    there = sum(topic.present for topic in found)
    print(_("{there} of {all} topics are there.").format(there=there, all=len(found)))


def _places(topic: Topic) -> str:
    if not topic.present:
        return _("not there yet")
    places = (topic.module, topic.scenario, topic.lab, topic.exercise, topic.test, topic.page)
    return "  ".join(place for place in places if place)
