"""The building blocks of a scenario's models: their base class, and fields that read quantities."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from aio_sim.kernel.errors import UnitError, nearest
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import parse_rate, parse_size
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown


def _not_a_truth(value: object) -> object:
    """Return the value, which Python would take for 0 or 1 if it were true or false."""
    if isinstance(value, bool):
        raise UnitError(_("must be a number, got {value}").format(value=str(value).lower()))
    return value


def json_quantity(*examples: object) -> WithJsonSchema:
    """Return the JSON Schema of a number of 0 or more that may be written with its unit."""
    return WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": list(examples)})


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_not_a_truth)]
"""A finite number."""

Whole = Annotated[int, Field(ge=0, lt=2**62), BeforeValidator(_not_a_truth)]
"""A whole number of 0 or more."""

Count = Annotated[int, Field(ge=1, lt=2**62), BeforeValidator(_not_a_truth)]
"""A whole number of 1 or more."""

LEAST_WEIGHT: Final = 1e-6
LARGEST_WEIGHT: Final = 1e6

Weight = Annotated[Number, Field(ge=LEAST_WEIGHT, le=LARGEST_WEIGHT)]
"""A share against those of others; beyond these bounds one of two never runs to speak of."""

Share = Annotated[Number, Field(ge=0, le=1)]
"""A part of a whole, from 0 to 1."""

Size = Annotated[int, BeforeValidator(parse_size), json_quantity("4GiB")]
"""Bytes in Python; `4GiB` or plain bytes in a file."""

Rate = Annotated[int, BeforeValidator(parse_rate), json_quantity("1Gbps")]
"""Bits per second in Python; `1Gbps` or plain bits per second in a file."""


def weight_expected() -> str:
    """Return what a weight must be, for an error's sentence."""
    bounds = _("a weight from {least:f} to {largest:.0f}")
    return bounds.format(least=LEAST_WEIGHT, largest=LARGEST_WEIGHT)


def share_expected() -> str:
    """Return what a share must be, for an error's sentence."""
    return _("a share from 0 to 1")


class CommandLineText(str):
    """Text given on the command line, whose file names are relative to the working directory."""

    __slots__ = ()


def _existing_file(value: object, information: ValidationInfo) -> Path:
    """Return the absolute path of a file named by a scenario, relative to the scenario's folder."""
    if not isinstance(value, str | Path):
        raise ValueError(_("must be the name of a file, got {value}").format(value=shown(value)))
    path = Path(value).expanduser()
    if not isinstance(value, CommandLineText):
        path = (information.context or {}).get("folder", Path()) / path
    try:
        if path.is_file():
            return path.absolute()
        folder = bool(str(value)) and path.is_dir()
        beside = [other.name for other in path.parent.iterdir() if other.is_file()]
    except (OSError, ValueError):
        folder, beside = False, []
    if folder:
        raise ValueError(_("is a folder; expected a file: {path}").format(path=path))
    near = nearest(path.name, beside)
    meant = _("; did you mean {near!r}?").format(near=near) if near else ""
    raise ValueError(_("no such file: {path}{hint}").format(path=path, hint=meant))


ExistingFile = Annotated[
    Path, BeforeValidator(_existing_file), WithJsonSchema({"type": "string", "minLength": 1})
]
"""A file that is there, absolute in Python; relative to the scenario's folder in a file."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s/]+$")]
"""A name that can stand in a path such as `h1/0`: no spaces, no slash; a number is text here."""


def _listed(value: object) -> object:
    """Return one name as a list of one."""
    return value if isinstance(value, list | tuple) else (value,)


MachineNames = Annotated[
    tuple[Name, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ],
            "examples": ["web-*"],
        }
    ),
]
"""Names of machines, or patterns of them: `*` any text, `?` any letter, `[ab]` one of these."""


def field_descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstring below each field of a model and its bases, by field name.

    Read from the source when a schema asks, for pydantic's own way costs every start-up.
    """
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls is not BaseModel:
            origin = cls.__pydantic_generic_metadata__["origin"] or cls
            found |= _docstrings_in(origin)
    return found


@cache  # as many models share a base, and one source is found by reading the whole file
def _docstrings_in(cls: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    except (OSError, TypeError, SyntaxError):  # made in a shell, say
        return {}
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Add to a model's JSON Schema the description of each field, and require its `kind`."""
    for name, text in field_descriptions(model).items():
        if name in schema.get("properties", {}):
            schema["properties"][name]["description"] = text
    if issubclass(model, Tagged):
        others = (name for name in schema.get("required", []) if name != "kind")
        schema["required"] = ["kind", *others]


class Spec(BaseModel):
    """What a part of a scenario says: fixed once made, and nothing but what is known."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        coerce_numbers_to_str=True,
        defer_build=True,  # a run pays for the models it uses, not for all
        json_schema_extra=describe,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _suggest_fields(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Validate; where a field is unknown, say which one was probably meant."""
        try:
            return validate(data)
        except ValidationError as error:
            known = [field.alias or name for name, field in cls.model_fields.items()]
            if not isinstance(data, Mapping) or data.keys() <= set(known):
                raise
            findings = Findings(cls.__name__)
            findings.take(error, known)
            findings.raise_any()
            raise


class Tagged(Spec):
    """A part that comes in several kinds, told apart by its field `kind`."""

    @model_serializer(mode="wrap")
    def _keep_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the fields, `kind` first, even where defaults are left out."""
        return {"kind": getattr(self, "kind"), **serialize(self)}  # noqa: B009


def require_kind(data: object) -> object:
    """Return the data, with an empty `kind` where it has none, for that error lists the kinds."""
    return require_choice(data, "kind")


def require_choice(data: object, field: str) -> object:
    """Return the data, with an empty `field` where it has none, for that error lists its values."""
    if isinstance(data, Mapping) and field not in data:
        return {field: "", **data}
    return data
