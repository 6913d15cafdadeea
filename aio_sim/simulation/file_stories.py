"""What happens to the files and data nodes of a run: puts, gets, failures, each at its time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from simpy.events import AllOf, Event

from aio_sim.distributed.file_system import DistributedFileSystem, FileSystemError
from aio_sim.kernel.errors import AioSimError, AuditError
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.resources.allocation import Allocation
from aio_sim.scenario.file_system import FileSpec, FileSystemSpec
from aio_sim.scenario.file_system.steps import (
    FailStep,
    FileSystemStepSpec,
    GetStep,
    RandomFailuresStep,
    ReviveStep,
    RotStep,
    ScanStep,
)
from aio_sim.scenario.name_patterns import matching
from aio_sim.simulation.file_accounts import FileAccounts
from aio_sim.simulation.file_content import FileContent
from aio_sim.simulation.file_steps import FileSteps, fail_at_random, told
from aio_sim.simulation.part import Part

if TYPE_CHECKING:
    from aio_sim.simulation.ground import Ground

Story = Generator[Event, Any, None]

TRACK: Final = "files"
OF_NODES: Final = (FailStep, ReviveStep, RotStep, ScanStep)
"""Steps of data nodes, which ask no name node."""
CHECK_EVERY: Final = 500
"""An audit of all blocks at every quiet instant would cost the square of a run: every so many."""


class FileStories:
    """Lets happen to a file system what a scenario says, and keeps the accounts of it."""

    def __init__(
        self,
        ground: Ground,
        spec: FileSystemSpec,
        files: DistributedFileSystem,
        lent: Sequence[Allocation],
    ) -> None:
        self.files = files
        self._ground = ground
        self._spec = spec
        self._lent = lent
        self._hosts = [host.name for host in ground.hosts]
        self._content = FileContent(ground.streams)
        self._down: set[str] = set()
        self._steps = FileSteps(ground.env, files, self._down)
        self._accounts = FileAccounts()
        self._record = Record(ground.trace, TRACK)
        self._waits = 0

    @property
    def part(self) -> Part:
        """What a run asks of it."""
        return Part(
            failed=self._failed,
            repaired=self._repaired,
            check=self._check,
            close=self._close,
            totals=self._totals,
            meta=self._meta,
        )

    def begin(self) -> None:
        """Put in place what is there from the beginning, and let the stories begin."""
        for path in self._spec.quotas:
            quota = self._spec.quotas[path]
            self.files.make_directory(path)
            self.files.set_quota(path, quota.names, quota.space)
        for file in self._spec.files:
            for place, path in enumerate(file.paths):
                if file.at is None:
                    self._install(file, path)
                else:
                    at = file.at + place * file.every
                    self._story(at, partial(self._put, file, path))
        for number, step in enumerate(self._spec.steps):
            if isinstance(step, RandomFailuresStep):
                ground = self._ground
                fail_at_random(ground.env, ground.streams, self.files, step, number, self._down)
            else:
                self._story(step.at, partial(self._take, step))

    # Files

    def _install(self, file: FileSpec, path: str) -> None:
        content = self._content.of(file, path)
        try:
            written = self.files.install(
                path, content, file.client, file.redundancy(), scale=file.scale
            )
        except FileSystemError as error:
            self._accounts.failed(path, error)
        else:
            self._content.wrote(self.files.blocks(path), content)
            self._accounts.placed(written)

    def _put(self, file: FileSpec, path: str) -> Story:
        client = file.client or self._hosts[0]
        accounts, begun = self._accounts, self._ground.env.now
        accounts.puts += 1
        content = self._content.of(file, path)
        code = file.redundancy()
        try:
            self._demand_name_node()
            self._demand(client)
            written = yield self.files.put(path, content, client, code, scale=file.scale)
            self._content.wrote(self.files.blocks(written.path), content)
        except FileSystemError as error:
            accounts.failed(path, error)
            self._note(_("{path} could not be written: {reason}"), path=path, reason=error)
            return
        accounts.written(written, self._ground.env.now - begun)
        self._span(_("put {path} from {client}"), begun, path=path, client=client)

    def _get(self, step: GetStep) -> Story:
        env = self._ground.env
        paths = matching([step.path], self.files.paths())
        clients = matching(step.client, self._hosts) if step.client else self._hosts[:1]
        if not paths:
            self._refuse(_("there is no file {path}").format(path=step.path))
        reads = [
            env.process(self._read(path, clients[place % len(clients)]))
            for place, path in enumerate(paths)
        ]
        yield AllOf(env, reads)

    def _read(self, path: str, client: str) -> Story:
        accounts, begun = self._accounts, self._ground.env.now
        accounts.gets += 1
        try:
            self._demand_name_node()
            self._demand(client)
            blocks = self.files.blocks(path)
            content = yield self.files.get(path, client)
        except FileSystemError as error:
            accounts.failed(path, error)
            self._note(_("{path} could not be read: {reason}"), path=path, reason=error)
            return
        size = sum(block.size for block in blocks)
        same = self._content.same(blocks, content)
        accounts.read(path, size, self._ground.env.now - begun, same)
        self._span(_("get {path} to {client}"), begun, path=path, client=client)

    # Steps

    def _take(self, step: FileSystemStepSpec) -> Story:
        """Take a step; what cannot be done is told, and the run goes on."""
        begun = self._ground.env.now
        if isinstance(step, GetStep):
            yield from self._get(step)
            return
        try:
            if not isinstance(step, OF_NODES):
                self._demand_name_node()
            yield from self._steps.take(step)
        except AioSimError as error:
            self._refuse(str(error))
            return
        self._span("{do}", begun, do=told(step))

    # Hosts

    def _failed(self, name: str) -> None:
        self._down.add(name)
        if name in self.files.cluster.nodes:
            self.files.fail(name, self._spec.disks_lost)

    def _repaired(self, name: str) -> None:
        self._down.discard(name)
        if name == self._spec.name_node:
            self.files.restart()
        if name in self.files.cluster.nodes:
            self.files.revive(name)

    def _demand_name_node(self) -> None:
        if self._spec.name_node in self._down:
            raise FileSystemError(
                _("the name node is down, with {host}").format(host=self._spec.name_node)
            )

    def _demand(self, client: str) -> None:
        if client in self._down:
            raise FileSystemError(_("the client {host} is down").format(host=client))

    # Books

    def _check(self) -> None:
        if self._accounts.wrong:
            sentence = _("{path}: what was read is not what was written")
            raise AuditError(sentence.format(path=self._accounts.wrong[0]))
        self._waits -= 1
        if self._waits < 0:
            self._waits = CHECK_EVERY
            self.files.check()

    def _close(self) -> None:
        for allocation in self._lent:
            allocation.release()

    def _totals(self) -> Mapping[str, int | float]:
        return {**self.files.totals(), **self._accounts.totals()}

    def _meta(self) -> Mapping[str, Any]:
        told = self._accounts.meta()
        if gone := self.files.lost():
            told["unreadable"] = gone
        return {"files": told} if told else {}

    # Telling

    def _story(self, at: int, story: Callable[[], Story]) -> None:
        self._ground.ending.story(self._later(at, story))

    def _later(self, at: int, story: Callable[[], Story]) -> Story:
        if at:
            yield self._ground.env.timeout(at)
        yield from story()

    def _refuse(self, reason: str) -> None:
        self._accounts.refused.append(reason)
        self._record.note(reason, self._ground.env.now)

    def _note(self, form: str, **told: object) -> None:
        self._record.note(form.format(**told), self._ground.env.now)

    def _span(self, form: str, begun: int, **told: object) -> None:
        self._record.span(form.format(**told), begun, self._ground.env.now)
