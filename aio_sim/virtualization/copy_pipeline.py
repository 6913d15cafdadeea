"""One copy of an image under way: five stages, and a bounded buffer between two of them."""

from __future__ import annotations

from collections.abc import Callable, Generator

from simpy import Interrupt, Store
from simpy.events import AllOf, Event
from simpy.events import Process as Story

from aio_sim.hardware.host import Host
from aio_sim.hardware.network import TransferFailed
from aio_sim.hardware.network.transport import Flow, Network
from aio_sim.kernel.environment import Environment
from aio_sim.kernel.messages import _
from aio_sim.kernel.span_record import Record
from aio_sim.kernel.trace import Trace
from aio_sim.scheduling.completion import ProcessLost
from aio_sim.scheduling.process import SYSTEM, Process
from aio_sim.virtualization.image_copy import STAGES, Chunk, ImageCopy

Serve = Callable[[Chunk], Event | None]


class CopyPipeline:
    """The stories of the stages of one copy, and its accounts.

    `sent` and `written` are bytes, `busy` is nanoseconds by stage.
    """

    def __init__(
        self,
        env: Environment,
        trace: Trace,
        network: Network,
        number: Callable[[], int],
        image: ImageCopy,
        source: Host,
        destination: Host,
    ) -> None:
        self._env = env
        self._network = network
        self._number = number
        self._image = image
        self._source = source
        self._destination = destination
        self._record = Record(trace, f"copy {image.name}")
        self._flow: Flow | None = None
        self._asked_at = env.now
        self._begun: dict[str, int] = {}
        self._since: dict[str, int] = {}  # when the chunk that a stage has in hand came to it
        self._carried = 0
        self.busy = dict.fromkeys(STAGES, 0)
        self.written = 0

    @property
    def sent(self) -> int:
        """Bytes that the network has carried, those of the chunk under way too."""
        return self._carried + (self._flow.sent if self._flow else 0)

    def run(self) -> Generator[Event, object, str]:
        """Let all chunks through; return "", or why not all came through."""
        env = self._env
        serves: list[Serve] = [
            self._read,
            self._compress,
            self._send,
            self._decompress,
            self._write,
        ]
        buffers = [Store(env, self._image.buffer) for _stage in STAGES[1:]]
        pipes = zip([None, *buffers], [*buffers, None], strict=True)
        chunks = self._image.chunks()
        stages = [
            env.process(self._stage(name, serve, chunks, *pipe))
            for name, serve, pipe in zip(STAGES, serves, pipes, strict=True)
        ]
        try:
            yield AllOf(env, stages)
        except (TransferFailed, ProcessLost) as failure:
            self._stop(stages)
            return str(failure)
        except Interrupt:
            self._stop(stages)
            return _("the copy was given up")
        return ""

    def close(self) -> None:
        """Bring the accounts up to now and write the spans of the stages that have not ended."""
        for stage in STAGES:
            if stage in self._since:
                self.busy[stage] += self._env.now - self._since.pop(stage)
            self._ended(stage)

    def finish(self, reason: str = "") -> None:
        """Write the span of the whole copy, and why it failed, if it did."""
        now, ends = self._env.now, f"from {self._source.name} to {self._destination.name}"
        if now > self._asked_at:
            self._record.span(f"copy {ends}", self._asked_at, now)
            busy = " ".join(str(self.busy[stage]) for stage in STAGES)
            self._record.note(f"copy stages {busy} {self.written} {self.sent}", now)
        if reason:
            self._record.note(f"copy failed: {reason}", now)

    def break_off(self) -> None:
        """Write what is under way when the run ends, and that it is."""
        self.close()
        self.finish()
        self._record.note("copy under way", self._env.now)

    def _stop(self, stages: list[Story]) -> None:
        for stage in stages:
            if stage.is_alive:
                stage.interrupt()
        if self._flow is not None:
            self._flow.cancel()
        self.close()

    def _stage(
        self,
        name: str,
        serve: Serve,
        chunks: list[Chunk],
        before: Store | None,
        after: Store | None,
    ) -> Generator[Event, object, None]:
        try:
            for chunk in chunks:
                if before is not None:
                    yield before.get()
                yield from self._served(name, serve(chunk))
                self._passed(name, chunk)
                if after is not None:
                    yield after.put(chunk)
        except Interrupt:
            return  # another stage failed
        self._ended(name)

    def _served(self, name: str, event: Event | None) -> Generator[Event, object, None]:
        if event is None:
            return
        self._since[name] = self._env.now
        self._begun.setdefault(name, self._env.now)
        yield event
        self.busy[name] += self._env.now - self._since.pop(name)

    def _passed(self, name: str, chunk: Chunk) -> None:
        if name == "send":
            self._carried, self._flow = self._carried + chunk.sent, None
        elif name == "write":
            self.written += chunk.data

    def _ended(self, name: str) -> None:
        if name in self._begun:
            self._record.span(f"copy {name}", self._begun.pop(name), self._env.now)

    def _read(self, chunk: Chunk) -> Event | None:
        disk = self._source.disk
        return disk.read(chunk.read) if disk and chunk.read else None

    def _compress(self, chunk: Chunk) -> Event | None:
        return self._compute(self._source, self._image.work(chunk)[0])

    def _send(self, chunk: Chunk) -> Event:
        self._flow = self._network.transfer(
            self._source.name,
            self._destination.name,
            chunk.sent,
            rate_limit=self._image.rate_limit,
            name=f"copy {self._image.name}",
        )
        return self._flow.done

    def _decompress(self, chunk: Chunk) -> Event | None:
        return self._compute(self._destination, self._image.work(chunk)[1])

    def _write(self, chunk: Chunk) -> Event | None:
        disk = self._destination.disk
        return disk.write(chunk.data) if disk else None

    def _compute(self, host: Host, work: int) -> Event | None:
        if not work:
            return None
        return host.run(Process(self._number(), self._env.now, work, source=SYSTEM))
