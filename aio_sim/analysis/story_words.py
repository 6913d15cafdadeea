"""What migrations of machines and copies of images went through, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration, format_size

STAGES: Final = " stages"
MIGRATION: Final = "migration "
COPY: Final = "copy "
"""How tracks of stages end, and how tracks of stories begin."""

WHOLE: Final = "from "
"""How the name of what holds all stages of a story goes on."""

UNDER_WAY: Final = " under way"
"""How the note ends of a story that the end of the run cut short."""

_PAUSED: Final = "migration paused"
_WAITS: Final = "migration waits: "
_ROUND: Final = "migration round "
_STOP: Final = "migration stop and copy "
_ACCOUNT: Final = "copy stages "
_STAGES_OF_A_COPY: Final = 5


class Stretch(NamedTuple):
    """Something that lasted from start to end (nanoseconds), by its name."""

    name: str
    start: int
    end: int


class Story:
    """The stages of what was done with a machine or an image, and the states of that machine."""

    def __init__(self, track: str, stages: list[Stretch], still: list[Stretch]) -> None:
        self._kind, subject = kind_and_subject(track)
        self._who = plain(subject)
        self._still = still
        notes = {stage.end for stage in stages if stage.name.endswith(UNDER_WAY)}
        stages = [stage for stage in stages if not stage.name.endswith(UNDER_WAY)]
        self._wholes = [stage for stage in stages if _is_whole(stage)]
        self._open = [whole for whole in self._wholes if whole.end in notes]
        parts = (stage for stage in stages if not _is_whole(stage))
        self._parts = sorted(parts, key=lambda stage: (stage.start, -stage.end))

    def begins(self) -> Iterator[Sentence]:
        """Yield the sentence with which each whole story begins."""
        form = _("{who}: {what} begins")
        for whole in self._wholes:
            yield Sentence(whole.start, form.format(who=self._who, what=plain(whole.name)))

    def stages(self) -> Iterator[Sentence]:
        """Yield each stage as it begins, and how each whole story ends."""
        for part in self._parts:
            time, what = part.end - part.start, stage_in_words(part.name)
            form = _("{who}: {what}, for {time}") if time else _("{who}: {what}")
            text = form.format(who=self._who, what=what, time=format_duration(time))
            yield Sentence(part.start, text)
        for whole in self._wholes:
            yield Sentence(whole.end, self._end(whole))

    def _end(self, whole: Stretch) -> str:
        form = _("{who}: {what} has ended after {time}")
        if whole in self._open:
            form = _("{who}: {what} is still under way after {time}")
        time = format_duration(whole.end - whole.start)
        text = form.format(who=self._who, what=plain(whole.name), time=time)
        if self._kind == MIGRATION.strip():
            text += self._stood_still(whole)
        return text + (self._waits(whole) if whole in self._open else "")

    def _stood_still(self, whole: Stretch) -> str:
        # A pause that lasts beyond the story, or began before it, is the user's.
        times = (
            each.end - each.start
            for each in self._still
            if whole.start <= each.start and each.end <= whole.end
        )
        time = format_duration(sum(times))
        return _(", of which it stood still for {time}").format(time=time)

    def _waits(self, whole: Stretch) -> str:
        """Return what a machine waits for whose way is cut as the run ends, "" for another."""
        if not any(part.name == _PAUSED and part.end == whole.end for part in self._parts):
            return ""
        notes = [part.name for part in self._parts if part.name.startswith(_WAITS)]
        reason = plain(notes[-1].removeprefix(_WAITS)) if notes else ""
        return _("; it waits, for {reason}").format(reason=reason) if reason else ""


def kind_and_subject(track: str) -> tuple[str, str]:
    """Return whether a track is of stages, a migration or a copy, and of what."""
    if track.endswith(STAGES):
        return STAGES.strip(), track.removesuffix(STAGES)
    kind, _space, subject = track.partition(" ")
    return kind, subject


def stage_in_words(name: str) -> str:
    """Return the name of a stage as a person reads it, with the bytes that it tells."""
    if name.startswith(_ROUND) and len(rest := name.removeprefix(_ROUND).split()) == 2:
        form = _("migration round {number} of {size}")
        return form.format(number=rest[0], size=format_size(int(rest[1])))
    if name.startswith(_STOP) and len(rest := name.removeprefix(_STOP).split()) == 2:
        return _stop_in_words(int(rest[0]), rest[1])
    if name.startswith(_ACCOUNT):
        return _account_in_words([int(each) for each in name.removeprefix(_ACCOUNT).split()])
    return plain(name.removeprefix(COPY))


def _stop_in_words(size: int, reason: str) -> str:
    reasons = {
        "threshold": _("as what is dirty is no more than the threshold"),
        "rounds": _("as that was the last round allowed"),
        "factor": _("as more has been sent than is worth while"),
    }
    form = _("migration stop and copy of {size}, {reason}")
    return form.format(size=format_size(size), reason=reasons.get(reason, plain(reason)))


def _account_in_words(numbers: list[int]) -> str:
    """Return how long each stage of a copy was busy (ns), and the bytes written and sent."""
    busy, (written, sent) = numbers[:_STAGES_OF_A_COPY], numbers[_STAGES_OF_A_COPY:]
    names = (_("read"), _("compress"), _("send"), _("decompress"), _("write"))
    slowest = max(range(len(busy)), key=busy.__getitem__)
    told = [
        f"{name} {format_duration(time)}" + (_(" (the slowest)") if at == slowest else "")
        for at, (name, time) in enumerate(zip(names, busy, strict=True))
        if time
    ]
    form = _("busy were {stages}; {written} sent as {sent}")
    if written > sent > 0:
        form = _("busy were {stages}; {written} sent as {sent}, {ratio} times smaller")
    return form.format(
        stages=", ".join(told),
        written=format_size(written),
        sent=format_size(sent),
        ratio=f"{written / max(sent, 1):.3g}",
    )


def _is_whole(stage: Stretch) -> bool:
    return stage.name.removeprefix(COPY).removeprefix(MIGRATION).startswith(WHOLE)
