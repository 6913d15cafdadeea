"""Distributions of durations, sizes and plain numbers, as a scenario writes them.

A bare number (or `20ms`, `4GiB`) is a constant; otherwise a mapping with a `kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from aio_sim.scenario.fields import require_kind
from aio_sim.scenario.laws import (
    Bytes,
    Constant,
    Distribution,
    Empirical,
    Exponential,
    LogNormal,
    Pareto,
    Plain,
    Seconds,
    Uniform,
    Weibull,
)

__all__ = [
    "Bytes",
    "Constant",
    "Distribution",
    "DurationDistribution",
    "Empirical",
    "Exponential",
    "LogNormal",
    "NumberDistribution",
    "Pareto",
    "Plain",
    "Seconds",
    "SizeDistribution",
    "Uniform",
    "Weibull",
]


def _as_mapping(value: object) -> object:
    """Return what is not a mapping as a constant."""
    if isinstance(value, Mapping | Distribution):
        return require_kind(value)
    return {"kind": "constant", "value": value}


DurationDistribution = Annotated[
    Constant[Seconds]
    | Uniform[Seconds]
    | Exponential[Seconds]
    | LogNormal[Seconds]
    | Pareto[Seconds]
    | Weibull[Seconds]
    | Empirical[Seconds],
    Field(discriminator="kind"),
    BeforeValidator(_as_mapping),
]
"""Seconds, `20ms`, or a mapping with a `kind`; draws are in seconds."""

SizeDistribution = Annotated[
    Constant[Bytes]
    | Uniform[Bytes]
    | Exponential[Bytes]
    | LogNormal[Bytes]
    | Pareto[Bytes]
    | Weibull[Bytes]
    | Empirical[Bytes],
    Field(discriminator="kind"),
    BeforeValidator(_as_mapping),
]
"""Bytes, `4GiB`, or a mapping with a `kind`; draws are in bytes."""

NumberDistribution = Annotated[
    Constant[Plain]
    | Uniform[Plain]
    | Exponential[Plain]
    | LogNormal[Plain]
    | Pareto[Plain]
    | Weibull[Plain]
    | Empirical[Plain],
    Field(discriminator="kind"),
    BeforeValidator(_as_mapping),
]
"""A number, or a mapping with a `kind`; draws are plain numbers."""
