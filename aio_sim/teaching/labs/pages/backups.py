"""The sheet of the lab on chains of backups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _, plural
from aio_sim.storage.backup.manifest import BackupKind
from aio_sim.teaching.labs.backups import BackupAnswer, BackupProblem, size
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: BackupProblem, answer: BackupAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_given(problem),
        task=_("Which backups are read to restore day {day}, and how much is that?").format(
            day=problem.day
        ),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: BackupProblem) -> Iterator[RenderableType]:
    kind = BackupKind(problem.strategy)
    if kind is BackupKind.FULL or problem.cycle == 1:
        yield _("A full backup each night from day 0 on")
    else:
        form = _("A backup each night from day 0 on: a full one every {cycle} nights, else {kind}")
        yield form.format(cycle=problem.cycle, kind=_kind(kind))
    yield _("A block is written {writes:g} times a day in the mean").format(writes=problem.writes)
    if problem.damaged is not None:
        yield _("The backup of day {day} is damaged").format(day=problem.damaged)
    yield ""


def _solution(answer: BackupAnswer) -> Iterator[RenderableType]:
    if not answer.needed:
        yield _("nothing can be restored: each way back needs the damaged backup")
        return
    rows = (
        (str(each.at), _kind(each.kind), f"{part:.3f}")
        for each, part in zip(answer.needed, answer.sizes, strict=True)
    )
    yield table((_("day"), _("backup"), _("size")), rows)
    yield ""
    yield _("read: {read:.3f} full backups; kept by then: {stored:.3f}").format(
        read=sum(answer.sizes), stored=answer.stored
    )
    if answer.lost:
        form = plural(
            "day {reached} is the last good point: what was written in {lost} day is lost",
            "day {reached} is the last good point: what was written in {lost} days is lost",
            answer.lost,
        )
        yield form.format(reached=answer.reached, lost=answer.lost)


def _explanation(problem: BackupProblem, answer: BackupAnswer) -> Iterator[RenderableType]:
    yield ""
    yield _("A differential backup builds on the last full one, an incremental one on the last.")
    yield _(
        "Of the blocks, each written w times, 1 - e^(-w) have changed; a differential backup of "
        "the k-th night has w = {writes:g} k, an incremental one w = {writes:g}"
    ).format(writes=problem.writes)
    last = problem.backups[-problem.cycle :]
    sizes = listed(f"{each.at}: {size(problem, each):.3f}" for each in last)
    yield _("Sizes by day: {sizes}").format(sizes=sizes)
    if problem.damaged is not None and answer.lost:
        yield _("Whatever builds on the damaged backup is lost with it.")


def _kind(kind: BackupKind) -> str:
    words = {
        BackupKind.FULL: _("full"),
        BackupKind.INCREMENTAL: _("incremental"),
        BackupKind.DIFFERENTIAL: _("differential"),
    }
    return words[kind]
