"""Variables in compose files: `${TAG:-latest}` stands for `latest`.

The environment is not looked at, so that a file is the same scenario everywhere: a variable is its
default, and nothing where it has none, which is warned of
where the text is read.

Source: Compose file reference, Interpolation.
"""

from __future__ import annotations

import re
from dataclasses import replace

from aio_sim.scenario.manifests.notes import Notes
from aio_sim.scenario.yaml_tree import Node

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(
    rf"\$(?:(?P<dollar>\$)|(?P<bare>{_NAME})|\{{(?P<name>{_NAME})(?P<rule>:?[-?+][^{{}}]*)?\}})"
)
_DEEPEST = 8
"""How deeply defaults of defaults may be nested."""


def interpolated(node: Node, notes: Notes) -> Node:
    """Return a part with the variables in its texts replaced."""
    content = node.content
    if isinstance(content, dict):
        parts = {name: interpolated(part, notes) for name, part in content.items()}
        return replace(node, content=parts)
    if isinstance(content, list):
        return replace(node, content=[interpolated(part, notes) for part in content])
    if isinstance(content, str) and "$" in content:
        return replace(node, content=_text(content, node, notes))
    return node


def _text(text: str, node: Node, notes: Notes) -> str:
    """Return a text with its variables replaced, the innermost first."""
    missing: list[str] = []
    for _depth in range(_DEEPEST):
        after = _VARIABLE.sub(lambda found: _value(found, missing), text)
        if after == text:
            break
        text = after
    if missing:
        notes.missing[node.mark] = list(dict.fromkeys(missing))
    return text.replace("\0", "$")


def _value(found: re.Match[str], missing: list[str]) -> str:
    if found["dollar"]:
        return "\0"  # put back last, so that it begins no variable
    rule = (found["rule"] or "").removeprefix(":")
    if rule.startswith("-"):
        return rule[1:]
    if not rule.startswith("+"):  # which is what a variable that is set stands for
        missing.append(found["name"] or found["bare"])
    return ""
