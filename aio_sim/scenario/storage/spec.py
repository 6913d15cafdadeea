"""The section `storage` of a scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_size
from aio_sim.scenario.fields import Spec
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import USUAL_DISK, HostSpec
from aio_sim.scenario.storage.engines import EngineSpec
from aio_sim.scenario.storage.loads import BlockTraceLoad, LoadSpec, YcsbLoad
from aio_sim.storage.structures.bplus_tree import FEWEST_PAGE_ITEMS
from aio_sim.storage.structures.key_value import POINTERS

YCSB_KEY: Final = 24
"""Bytes of the longest key of YCSB: `user` and a number of 64 bits."""


def _named_once(engines: tuple[EngineSpec, ...]) -> tuple[EngineSpec, ...]:
    findings = Findings("engines")
    seen: set[str] = set()
    for at, engine in enumerate(engines):
        if engine.name in seen:
            sentence = _("there is already an engine {name}").format(name=engine.name)
            findings.say(sentence, at, "name", value=engine.name)
        seen.add(engine.name)
    findings.raise_any()
    return engines


class StorageSpec(Spec):
    """Storage servers, and what is asked of them and of bare disks."""

    engines: Annotated[tuple[EngineSpec, ...], AfterValidator(_named_once)] = ()
    """The servers."""
    loads: Annotated[tuple[LoadSpec, ...], Field(min_length=1)]
    """What is asked."""

    @property
    def by_name(self) -> Mapping[str, EngineSpec]:
        """The servers by name."""
        return {engine.name: engine for engine in self.engines}

    def labels(self) -> tuple[str, ...]:
        """Return what each load is called: its name, or its kind with a number where needed."""
        given = [load.name for load in self.loads]
        kinds = Counter(load.kind for load in self.loads if load.name is None)
        seen: Counter[str] = Counter()
        labels = []
        for name, load in zip(given, self.loads, strict=True):
            if name is None:
                name = load.kind if kinds[load.kind] == 1 else f"{load.kind}-{seen[load.kind]}"
                seen[load.kind] += 1
            labels.append(name)
        return tuple(labels)


def check_storage(spec: StorageSpec, hosts: Sequence[HostSpec], findings: Findings) -> None:
    """Note hosts and engines that are not there, or that have no room for what is on them."""
    known = {name: host for host in hosts for name in host.names}
    engines = {engine.name: engine for engine in spec.engines}
    for at, engine in enumerate(spec.engines):
        place = ("storage", "engines", at, "on")
        if engine.on not in known:
            findings.say(_no(_("host"), engine.on, known), *place, value=engine.on)
    for at, load in enumerate(spec.loads):
        place = ("storage", "loads", at, "on")
        if isinstance(load, BlockTraceLoad):
            if load.on not in known:
                findings.say(_no(_("host"), load.on, known), *place, value=load.on)
        elif load.on not in engines:
            findings.say(_no(_("engine"), load.on, engines), *place, value=load.on)
    _check_stores(spec, findings)
    _check_labels(spec, findings)
    _check_room(spec, known, findings)
    _check_structures(spec, engines, findings)


def _no(what: str, name: str, known: Mapping[str, object]) -> str:
    sentence = _("there is no {what} {name!r}{hint}")
    return sentence.format(what=what, name=name, hint=hint(name, known))


def _check_stores(spec: StorageSpec, findings: Findings) -> None:
    """Note two loads of one kind on one engine, which would want stores of the same names."""
    taken: set[tuple[str, str]] = set()
    for at, load in enumerate(spec.loads):
        if not isinstance(load, BlockTraceLoad) and (load.kind, load.on) in taken:
            sentence = _("{engine} has a load of this kind already; give it another engine")
            place = ("storage", "loads", at, "kind")
            findings.say(sentence.format(engine=load.on), *place, value=load.kind)
        taken.add((load.kind, load.on))


def _check_labels(spec: StorageSpec, findings: Findings) -> None:
    """Note two loads of one name, or one that is called as an engine is."""
    taken = {engine.name for engine in spec.engines}
    for at, label in enumerate(spec.labels()):
        if label in taken:
            sentence = _("there is already something called {name}; give it another `name`")
            findings.say(sentence.format(name=label), "storage", "loads", at, "name", value=label)
        taken.add(label)


def _check_structures(
    spec: StorageSpec, engines: Mapping[str, EngineSpec], findings: Findings
) -> None:
    """Note what is asked of a structure that it cannot do: transactions, too large records."""
    for at, load in enumerate(spec.loads):
        engine = engines.get(load.on)
        if engine is None or engine.structure is None or isinstance(load, BlockTraceLoad):
            continue
        if not isinstance(load, YcsbLoad):
            sentence = _("a structure keeps single records and no transactions; expected ycsb")
            findings.say(sentence, "storage", "loads", at, "kind", value=load.kind)
            continue
        most = engine.settings.page_size // FEWEST_PAGE_ITEMS - POINTERS - YCSB_KEY
        if engine.kept_in_pages and load.fields * load.field_length > most:
            sentence = _("{fewest} records must go into a page, which leaves {most} for each")
            sentence = sentence.format(fewest=FEWEST_PAGE_ITEMS, most=format_size(max(most, 0)))
            findings.say(sentence, "storage", "loads", at, "field_length", value=load.field_length)


def _check_room(spec: StorageSpec, hosts: Mapping[str, HostSpec], findings: Findings) -> None:
    """Note an engine that takes more memory or disk than its host has beside those before it."""
    memory: Counter[str] = Counter()
    disk: Counter[str] = Counter()
    for at, engine in enumerate(spec.engines):
        host = hosts.get(engine.on)
        if host is None:
            continue
        memory[engine.on] += engine.settings.buffer_pool
        disk[engine.on] += engine.disk_space
        room = host.disk or USUAL_DISK
        for field, used, most in (
            ("buffer_pool", memory[engine.on], host.memory),
            ("size", disk[engine.on], room.size),
        ):
            if used > most:
                sentence = _("{host} has {most}, and its engines would take {used}").format(
                    host=engine.on, most=format_size(most), used=format_size(used)
                )
                place = ("storage", "engines", at, field)
                findings.say(sentence, *place, value=getattr(engine, field))
