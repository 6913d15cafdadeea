"""The laws that random quantities follow: constant, uniform, exponential and heavier tails.

A generator's stream is used up sample by sample, so that drawing in chunks gives the numbers that
drawing all at once would.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.kernel.messages import _
from aio_sim.kernel.units import parse_duration, parse_size, seconds
from aio_sim.scenario.fields import Number, Tagged, json_quantity

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def _written(number: float) -> float | int:
    return int(number) if number.is_integer() else number


def _seconds(value: object) -> float:
    return float(seconds(parse_duration(value)))


def _bytes(value: object) -> float:
    return float(parse_size(value))


Seconds = Annotated[
    float, BeforeValidator(_seconds), PlainSerializer(_written), json_quantity(4, "20ms")
]
"""A time in seconds, to the nanosecond; `20ms` or plain seconds in a file."""

Bytes = Annotated[float, BeforeValidator(_bytes), PlainSerializer(_written), json_quantity("4GiB")]
"""A size in bytes; `4GiB` or plain bytes in a file."""

Plain = Annotated[Number, PlainSerializer(_written)]
"""A finite number."""

_QUANTITIES: dict[tuple[Any, ...], str] = {
    (Seconds,): "Duration",
    (Bytes,): "Size",
    (Plain,): "Number",
}

Q = TypeVar("Q", bound=float)
"""The quantity that a distribution's parameters are in: Seconds, Bytes or Plain."""


class Distribution(Tagged):
    """A random quantity."""

    @classmethod
    def model_parametrized_name(cls, params: Any) -> str:
        """Return the name of the class for one quantity, as schemas and errors show it."""
        return f"{_QUANTITIES[params]}{cls.__name__}"

    kind: str

    @abstractmethod
    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n independent draws, float64 of shape (n,), in seconds, bytes or plain numbers."""

    @property
    @abstractmethod
    def expected(self) -> float:
        """The expected value."""


class Constant(Distribution, Generic[Q]):
    """Always the same value."""

    kind: Literal["constant"] = "constant"
    value: Q
    """What every draw is."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the JSON Schema of the value, for a constant is written bare."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        return {**schema["properties"]["value"], "title": cls.__name__}

    @model_serializer(mode="plain")
    def _bare(self) -> float | int:
        """Return the bare number, as people write a constant."""
        return _written(self.value)

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n times the value; the generator is left alone."""
        import numpy as np

        return np.full(n, self.value, dtype=np.float64)

    @property
    def expected(self) -> float:
        """The value."""
        return self.value


class Uniform(Distribution, Generic[Q]):
    """Every value from `low` to `high` is equally likely."""

    kind: Literal["uniform"] = "uniform"
    low: Q
    """The smallest value."""
    high: Q
    """The largest value, not below `low`."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(_not_above(self.low, self.high))
        return self

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,)."""
        return self.low + (self.high - self.low) * generator.random(n)

    @property
    def expected(self) -> float:
        """The middle."""
        return self.low + (self.high - self.low) / 2


class Exponential(Distribution, Generic[Q]):
    """Memoryless: the time between events that happen at a constant rate of 1 / `mean`."""

    kind: Literal["exponential"] = "exponential"
    mean: Annotated[Q, Field(gt=0)]
    """The expected value, above 0."""

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,)."""
        return self.mean * generator.standard_exponential(n)

    @property
    def expected(self) -> float:
        """The mean."""
        return self.mean


class LogNormal(Distribution, Generic[Q]):
    """Its logarithm is normal: many small values, a few large (Law, Simulation Modeling, 6.2.2)."""

    kind: Literal["lognormal"] = "lognormal"
    mean: Annotated[Q, Field(gt=0)] | None = None
    """The expected value, above 0; or give `median`."""
    median: Annotated[Q, Field(gt=0)] | None = None
    """Half of the values are below it; above 0; or give `mean`."""
    sigma: Annotated[float, Field(ge=0, le=20)]
    """The standard deviation of the logarithm, 0 to 20."""

    @model_validator(mode="after")
    def _one_location(self) -> Self:
        if (self.mean is None) == (self.median is None):
            raise ValueError(_("needs either mean or median, and not both"))
        return self

    @property
    def _center(self) -> float:
        """The mean of the logarithm."""
        if self.median is not None:
            return math.log(self.median)
        return math.log(self.mean or 0) - self.sigma**2 / 2

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,)."""
        return generator.lognormal(self._center, self.sigma, n)

    @property
    def expected(self) -> float:
        """The mean, exp(center + sigma**2 / 2)."""
        return math.exp(self._center + self.sigma**2 / 2)


class Pareto(Distribution, Generic[Q]):
    """Bounded Pareto: a heavy tail with an end (Harchol-Balter, Performance Modeling, 20.7)."""

    kind: Literal["pareto"] = "pareto"
    alpha: Annotated[float, Field(gt=0, le=100)]
    """How fast the tail falls, above 0 to 100; smaller is heavier."""
    low: Annotated[Q, Field(gt=0)]
    """The smallest value, above 0."""
    high: Q
    """The largest value, not below `low`."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError(_not_above(self.low, self.high))
        return self

    @property
    def _beyond(self) -> float:
        """The share of the unbounded Pareto's values above `high`."""
        return float((self.low / self.high) ** self.alpha)

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,), by the inverse of the distribution function."""
        draws = self.low * (1 - generator.random(n) * (1 - self._beyond)) ** (-1 / self.alpha)
        return draws.clip(self.low, self.high)

    @property
    def expected(self) -> float:
        """The expected value, of x times its density from low to high."""
        if self.low == self.high:
            return self.low
        ratio = math.log(self.high / self.low)
        # expm1 keeps its digits where alpha is near 1, at which the closed form is 0 / 0.
        power = 1 - self.alpha
        integral = math.expm1(power * ratio) / power if power else ratio
        return self.alpha * self.low * integral / (1 - self._beyond)


class Weibull(Distribution, Generic[Q]):
    """Lifetimes: failures grow rarer (`shape` below 1) or more frequent (above) with age."""

    kind: Literal["weibull"] = "weibull"
    shape: Annotated[float, Field(ge=0.05, le=1000)]
    """1 is the exponential distribution; 0.05 to 1000."""
    scale: Annotated[Q, Field(gt=0)]
    """63 % of the values are below it; above 0."""

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,)."""
        return self.scale * generator.weibull(self.shape, n)

    @property
    def expected(self) -> float:
        """The mean, scale * gamma(1 + 1 / shape)."""
        return self.scale * math.gamma(1 + 1 / self.shape)


class Empirical(Distribution, Generic[Q]):
    """One of the values given, each as likely as its weight says."""

    kind: Literal["empirical"] = "empirical"
    values: Annotated[tuple[Q, ...], Field(min_length=1)]
    """The values that are drawn."""
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    """How likely each value is against the others; all alike where absent."""

    @model_validator(mode="after")
    def _one_weight_each(self) -> Self:
        if self.weights is None:
            return self
        if len(self.weights) != len(self.values):
            raise ValueError(
                _("needs as many weights as values: {weights} weights, {values} values").format(
                    weights=len(self.weights), values=len(self.values)
                )
            )
        if not 0 < sum(self.weights) < math.inf:
            raise ValueError(_("needs a weight above 0"))
        return self

    def _shares(self) -> npt.NDArray[np.float64]:
        import numpy as np

        weights = self.weights or (1.0,) * len(self.values)
        return np.array(weights, dtype=np.float64) / math.fsum(weights)

    def sample(self, generator: np.random.Generator, n: int) -> npt.NDArray[np.float64]:
        """Return n draws, float64 of shape (n,), by the inverse of the distribution function."""
        import numpy as np

        shares = self._shares()
        upto = np.cumsum(shares)
        # A draw beyond the rounded sum goes to the last value that can be drawn at all.
        last = int(np.flatnonzero(shares)[-1])
        chosen = np.minimum(np.searchsorted(upto, generator.random(n), side="right"), last)
        values: npt.NDArray[np.float64] = np.array(self.values, dtype=np.float64)
        return values[chosen]

    @property
    def expected(self) -> float:
        """The weighted mean."""
        return math.fsum(
            value * share for value, share in zip(self.values, self._shares(), strict=True)
        )


def _not_above(low: float, high: float) -> str:
    return _("low must not be above high, got low {low:g} and high {high:g}").format(
        low=low, high=high
    )
