"""A catalogue: products with their variants, read as a whole far more often than changed.

A document holds a product with all of its variants; in tables, the variants are rows of their own,
next to each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aio_sim.storage.engine import Record
from aio_sim.storage.server.database import Definition, OpenDatabase
from aio_sim.storage.server.statements import Change, Get, Program, Scan, only
from aio_sim.storage.workloads.texts import Texts
from aio_sim.storage.workloads.zipf import Scrambled

if TYPE_CHECKING:
    import numpy as np

READ, PRICE = range(2)

_FIRST_PRICE: Final = 1000
_HIGHEST_PRICE: Final = 100_000
"""Cents."""


@dataclass(frozen=True)
class CatalogueShape:
    """How many products there are, and what each is made of."""

    products: int
    variants: int
    text: int
    """Characters of a description."""


class Catalogue:
    """Reads of whole products, and changes of the price of one variant; popularity is Zipfian."""

    kinds = ("read", "price")

    def __init__(
        self, shape: CatalogueShape, updates: float, generator: np.random.Generator, *, nested: bool
    ) -> None:
        self._shape = shape
        self._updates = updates
        self._generator = generator
        self._texts = Texts(generator, shape.text)
        self._popularity = Scrambled()
        self._nested = nested

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Products, and where they are not documents, variants."""
        product = Definition("product", {"id": "integer", "name": "text", "text": "text"}, ("id",))
        if self._nested:
            return (product,)
        variant = Definition(
            "variant",
            {"product": "integer", "number": "integer", "colour": "text", "price": "integer"},
            ("product", "number"),
        )
        return product, variant

    def records(self, store: str) -> Iterable[Record]:
        """Return what is there at first."""
        shape = self._shape
        if store == "variant":
            return (
                {"product": product, **self._variant(number)}
                for product in range(shape.products)
                for number in range(shape.variants)
            )
        return map(self._product, range(shape.products))

    def draw(self) -> tuple[int, Program]:
        """Return the next transaction."""
        generator, shape = self._generator, self._shape
        product = int(self._popularity.draw(generator, 1, shape.products)[0])
        if generator.random() >= self._updates:
            return READ, self._read(product)
        number = int(generator.integers(shape.variants))
        price = int(generator.integers(_FIRST_PRICE, _HIGHEST_PRICE))
        if self._nested:
            return PRICE, only(Change("product", product, {f"variants.{number}.price": price}))
        return PRICE, only(Change("variant", (product, number), {"price": price}))

    def violations(self, database: OpenDatabase) -> list[str]:
        """Return nothing: a product may cost anything."""
        return []

    def _read(self, product: int) -> Program:
        if self._nested:
            return only(Get("product", product))
        return only(Get("product", product), Scan("variant", (product, 0), self._shape.variants))

    def _product(self, number: int) -> Record:
        product = {"id": number, "name": f"product {number}", "text": self._texts.draw()}
        if not self._nested:
            return product
        return {**product, "variants": [self._variant(at) for at in range(self._shape.variants)]}

    def _variant(self, number: int) -> dict[str, object]:
        return {"number": number, "colour": f"colour {number}", "price": _FIRST_PRICE + number}
