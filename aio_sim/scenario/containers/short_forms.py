"""Fields that may be written shorter: one value alone in place of a mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class OrAlone:
    """Adds to a JSON Schema that a value alone will do, as `alone` describes it."""

    def __init__(self, alone: Mapping[str, Any]) -> None:
        self._alone = alone

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [dict(self._alone), handler(schema)]}
