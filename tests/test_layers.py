"""A folder imports only what stands below it; read from the source, without importing anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aio_sim"

LAYERS = [
    {"kernel"},
    {"codecs"},
    {"hardware"},
    {"scheduling"},
    {"resources"},
    {"virtualization", "containers", "storage"},
    {"distributed"},
    {"applications"},
    {"scenario"},
    {"simulation"},
    {"analysis"},
    {"report"},
    {"teaching"},
    {"cli", "testing"},
    {"__main__"},
]
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}

# `Run` stands where simulate makes it, and asks those above it only when it is asked for a reading.
LOOKS_UP_WHEN_ASKED = {("simulation", "analysis"), ("simulation", "report")}

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def layer_of(path: Path) -> str:
    """Return the folder (or the module beside the folders) that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import, those under `if TYPE_CHECKING:` included."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            stem = [*here[: -node.level]] if node.level else []
            stem += [node.module] if node.module else []
            for alias in node.names:
                yield node.lineno, ".".join([*stem, alias.name])


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def when_asked(path: Path) -> set[int]:
    """Return the lines that importing a module does not run: functions, `if TYPE_CHECKING:`."""
    return {
        line
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def own(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and layer of every import of this package."""
    for line, name in imports(path):
        package, _, rest = name.partition(".")
        if package == "aio_sim" and rest != "__version__":
            yield line, rest.partition(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_folder_and_those_below(path: Path) -> None:
    layer = layer_of(path)
    assert layer in HEIGHT, f"{layer} has no place in the order of the folders"
    lazy = when_asked(path)
    upward = [
        f"line {line}: {layer} imports {other or 'the public face'}"
        for line, other in own(path)
        if other != layer
        and HEIGHT.get(other, len(LAYERS)) >= HEIGHT[layer]
        and not ((layer, other) in LOOKS_UP_WHEN_ASKED and line in lazy)
    ]
    assert not upward


def test_the_kernel_knows_no_words_of_the_domain() -> None:
    for path in sorted((PACKAGE / "kernel").glob("*.py")):
        assert all(other == "kernel" for _, other in own(path)), path
