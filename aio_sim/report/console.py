"""The console of rich that everything for a terminal is printed to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def console(file: TextIO | None = None) -> Console:
    """Return a console that prints to `file` (standard output where None).

    Where NO_COLOR is set it prints plain text: no colours, and neither bold nor dim.
    """
    from rich.console import Console

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # of itself, rich would call sys.exit

    # Of itself, rich takes NO_COLOR to leave bold and dim as they are.
    plain = bool(os.environ.get("NO_COLOR"))
    return Piped(file=file, highlight=False, color_system=None if plain else "auto")
