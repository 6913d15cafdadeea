"""Choices are found by their names, and by nothing else."""

from __future__ import annotations

from enum import StrEnum

import pytest

from aio_sim.kernel.choices import choice
from aio_sim.kernel.errors import UnknownName


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


def test_a_choice_is_found_by_its_value() -> None:
    assert choice(Fruit, "fruit", "pear") is Fruit.PEAR


@pytest.mark.parametrize("name", ["aple", "APPLE", ""])
def test_another_name_is_answered_by_what_there_is(name: str) -> None:
    with pytest.raises(UnknownName, match="fruit") as caught:
        choice(Fruit, "fruit", name)
    assert caught.value.known == ["apple", "pear"]
