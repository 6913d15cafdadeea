"""The sheets of the labs on address translation, by pages and by segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.teaching.labs.pages.sheet import Sheet, listed, table
from aio_sim.teaching.labs.segments import SegmentsProblem, growth
from aio_sim.teaching.labs.translation import TranslationAnswer, TranslationProblem
from aio_sim.virtualization.memory.translation import FaultReason, Translation, explain

if TYPE_CHECKING:
    from rich.console import RenderableType

Calculation = Callable[[Translation], str]
"""From a translation to the sentence that works it out."""


def paging_sheet(problem: TranslationProblem, answer: TranslationAnswer) -> Sheet:
    """Return the sheet of a problem with a page table."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_pages(problem),
        task=_task(),
        solution=_solution(answer),
        explanation=_explanation(answer, lambda each: _by_page(problem, each)),
    )


def segments_sheet(problem: SegmentsProblem, answer: TranslationAnswer) -> Sheet:
    """Return the sheet of a problem with segments."""
    return Sheet(
        problem=problem.as_json(),
        answer=answer.as_json(),
        given=_segments(problem),
        task=_task(),
        solution=_solution(answer),
        explanation=_explanation(answer, lambda each: _by_segment(problem, each)),
    )


def _pages(problem: TranslationProblem) -> Iterator[RenderableType]:
    form = _("Translation by pages of {page} in an address space of {space}")
    yield form.format(page=format_size(problem.page_size), space=format_size(problem.address_space))
    yield ""
    yield table((_("page"), _("frame")), sorted(problem.table.items()), left=())
    yield ""
    yield _addresses(problem.addresses)
    yield ""


def _segments(problem: SegmentsProblem) -> Iterator[RenderableType]:
    form = _("Translation by segments in an address space of {space}")
    yield form.format(space=format_size(problem.address_space))
    yield ""
    rows = (
        (number, each.base, each.limit, growth(each))
        for number, each in enumerate(problem.segments)
    )
    yield table((_("segment"), _("base"), _("limit"), _("growth")), rows, left=(3,))
    yield ""
    yield _addresses(problem.addresses)
    yield ""


def _addresses(addresses: tuple[int, ...]) -> str:
    return _("Virtual addresses: {addresses}").format(addresses=listed(addresses))


def _task() -> str:
    return _("Where does each address lead, or why does it fault?")


def _solution(answer: TranslationAnswer) -> Iterator[RenderableType]:
    rows = (
        (
            each.virtual,
            _("fault") if each.physical is None else each.physical,
            "" if each.reason is None else _reason(each.reason),
        )
        for each in answer.translations
    )
    yield table((_("virtual"), _("physical"), ""), rows, left=(2,))


def _reason(reason: FaultReason) -> str:
    """Return a few words for why there is no translation."""
    return {
        FaultReason.OUT_OF_RANGE: _("outside the address space"),
        FaultReason.NOT_MAPPED: _("the page is not valid"),
        FaultReason.NO_SEGMENT: _("there is no such segment"),
        FaultReason.BEYOND_LIMIT: _("beyond the limit of the segment"),
        FaultReason.PROTECTION: _("not allowed"),
    }[reason]


def _explanation(answer: TranslationAnswer, worked: Calculation) -> Iterator[RenderableType]:
    yield ""
    for number, each in enumerate(answer.translations, start=1):
        yield f"{number}. {worked(each)}"


def _by_page(problem: TranslationProblem, each: Translation) -> str:
    if not each.path:
        return _sentence(each)
    page, offset = each.path
    form = _("{virtual} = page {page} x {size} + {offset}; ")
    split = form.format(virtual=each.virtual, page=page, size=problem.page_size, offset=offset)
    if each.physical is None:
        return split + _sentence(each)
    form = _("page {page} is in frame {frame}, {frame} x {size} + {offset} = {physical}.")
    return split + form.format(
        page=page,
        frame=problem.table[page],
        size=problem.page_size,
        offset=offset,
        physical=each.physical,
    )


def _by_segment(problem: SegmentsProblem, each: Translation) -> str:
    if len(each.path) < 2 or each.path[0] >= len(problem.segments):
        return _sentence(each)
    number, offset = each.path
    segment = problem.segments[number]
    form = _("{virtual} is in segment {number} at offset {offset}; ")
    if segment.grows_down:
        form = _("{virtual} is in segment {number}, which grows down, at offset {offset}; ")
    split = form.format(virtual=each.virtual, number=number, offset=offset)
    if each.physical is None:
        form = _("the limit of {limit} does not reach so far: a fault.")
        return split + form.format(limit=segment.limit)
    form = _("within the limit of {limit}, {base} {sign} {distance} = {physical}.")
    return split + form.format(
        limit=segment.limit,
        base=segment.base,
        sign="-" if offset < 0 else "+",
        distance=abs(offset),
        physical=each.physical,
    )


def _sentence(each: Translation) -> str:
    return _("{outcome}: a fault.").format(outcome=explain(each))
