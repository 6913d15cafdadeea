"""What a scenario says of a key-value store that is one data structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.sentences import shown
from aio_sim.storage.structures.key_value import KEY_VALUE

if TYPE_CHECKING:
    from aio_sim.scenario.storage.engines import EngineSpec

_NO_RECORDS: Final = ("array", "deque", "heapq", "OrderedDict", "set", "trie", "tuple")
"""Structures of the lab that keep keys, or the first of them, and no records by key."""

_OF_A_LOG: Final = (
    *("log", "durability", "flush_period", "group_commit_window", "isolation", "doublewrite"),
)


def _known(name: str) -> str:
    if name in KEY_VALUE:
        return name
    if name in _NO_RECORDS:
        sentence = _("the lab measures {name}, but it is no store of records by key{hint}")
    else:
        sentence = _("unknown structure {name}{hint}")
    raise ValueError(sentence.format(name=shown(name), hint=hint(name, KEY_VALUE)))


StructureName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"enum": list(KEY_VALUE), "type": "string"})
]
"""A structure that keeps records by key."""


def check_structure(engine: EngineSpec, findings: Findings) -> None:
    """Note a key-value store without its structure, and fields that no such store has.

    What only some structures have, as `growth`, is left alone, so that they can be compared.
    """
    name = engine.structure
    if engine.engine != "structure":
        _refuse(engine, findings, ("structure", "growth"), _("only the engine `structure` has it"))
    elif name is None:
        sentence = _("an engine `structure` needs one of {names}")
        findings.say(sentence.format(names=", ".join(KEY_VALUE)), "structure")
    else:
        _refuse(engine, findings, _OF_A_LOG, _("a structure has no log and no transactions"))


def _refuse(engine: EngineSpec, findings: Findings, fields: tuple[str, ...], sentence: str) -> None:
    """Note each of some fields that is given."""
    for field in fields:
        if field in engine.model_fields_set and getattr(engine, field) is not None:
            findings.say(sentence, field, value=getattr(engine, field))
