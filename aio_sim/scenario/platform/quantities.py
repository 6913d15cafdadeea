"""Fields of the section: shares of a core, numbers of pods, selectors of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.containers.platform.bound import Bound
from aio_sim.containers.platform.selector import Operator, Requirement, Selector
from aio_sim.containers.quantity import parse_cores
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.scenario.fields import Spec, json_quantity

MOST_CPU = 10**9
"""Thousandths of a core: a million cores."""


def _millicores(value: object) -> int:
    """Return a share of CPU in thousandths of a core."""
    return int(parse_cores(value) * 1000)


Millicores = Annotated[
    int,
    BeforeValidator(_millicores),
    Field(le=MOST_CPU),
    PlainSerializer(lambda cpu: f"{cpu}m"),
    json_quantity(0.25, "250m"),
]
"""Thousandths of a core in Python; `250m` or cores in a file."""


def _bound(value: object) -> str:
    """Return the text of a number of pods; ValueError where it is none."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    try:
        Bound.parse(text if isinstance(text, str) else "")
    except InputError:
        raise ValueError(
            _("must be a number of pods, such as 2, or a share of them, such as 25%")
        ) from None
    assert isinstance(text, str)
    return text.strip()


PodCount = Annotated[
    str,
    BeforeValidator(_bound),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 0, "examples": [1, "25%"]}),
]
"""A number of pods, or a percentage of the replicas."""

OPERATORS = {
    "in": Operator.IN,
    "not_in": Operator.NOT_IN,
    "exists": Operator.EXISTS,
    "does_not_exist": Operator.DOES_NOT_EXIST,
    "gt": Operator.GT,
    "lt": Operator.LT,
}


class RequirementSpec(Spec):
    """What is asked of one label."""

    key: Annotated[str, Field(min_length=1)]
    """The name of the label."""
    operator: Literal["in", "not_in", "exists", "does_not_exist", "gt", "lt"] = "in"
    """How its value is compared: `gt` and `lt` as whole numbers."""
    values: tuple[str, ...] = ()
    """What it is compared with; none for `exists` and `does_not_exist`."""

    @model_validator(mode="after")
    def _as_many_values(self) -> Self:
        count = len(self.values)
        if self.operator in ("gt", "lt"):
            if count != 1 or not self.values[0].lstrip("-").isdigit():
                raise ValueError(_("gt and lt compare with one whole number"))
        elif (self.operator in ("in", "not_in")) != bool(count):
            raise ValueError(
                _("in and not_in need values; exists and does_not_exist must have none")
            )
        return self

    def build(self) -> Requirement:
        """Return the requirement."""
        return Requirement(self.key, OPERATORS[self.operator], self.values)


def _requirements(value: object) -> object:
    """Return a mapping of labels as the requirements that each has just that value."""
    if not isinstance(value, Mapping) or "key" in value:
        return value
    return [{"key": key, "values": [each]} for key, each in value.items()]


class _OrLabels:
    """Adds to a JSON Schema that a mapping of labels will do."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        values = {"type": ["string", "number"]}
        labels = {"type": "object", "additionalProperties": values, "examples": [{"app": "web"}]}
        return {"anyOf": [labels, handler(schema)]}


SelectorSpec = Annotated[tuple[RequirementSpec, ...], BeforeValidator(_requirements), _OrLabels()]
"""Labels that something must have: `{app: web}`, or a list of requirements that must all be met."""


def _not_empty(selector: tuple[RequirementSpec, ...]) -> tuple[RequirementSpec, ...]:
    if not selector:
        raise ValueError(_("must name at least one label"))
    return selector


SomeSelector = Annotated[SelectorSpec, AfterValidator(_not_empty)]
"""A selector of one label at least."""


def selector_of(specs: tuple[RequirementSpec, ...]) -> Selector:
    """Return the selector of such requirements."""
    return tuple(spec.build() for spec in specs)


Labels = dict[Annotated[str, Field(min_length=1)], str]
"""Names of labels, and their values."""
