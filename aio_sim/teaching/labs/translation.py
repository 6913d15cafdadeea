"""The lab on address translation by a page table of one level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.teaching.labs.drawing import integer, integers, stream
from aio_sim.virtualization.memory.page_table import PageTable
from aio_sim.virtualization.memory.translation import Translation, power_of_two_bits

_PAGES: Final = 16
_FRAMES: Final = 32
_ADDRESSES: Final = 5
_SMALLEST_PAGE: Final = 8
"""log2 of the smallest page drawn, in bytes."""

_LARGEST_PAGE: Final = 12


@dataclass(frozen=True)
class TranslationProblem:
    """Virtual addresses to translate; sizes in bytes, `table` the frame of each valid page."""

    page_size: int
    address_space: int
    table: Mapping[int, int]
    addresses: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        return {
            "page_size": self.page_size,
            "address_space": self.address_space,
            "table": {str(page): frame for page, frame in self.table.items()},
            "addresses": list(self.addresses),
        }


@dataclass(frozen=True)
class TranslationAnswer:
    """Where each address leads, or its fault; of page tables and segments alike."""

    translations: tuple[Translation, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `--json` prints it; `physical` is null for a fault."""
        return {
            "translations": [
                {"virtual": each.virtual, "physical": each.physical, "reason": each.reason}
                for each in self.translations
            ]
        }


def draw(
    seed: int,
    *,
    page_size: int | None = None,
    address_space: int | None = None,
    table: Mapping[int, int] | None = None,
    addresses: Sequence[int] | None = None,
) -> TranslationProblem:
    """Return a problem with what is given, the rest drawn under `seed` so that it fits.

    Raises InputError for a page size, given alone, that is no power of two.
    """
    if page_size is None:
        page_size = _draw_page_size(seed, address_space)
    if address_space is None:
        power_of_two_bits(page_size, _("page size"))
        address_space = page_size * _PAGES
    if table is None:
        table = _draw_table(seed, max(address_space // max(page_size, 1), 1))
    if addresses is None:
        addresses = _draw_addresses(seed, page_size, address_space, sorted(table))
    return TranslationProblem(page_size, address_space, table, tuple(addresses))


def solve(problem: TranslationProblem) -> TranslationAnswer:
    """Return the answer.

    Raises InputError for sizes that are no powers of two, an address space of less than two pages,
    or an entry of the table outside it.
    """
    power_of_two_bits(problem.address_space, _("address space"))
    power_of_two_bits(problem.page_size, _("page size"))
    if problem.address_space <= problem.page_size:
        raise InputError(
            _("an address space of {size} bytes is not larger than a page of {page}").format(
                size=problem.address_space, page=problem.page_size
            )
        )
    table = PageTable.flat(problem.page_size, problem.address_space, problem.table)
    return TranslationAnswer(tuple(table.translate(each) for each in problem.addresses))


def _draw_page_size(seed: int, address_space: int | None) -> int:
    if address_space is not None:
        return max(address_space // _PAGES, 1)
    return 1 << integer(stream(seed, "translate", "page_size"), _SMALLEST_PAGE, _LARGEST_PAGE)


def _draw_addresses(
    seed: int, page_size: int, address_space: int, valid: Sequence[int]
) -> tuple[int, ...]:
    """Return addresses of which more than half are on a valid page, where there is one."""
    generator = stream(seed, "translate", "addresses")
    drawn = list(integers(generator, 0, max(address_space - 1, 0), _ADDRESSES))
    for place in range(_ADDRESSES):
        if valid and generator.random() < 0.4:
            page = valid[integer(generator, 0, len(valid) - 1)]
            drawn[place] = page * page_size + drawn[place] % max(page_size, 1)
    return tuple(drawn)


def _draw_table(seed: int, pages: int) -> dict[int, int]:
    """Return frames, all different, for about half of the first pages."""
    generator = stream(seed, "translate", "table")
    frames = generator.permutation(_FRAMES)
    valid = generator.random(min(pages, _PAGES)) < 0.5
    return {page: int(frames[page]) for page in range(len(valid)) if valid[page]}
