"""Labels, and selectors that ask for them.

Source: Kubernetes documentation, Labels and Selectors; Assigning Pods to Nodes, "Operators".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _

Labels = Mapping[str, str]


class Operator(StrEnum):
    """How the value of a label is compared."""

    IN = "In"
    NOT_IN = "NotIn"
    """Also where the label is not there."""
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    """As whole numbers."""
    LT = "Lt"


class Requirement(NamedTuple):
    """What a selector asks of one label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def met(self, labels: Labels) -> bool:
        """Return whether labels are as asked; InputError where Gt or Lt compare no numbers."""
        value = labels.get(self.key)
        if self.operator is Operator.IN:
            return value in self.values
        if self.operator is Operator.NOT_IN:
            return value not in self.values
        if self.operator is Operator.EXISTS:
            return value is not None
        if self.operator is Operator.DOES_NOT_EXIST:
            return value is None
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        try:
            (limit,) = self.values
            difference = int(value) - int(limit)
        except ValueError:
            raise InputError(
                _("label {key}: {operator} compares one whole number").format(
                    key=self.key, operator=str(self.operator)
                )
            ) from None
        return difference > 0 if self.operator is Operator.GT else difference < 0


Selector = tuple[Requirement, ...]
"""Requirements that must all be met; none at all select everything."""


def equal_to(labels: Labels) -> Selector:
    """Return the selector of exactly these values, as `matchLabels` has it."""
    return tuple(Requirement(key, Operator.IN, (value,)) for key, value in sorted(labels.items()))


def selects(selector: Selector, labels: Labels) -> bool:
    """Return whether labels meet all requirements."""
    return all(requirement.met(labels) for requirement in selector)
