"""Write into the README and the docs what their commands print now.

Use: `python tests/refresh_docs.py [PAGE...]`, every page where none is named.

An output that still matches, elisions included, is left as it stands.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from test_docs import PAGES, ROOT, Block, Reader, blocks, commands, matches, typed


def renewed(block: Block, folder: Path) -> str:
    """Return the body of a console block with the outputs of today."""
    pairs = commands(block.body)
    outputs = typed([command for command, _ in pairs], folder)
    body = ""
    for (command, shown), printed in zip(pairs, outputs, strict=True):
        tidy = "".join(f"{line.rstrip()}\n" for line in printed.rstrip().splitlines())
        body += f"$ {command}\n{shown if matches(shown, printed) else tidy}"
    return body


def refresh(page: Path) -> bool:
    """Bring one page up to date; return whether it changed."""
    text = before = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        reader = Reader(page, Path(name))
        for block in blocks(page):
            if block.language == "console" and not block.title:
                text = text.replace(block.body, renewed(block, Path(name)), 1)
            else:
                reader.follow(block)
        os.chdir(ROOT)
    page.write_text(text, encoding="utf-8")
    return text != before


if __name__ == "__main__":
    for each in [Path(name).resolve() for name in sys.argv[1:]] or PAGES:
        print("changed" if refresh(each) else "current", each.relative_to(ROOT))
