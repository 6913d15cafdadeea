"""The JSON Schema of a scenario, with which editors complete and check the YAML."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from aio_sim.scenario.schema import Scenario

_REFERENCE = "#/$defs/"


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario, policies of plug-ins included."""
    schema = Scenario.model_json_schema(schema_generator=_Generator)
    named = _with_plain_names(schema)
    return {"$schema": GenerateJsonSchema.schema_dialect, **named}


class _Generator(GenerateJsonSchema):
    """Writes defaults as a file has them: seconds, not nanoseconds."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of a field that has a default."""
        described = super().default_schema(schema)
        written = _serializer(schema["schema"])
        if written and described.get("default") is not None:
            described["default"] = written(described["default"])
        return described


def _serializer(schema: Any) -> Any:
    """Return the function that writes a quantity to a file, None where it is written as it is."""
    while schema:
        serialization = schema.get("serialization", {})
        if serialization.get("type") == "function-plain":
            return serialization["function"]
        schema = schema.get("schema")
    return None


def _with_plain_names(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with definitions called by their titles, as people know them."""
    names = {_REFERENCE + key: part.get("title", key) for key, part in schema["$defs"].items()}

    def renamed(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: renamed(value) for key, value in part.items()}
        if isinstance(part, list):
            return [renamed(value) for value in part]
        return _REFERENCE + names[part] if isinstance(part, str) and part in names else part

    definitions = {names[_REFERENCE + key]: part for key, part in schema["$defs"].items()}
    plain: dict[str, Any] = renamed({**schema, "$defs": definitions})
    return plain
