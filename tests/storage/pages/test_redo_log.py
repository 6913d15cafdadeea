"""The log: a ring that gives back what was flushed, and nothing of an earlier lap or life."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aio_sim.storage.pages.device import BlockFile, Power
from aio_sim.storage.pages.redo_log import RedoLog

PAYLOADS = st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=30)
BLOCKS = 34


def new_file() -> BlockFile:
    return BlockFile(Power(), 512, BLOCKS)


def read(file: BlockFile) -> list[bytes]:
    return [group.payload for group in RedoLog(file).recover()]


@given(PAYLOADS)
def test_what_was_flushed_is_read_again(payloads: list[bytes]) -> None:
    file = new_file()
    log = RedoLog(file)
    for payload in payloads:
        log.append(payload)
    assert log.flush()
    assert not log.flush()
    assert read(file) == payloads


@settings(max_examples=50, deadline=None)
@given(PAYLOADS, st.integers(1, 20))
def test_the_ring_goes_round(payloads: list[bytes], laps: int) -> None:
    file = new_file()
    log = RedoLog(file)
    for _lap in range(laps):
        start = log.end
        for payload in payloads:
            log.append(payload)
        log.flush()
        assert log.archive(start)
        log.save_checkpoint(start)
        assert read(file) == payloads


@given(PAYLOADS, st.lists(st.booleans(), min_size=100, max_size=100))
def test_of_what_was_not_flushed_a_beginning_is_read(
    payloads: list[bytes], chances: list[bool]
) -> None:
    file = new_file()
    log = RedoLog(file)
    log.append(b"flushed")
    log.flush()
    for payload in payloads:
        log.append(payload)
    log._write()
    chance = iter(chances)
    file.restart(Power(), lambda: next(chance, False))
    found = read(file)
    assert found == [b"flushed", *payloads][: len(found)]
    assert found


def test_what_an_earlier_life_left_behind_the_end_is_not_read() -> None:
    """The middle one of three groups is lost, and a later life writes one just as long there."""
    file = new_file()
    log = RedoLog(file)
    groups = [bytes([letter]) * (512 - 20) for letter in b"abc"]
    log.append(groups[0])
    log.flush()
    log.append(groups[1])
    log.append(groups[2])
    log._write()
    survives = iter([False, True])
    file.restart(Power(), lambda: next(survives))
    again = RedoLog(file)
    assert [group.payload for group in again.recover()] == groups[:1]
    again.begin_epoch()
    again.append(b"B" * (512 - 20))
    again.flush()
    assert read(file) == [groups[0], b"B" * 492]


def test_one_flush_serves_all_that_wait() -> None:
    file = new_file()
    log = RedoLog(file)
    ends = [log.append(b"commit %d" % number) for number in range(10)]
    log.flush(ends[0])
    assert log.durable == ends[-1]
    assert (file.writes, file.flushes) == (1, 1)


def test_a_torn_checkpoint_leaves_the_one_before() -> None:
    file = new_file()
    log = RedoLog(file)
    log.append(b"one")
    log.flush()
    log.save_checkpoint(0)
    log.append(b"two")
    log.flush()
    file.write(log.checkpoint.sequence % 2 + 1 - 2 * (log.checkpoint.sequence % 2), b"x" * 512)
    file.flush()
    assert RedoLog(file).checkpoint.sequence == 1
    assert read(file) == [b"one", b"two"]
