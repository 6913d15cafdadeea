"""The registry: classes by name, and help where a name or a class is wrong."""

from __future__ import annotations

import pytest

from aio_sim.kernel.errors import PluginError, UnknownName
from aio_sim.kernel.registry import Registry


class Shape:
    """The base of what is registered here."""


@pytest.fixture
def shapes() -> Registry[Shape]:
    return Registry("shape", Shape)


def make(name: str, base: type = Shape) -> type:
    """Return a new class, as running the same notebook cell again would make it."""
    return type(name, (base,), {"__module__": __name__, "__qualname__": name})


def test_a_class_is_found_by_its_name_and_order_is_kept(shapes: Registry[Shape]) -> None:
    square, circle = make("Square"), make("Circle")
    assert shapes.register("square")(square) is square
    shapes.register("circle")(circle)
    assert shapes["square"] is square
    assert list(shapes) == ["square", "circle"]
    assert len(shapes) == 2
    assert "circle" in shapes
    assert "oval" not in shapes
    assert shapes.get("circle") is circle


def test_an_unknown_name_is_answered_with_the_nearest(shapes: Registry[Shape]) -> None:
    shapes.register("circle")(make("Circle"))
    with pytest.raises(UnknownName, match=r"unknown shape 'circel'; did you mean 'circle'\?"):
        shapes["circel"]
    assert shapes.get("circel") is None


def test_a_class_of_another_kind_is_refused(shapes: Registry[Shape]) -> None:
    for wrong in (make("Number", int), 3, lambda: None):
        with pytest.raises(PluginError, match="must be a class derived from Shape"):
            shapes.register("number")(wrong)  # type: ignore[arg-type]
    assert not shapes


def test_a_name_belongs_to_one_class(shapes: Registry[Shape]) -> None:
    shapes.register("circle")(make("Circle"))
    with pytest.raises(PluginError, match="already a shape named 'circle'"):
        shapes.register("circle")(make("Disc"))


def test_the_same_class_may_come_again_and_replaces_itself(shapes: Registry[Shape]) -> None:
    shapes.register("circle")(make("Circle"))
    again = make("Circle")
    shapes.register("circle")(again)
    assert shapes["circle"] is again
    assert len(shapes) == 1
