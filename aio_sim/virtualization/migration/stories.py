"""The methods of migration, each as the story that it is."""

from __future__ import annotations

from collections.abc import Generator

from simpy.events import Event

from aio_sim.hardware.network.transport import Flow
from aio_sim.virtualization.image_copier import ImageCopier
from aio_sim.virtualization.image_copy import CopyResult
from aio_sim.virtualization.migration.dirty import (
    FULL_SPEED,
    dirtied,
    faulting_speed,
    tracked_speed,
)
from aio_sim.virtualization.migration.plan import transfer_time
from aio_sim.virtualization.migration.under_way import Broken, Migration

Story = Generator[Event, object, None]


def cold(migration: Migration, copier: ImageCopier | None) -> Story:
    """Stop the machine, send all of it, and start it there; of one that is off, the image alone."""
    options, machine = migration.options, migration.machine
    migration.stop()
    if machine.up:
        yield from migration.send(migration.memory + options.state, "migration copy")
    if options.image is not None and copier is not None:
        migration.begin("migration image")
        copy = copier.copy(options.image, migration.source, migration.destination)
        migration.copy = copy
        result = yield copy
        migration.copy = None
        assert isinstance(result, CopyResult)
        migration.sent += result.sent
        if not result.succeeded:
            raise Broken(result.reason)
        copier.remove(options.image, migration.source)
        migration.end()
    yield from migration.switch_over()
    migration.start()


def pre_copy(migration: Migration) -> Story:
    """Send the memory while the machine runs, then what it wrote meanwhile, until little is left.

    Clark et al., Live Migration of Virtual Machines, NSDI 2005.
    """
    options, memory = migration.options, migration.memory
    dirty, rounds, sent = memory, 0, 0
    while not rounds or not (why := options.why_stop(rounds, sent, dirty, memory)):
        flow, before = migration.transfer(dirty), migration.work()
        _track(migration, flow, dirty)
        yield from migration.arrival(flow, dirty, f"migration round {rounds + 1} {dirty}")
        rounds, sent = rounds + 1, sent + dirty
        time = migration.work() - before
        dirty = dirtied(time, migration.machine.dirty_rate, options.writable(memory))
    migration.slow_down(FULL_SPEED)
    migration.stop()
    left = dirty + options.state
    yield from migration.send(left, f"migration stop and copy {left} {why}")
    yield from migration.switch_over()
    migration.start()


def post_copy(migration: Migration) -> Story:
    """Send the state and start the machine there; its memory follows, what it touches first.

    Each page is sent once, by the push or on demand (Hines and Gopalan, Post-copy based live
    virtual machine migration using adaptive pre-paging and dynamic self-ballooning, VEE 2009).
    Where the way is cut the machine stands still until somebody says that it is repaired, as in
    QEMU's `postcopy-paused` and `postcopy-recover`.
    """
    options, memory = migration.options, migration.memory
    migration.stop()
    yield from migration.send(options.state, "migration state")
    yield from migration.switch_over()
    migration.start()
    start, missing = migration.work(), memory
    while missing:
        size = min(-(-memory // options.pieces), missing)
        flow = migration.transfer(size)
        _fault(migration, flow, size, missing, migration.work() - start)
        try:
            yield from migration.arrival(flow, size, "migration push")
            missing -= size
        except Broken as broken:
            missing -= flow.sent
            yield from _wait_for_repair(migration, str(broken))
    migration.slow_down(FULL_SPEED)


def _wait_for_repair(migration: Migration, reason: str) -> Story:
    migration.end()
    migration.note(f"migration waits: {reason}")
    migration.slow_down(FULL_SPEED)
    migration.stop()
    migration.begin("migration paused")
    migration.repaired = migration.env.event()
    yield migration.repaired
    migration.repaired = None
    migration.end()
    migration.start()


def _track(migration: Migration, flow: Flow, size: int) -> None:
    """Let the machine pay for the tracking of its writes, as long as the round seems to last."""
    options, machine = migration.options, migration.machine
    working_set = options.writable(migration.memory)
    migration.slow_down(
        tracked_speed(
            _expected(flow, size), machine.dirty_rate, working_set, options.tracking, machine.cores
        )
    )


def _fault(migration: Migration, flow: Flow, size: int, missing: int, done: int) -> None:
    """Let the machine pay for the pages that it has to wait for while this piece is sent."""
    options, machine = migration.options, migration.machine
    rate = machine.dirty_rate if options.touch_rate is None else options.touch_rate
    migration.slow_down(
        faulting_speed(
            done,
            _expected(flow, size),
            rate,
            options.writable(migration.memory),
            (missing - size / 2) / migration.memory,
            options.fault,
            machine.cores,
        )
    )


def _expected(flow: Flow, size: int) -> int:
    """Return how long a flow takes if it goes on as now; 0 where it does not move at all."""
    rate = round(flow.rate)
    return transfer_time(size, rate) if rate else 0
