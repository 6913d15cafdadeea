"""What backups and disasters say of hosts, their disks, and each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from aio_sim.kernel.errors import hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration, format_size
from aio_sim.scenario.backups import BackupSpec, DisasterSpec, backup_names, other_host
from aio_sim.scenario.findings import Findings
from aio_sim.scenario.hosts import USUAL_DISK, HostSpec
from aio_sim.scenario.machine_references import HostReferences
from aio_sim.scenario.network import TopologySpec
from aio_sim.scenario.storage import EngineSpec, StorageSpec


class _Whole(Protocol):
    """What of a scenario is looked at."""

    @property
    def hosts(self) -> tuple[HostSpec, ...]: ...
    @property
    def network(self) -> TopologySpec | None: ...
    @property
    def storage(self) -> StorageSpec | None: ...
    @property
    def until(self) -> int | None: ...
    @property
    def backups(self) -> tuple[BackupSpec, ...]: ...
    @property
    def disasters(self) -> tuple[DisasterSpec, ...]: ...


def check_backups(scenario: _Whole, findings: Findings) -> None:
    """Note hosts without network or room, names given twice, and disasters to nothing."""
    if not scenario.backups and not scenario.disasters:
        return
    if scenario.until is None:
        sentence = _("`until` is required where there are backups, which are due for ever")
        findings.say(sentence, "until")
    references = HostReferences(scenario.hosts, scenario.network, findings)
    engines = {} if scenario.storage is None else scenario.storage.by_name
    _check_servers(scenario.backups, engines, findings)
    for at, backup in enumerate(scenario.backups):
        if backup.host is not None:
            references.check(backup.host, "backups", at, "host", network=True)
        elif backup.of is not None and backup.of in engines:
            references.check(engines[backup.of].on, "backups", at, "of", network=True)
        references.check(backup.to, "backups", at, "to", network=True)
    _check_names(scenario.backups, findings)
    _check_room(scenario.backups, scenario.hosts, findings)
    _check_disasters(scenario, findings)


def _check_names(backups: Sequence[BackupSpec], findings: Findings) -> None:
    seen: set[str] = set()
    for at, name in enumerate(backup_names(tuple(backups))):
        if name in seen:
            sentence = _("there is already a backup named {name!r}").format(name=name)
            findings.say(sentence, "backups", at, "name", value=name)
        seen.add(name)


def _check_room(
    backups: Sequence[BackupSpec], hosts: Sequence[HostSpec], findings: Findings
) -> None:
    """Note data and backups for which the disk of their host is too small."""
    disks = {name: (host.disk or USUAL_DISK).size for host in hosts for name in host.names}
    used: Counter[str] = Counter()
    for at, backup in enumerate(backups):
        for host, size, place in _rooms(backup):
            used[host] += size
            if used[host] > disks.get(host, used[host]):
                sentence = _("the disk of {host} has {most}, and {used} would be on it").format(
                    host=host, most=format_size(disks[host]), used=format_size(used[host])
                )
                findings.say(sentence, "backups", at, *place, value=size)


def _rooms(backup: BackupSpec) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Yield what a backup takes of which disk, and which field says so."""
    if backup.host is not None and backup.volume is not None:
        yield backup.host, backup.volume.size, ("volume", "size")
    yield backup.to, backup.room or 0, ("room",)


def _check_servers(
    backups: Sequence[BackupSpec], engines: Mapping[str, EngineSpec], findings: Findings
) -> None:
    """Note servers that are not there, are backed up twice, or would be to their own host."""
    taken: set[str] = set()
    for at, backup in enumerate(backups):
        if backup.of is None:
            continue
        place = ("backups", at, "of")
        if backup.of not in engines:
            sentence = _("there is no storage server {name!r}{hint}")
            told = sentence.format(name=backup.of, hint=hint(backup.of, engines))
            findings.say(told, *place, value=backup.of)
        elif engines[backup.of].engine == "structure":
            sentence = _("{name} is a structure, which has no log: it cannot be backed up")
            findings.say(sentence.format(name=backup.of), *place, value=backup.of)
        elif engines[backup.of].on == backup.to:
            findings.say(other_host(), "backups", at, "to", value=backup.to)
        if backup.of in taken:
            sentence = _("{name} is backed up already: a server has one plan")
            findings.say(sentence.format(name=backup.of), *place, value=backup.of)
        taken.add(backup.of)


def _check_disasters(scenario: _Whole, findings: Findings) -> None:
    names = backup_names(scenario.backups)
    for at, disaster in enumerate(scenario.disasters):
        if disaster.backup is None and len(names) != 1:
            sentence = _("`backup` is required: which of them{hint}").format(hint=hint("", names))
            findings.say(sentence, "disasters", at, "backup")
        elif disaster.backup is not None and disaster.backup not in names:
            sentence = _("there is no backup {name!r}{hint}").format(
                name=disaster.backup, hint=hint(disaster.backup, names)
            )
            findings.say(sentence, "disasters", at, "backup", value=disaster.backup)
        end = scenario.until
        if end is not None and disaster.at >= end:
            sentence = _("must be before the end of the run, {end}, got {at}").format(
                end=format_duration(end), at=format_duration(disaster.at)
            )
            findings.say(sentence, "disasters", at, "at", value=disaster.at)
