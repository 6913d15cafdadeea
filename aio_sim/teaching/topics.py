"""The topics of the document, and where each lives in the project."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any, Final

from aio_sim.kernel.errors import UnknownName

LANGUAGES: Final = ("en", "zh")

ABSENT: Final = {"en": "not there yet", "zh": "尚未实现"}
"""What is said of a topic that is nowhere yet, in the language of the titles."""
PRESENT: Final = {
    "en": "{there} of {all} topics are there.",
    "zh": "{all} 个主题中已有 {there} 个。",
}
"""How many of all topics are there, in the language of the titles."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, and the places that teach and prove it; None where there is none yet."""

    id: str
    section: int
    title: str
    module: str | None = None
    """An importable name."""
    scenario: str | None = None
    """The name of a shipped scenario."""
    lab: str | None = None
    """A command."""
    exercise: str | None = None
    """A command."""
    test: str | None = None
    """A pytest node id."""
    page: str | None = None
    """A path under docs."""

    @property
    def present(self) -> bool:
        """Whether the project has it: code, or a page where the topic is not about code."""
        return bool(self.module or self.page)

    def as_json(self) -> dict[str, str | None]:
        """Return the topic as `aio-sim topics --json` prints it."""
        return {name: value for name, value in asdict(self).items() if name != "section"}


def topics(language: str = "en") -> tuple[Topic, ...]:
    """Return every topic, in the document's order, with its title in `language`.

    Raises UnknownName for a language that the document's list is not in.
    """
    if language not in LANGUAGES:
        raise UnknownName("language", language, LANGUAGES)
    places = _read("places.yaml")
    return tuple(
        Topic(entry["id"], entry["section"], entry[language], **places.get(entry["id"], {}))
        for entry in _read("topics.yaml")
    )


def _read(name: str) -> Any:
    import yaml

    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))
