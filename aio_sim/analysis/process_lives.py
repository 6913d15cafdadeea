"""What processes in containers went through, as the notes of a full trace tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from aio_sim.analysis.naming import Sentence
from aio_sim.analysis.words import plain
from aio_sim.kernel.messages import _
from aio_sim.kernel.trace import SpanRow

if TYPE_CHECKING:
    from aio_sim.kernel.trace import Trace

PROCESSES: Final = " processes"
"""How tracks of such notes end; each note is what, PID, another PID, signal, exit code, name."""

_NOTHING: Final = "-"


class Note(NamedTuple):
    """One thing that happened to a process of a container."""

    what: str
    pid: int
    other: int
    signal: str
    code: str
    name: str


def process_sentences(trace: Trace) -> Iterator[Sentence]:
    """Yield what became of the processes of containers, in the order in which it did."""
    for cells in trace.spans.rows():
        span = SpanRow(*cells)
        track = trace.text(span.track)
        if not track.endswith(PROCESSES) or span.process >= 0:
            continue
        note = _note(trace.text(span.name))
        text = _told(note) if note is not None else ""
        if text:
            container = plain(track.removesuffix(PROCESSES))
            yield Sentence(span.start, f"{container}: {text}")


def _note(text: str) -> Note | None:
    what, *rest = text.split(" ", 5)
    if len(rest) != 5 or what not in _FORMS:
        return None
    pid, other, signal, code, name = rest
    return Note(what, int(pid), int(other), signal, code, name)


def _told(note: Note) -> str:
    return _FORMS[note.what](note).format(
        pid=note.pid, other=note.other, signal=note.signal, code=note.code, name=plain(note.name)
    )


def _forked(note: Note) -> str:
    if note.other:
        return _("process {pid} ({name}) is new, a child of {other}")
    return _("process {pid} ({name}) is new, begun from outside")


def _ended(note: Note) -> str:
    killed = note.signal != _NOTHING
    if note.pid == 1:
        if killed:
            return _("process 1 is ended by {signal}, exit code {code}, and all others with it")
        return _("process 1 has ended with exit code {code}, and all others with it")
    if killed:
        return _(
            "process {pid} is ended by {signal}, exit code {code}: a zombie until it is reaped"
        )
    return _("process {pid} has ended with exit code {code}: a zombie until it is reaped")


def _waits(note: Note) -> str:
    if note.other:
        return _("process {pid} is blocked: it waits for its child {other} to end")
    return _("process {pid} is blocked: it waits for a child to end")


def _woke(note: Note) -> str:
    if note.other:
        return _("process {pid} is ready again: its child {other} has ended")
    return _("process {pid} is ready again: there is no child to wait for")


# Functions, so that each sentence is looked up in the language of the moment.
_FORMS: Final[dict[str, Callable[[Note], str]]] = {
    "forked": _forked,
    "ended": _ended,
    "adopted": lambda _of: _("process {pid} is an orphan of {other}; process 1 adopts it"),
    "reaped": lambda _of: _("process {pid} is reaped by {other}, and leaves the table"),
    "blocked": _waits,
    "woke": _woke,
    "caught": lambda _of: _("process {pid} catches {signal} from {other}"),
    "ignored": lambda _of: _("process {pid} takes no notice of {signal} from {other}"),
    "shielded": lambda _of: _("process {pid} has no handler for {signal}, which does nothing"),
    "cleared": lambda _of: _("process {pid} ends with process 1"),
    "fork_refused": lambda _of: _("process {pid} cannot fork: the limit of processes is reached"),
    "out_of_memory": lambda _of: _("memory has run out; the kernel chooses process {pid} to die"),
}
