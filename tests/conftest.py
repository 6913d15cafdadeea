"""What all tests may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).parents[2] / "shared"

# Shared machines are slow now and then; how long an example takes says nothing of what it proves.
# The same examples every time, so that red stays red; `explore` draws others, to find more.
settings.register_profile("quick", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=200, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("quick")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real logs and closed forms beside the checkout; skip where it is not."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: it holds real logs, too large to ship")
    return SHARED
