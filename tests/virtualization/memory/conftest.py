"""What the tests of memory share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def golden(shared: Path) -> dict[str, Any]:
    """The closed forms and book values, by their names."""
    return {entry["id"]: entry for entry in json.loads((shared / "golden.json").read_text())}
