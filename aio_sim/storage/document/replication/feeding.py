"""How secondaries get what the primary wrote: batches of the oplog, rollback, a copy of all."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from aio_sim.hardware.network import TransferFailed
from aio_sim.kernel.errors import AuditError
from aio_sim.kernel.messages import _
from aio_sim.storage.document.engine import restore
from aio_sim.storage.document.replication.group import Group
from aio_sim.storage.document.replication.member import Member, Role
from aio_sim.storage.document.replication.oplog import Entry
from aio_sim.storage.document.replication.progress import Progress

Story = Generator[Any, Any, None]


class Feeding:
    """Keeps each secondary fed by the primary: one batch at a time, the next when it is done.

    Nobody polls: a story ends when its secondary has all, or cannot be reached, and `kick` begins
    it again. `on_term` is told of members that learned of a later term.
    """

    def __init__(self, group: Group, progress: Progress, on_term: Callable[[], None]) -> None:
        self._group = group
        self._progress = progress
        self._on_term = on_term
        self._running: set[tuple[str, int, str]] = set()

    def kick(self, primary: Member) -> None:
        """Begin to feed those that lack something."""
        for target in self._group.others(primary):
            key = (primary.name, primary.generation, target.name)
            if key not in self._running and not _is_level(primary, target):
                self._running.add(key)
                self._group.env.process(self._feed(primary, target, key))

    def _feed(self, primary: Member, target: Member, key: tuple[str, int, str]) -> Story:
        try:
            while _leads(primary, key[1]) and not _is_level(primary, target):
                if not self._group.hears(primary, target):
                    break
                yield from self._send_batch(primary, target, key[1])
        except TransferFailed:
            pass  # whoever mends the way kicks again
        finally:
            self._running.discard(key)

    def _send_batch(self, primary: Member, target: Member, generation: int) -> Story:
        group, there = self._group, target.generation
        entries = self._batch(primary, target)
        yield group.send(primary.name, target.name, sum(entry.size for entry in entries))
        if not self._may_go_on(primary, target, generation, there):
            return
        if self._needs_copy(primary, target):
            yield from self._copy_all(primary, target, generation, there)
            return
        if not primary.oplog.holds(target.last):
            yield from self._roll_back(primary, target, generation, there)
            return
        commit = primary.commit_index
        _nothing, time = group.time_of(target, lambda: target.receive(entries, commit))
        target.engine.advance(group.env.now)
        yield from self._acknowledge(primary, target, generation, time)

    def _acknowledge(self, primary: Member, target: Member, generation: int, time: int) -> Story:
        number, there = target.last.number, target.generation
        if time:
            yield self._group.env.timeout(time)
        if target.generation != there:
            return
        yield self._group.send(target.name, primary.name)
        if _leads(primary, generation) and self._progress.note(primary, target, number):
            self.kick(primary)

    def _may_go_on(self, primary: Member, target: Member, generation: int, there: int) -> bool:
        """Whether both still are what they were as the message left; terms are compared."""
        if not _leads(primary, generation) or not target.is_up or target.generation != there:
            return False
        if target.term == primary.term:
            return True
        behind = primary if target.term > primary.term else target
        behind.adopt(max(target.term, primary.term))
        self._on_term()
        return behind is target

    def _batch(self, primary: Member, target: Member) -> list[Entry]:
        first = target.last.number + 1
        if self._needs_copy(primary, target) or not primary.oplog.holds(target.last):
            return []
        return primary.oplog.since(first, self._group.settings.batch_entries)

    def _needs_copy(self, primary: Member, target: Member) -> bool:
        return self._common(primary, target) is None

    def _common(self, primary: Member, target: Member) -> int | None:
        """Return the number of the last entry that both have, None where it is not kept."""
        number = min(primary.last.number, target.last.number)
        least = max(primary.oplog.first_index, target.oplog.first_index) - 1
        while number >= least:
            if primary.oplog.term_at(number) == target.oplog.term_at(number):
                return number
            number -= 1
        return None

    def _roll_back(self, primary: Member, target: Member, generation: int, there: int) -> Story:
        group, common = self._group, self._common(primary, target)
        assert common is not None
        if common < target.commit_index:
            raise AuditError(
                _("{member} would take back writes that a majority has").format(member=target.name)
            )
        gone = target.oplog.since(common + 1, target.last.number)
        if any(entry.drops for entry in gone):
            # What was dropped is not known by its documents.
            group.totals.rolled_back += len(gone)
            yield from self._copy_all(primary, target, generation, there)
            return
        come = primary.oplog.since(common + 1, primary.last.number)
        yield group.send(target.name, primary.name)
        yield group.send(primary.name, target.name, sum(each.size for each in [*gone, *come]))
        if not self._may_go_on(primary, target, generation, there):
            return
        taken, time = group.time_of(target, lambda: target.roll_back(common, primary))
        group.totals.rollbacks += 1
        group.totals.rolled_back += taken
        group.note("rollback", target)
        yield from self._acknowledge(primary, target, generation, time)

    def _copy_all(self, primary: Member, target: Member, generation: int, there: int) -> Story:
        group = self._group
        snapshot, time = group.time_of(primary, lambda: primary.engine.back_up())
        yield group.env.timeout(time)
        yield group.send(primary.name, target.name, snapshot.size)
        if not self._may_go_on(primary, target, generation, there):
            return
        target.copy_of(restore(target.volume.settings, [snapshot]))
        group.totals.resyncs += 1
        group.note("resync", target)
        yield from self._acknowledge(primary, target, generation, 0)


def _leads(primary: Member, generation: int) -> bool:
    return primary.role is Role.PRIMARY and primary.generation == generation


def _is_level(primary: Member, target: Member) -> bool:
    return target.last == primary.last and target.commit_index >= primary.commit_index
