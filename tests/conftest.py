"""What all tests may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real logs and closed forms beside the checkout; skip where it is not."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: it holds real logs, too large to ship")
    return SHARED
