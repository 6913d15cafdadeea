"""The sheet of the lab on redundancy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aio_sim.distributed.file_system import Redundancy
from aio_sim.kernel.messages import _, plural
from aio_sim.report.words import number
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.replicas import ReplicasAnswer, ReplicasProblem

if TYPE_CHECKING:
    from rich.console import RenderableType


def sheet(problem: ReplicasProblem, answer: ReplicasAnswer) -> Sheet:
    """Return the sheet of a problem and its answer."""
    return Sheet(
        problem=problem.as_json() | {"placement": [list(fate.nodes) for fate in answer.blocks]},
        answer=answer.as_json(),
        given=_given(problem, answer),
        task=_("Which blocks are whole, short of pieces, or lost? What does it all take of disks?"),
        solution=_solution(answer),
        explanation=_explanation(problem, answer),
    )


def _given(problem: ReplicasProblem, answer: ReplicasAnswer) -> Iterator[RenderableType]:
    form = plural(
        "A file of {count} block, each kept as {redundancy}, written by {writer}",
        "A file of {count} blocks, each kept as {redundancy}, written by {writer}",
        problem.blocks,
    )
    kept = _in_words(problem.redundancy)
    yield form.format(count=problem.blocks, redundancy=kept, writer=problem.writer)
    yield ""
    racks = dict.fromkeys(problem.rack(name) for name in problem.names)
    rows = (
        (rack, listed(name for name in problem.names if problem.rack(name) == rack))
        for rack in racks
    )
    yield table((_("rack"), _("nodes")), rows, left=(0, 1))
    yield ""
    placed = ((at, listed(fate.nodes)) for at, fate in enumerate(answer.blocks, start=1))
    yield table((_("block"), _("its pieces are on")), placed, left=(0, 1))
    yield ""
    yield _("Then these die with their disks: {names}").format(
        names=listed(problem.failed) or _("none")
    )
    yield ""


def _in_words(redundancy: Redundancy) -> str:
    if redundancy.identical:
        form = plural("{count} copy", "{count} copies", redundancy.width)
        return form.format(count=redundancy.width)
    return _("{data} pieces of data and {parity} of parity").format(
        data=redundancy.needed, parity=redundancy.width - redundancy.needed
    )


def _solution(answer: ReplicasAnswer) -> Iterator[RenderableType]:
    rows = (
        (at, listed(fate.left) or _("none"), fate.state)
        for at, fate in enumerate(answer.blocks, start=1)
    )
    yield table((_("block"), _("left on"), _("it is")), rows, left=(0, 1, 2))
    yield ""
    yield _("On disks it took {overhead} times its size.").format(overhead=number(answer.overhead))


def _explanation(problem: ReplicasProblem, answer: ReplicasAnswer) -> Iterator[RenderableType]:
    needed, width = problem.redundancy.needed, problem.redundancy.width
    yield ""
    if answer.tolerated:
        form = _(
            "A block comes back from any {needed} of its {width} pieces; any {count} may be lost."
        )
    else:
        form = _("A block needs all of its pieces; none may be lost.")
    yield form.format(needed=needed, width=width, count=answer.tolerated)
    if problem.redundancy.identical:
        yield " ".join(_places(width, problem.racks))
        if width > 1:
            yield _("To make one copy again, one copy is read.")
    else:
        yield _("Pieces go over all racks as evenly as can be.")
        yield _("To make one piece again, {needed} pieces are read.").format(needed=needed)
    yield _(
        "Where each node is down with a chance of {down}, a block is lost with one of {chance}."
    ).format(down=number(answer.down), chance=f"{answer.chance:.3g}")


def _places(copies: int, racks: int) -> Iterator[str]:
    """Yield the rule by which so many copies find their nodes."""
    if racks == 1 or copies == 1:
        yield _("The first copy is on the writer, others on any other nodes.")
        return
    yield _("The first copy is on the writer, the second in another rack.")
    if copies > 2:
        yield _(
            "The third is in the rack of the second, where that has another node: only one copy "
            "crosses between racks."
        )
    if copies > 3:
        yield _("All others are on any nodes, few of them in one rack.")
    yield _("So a whole rack may fail.")
