"""What a page costs on its way to the data file: the log first, and then twice."""

from __future__ import annotations

import pytest

from aio_sim.kernel.errors import InputError
from aio_sim.storage.cost import Cost
from aio_sim.storage.relational.settings import Settings

from .databases import database


def written(*, doublewrite: bool) -> tuple[int, Cost]:
    """Return how many pages were dirty and the cost of a checkpoint that writes all of them."""
    made = database(doublewrite=doublewrite)
    root = made.new_tree()
    transaction = made.transactions.begin()
    for number in range(60):
        made.transactions.write(transaction, root, b"%04d" % number, bytes(100))
    made.transactions.commit(transaction)
    dirty, before = len(made.store.pool.dirty), made.cost
    made.transactions.checkpoint(whole=True)
    return dirty, made.cost.minus(before)


@pytest.mark.parametrize(("doublewrite", "times"), [(True, 2), (False, 1)])
def test_a_batch_is_written_and_flushed_once_or_twice(doublewrite: bool, times: int) -> None:
    dirty, cost = written(doublewrite=doublewrite)
    batches = -(-dirty // 8)
    assert cost.pages_written == times * dirty
    assert cost.flushes == times * batches + 2  # the log, and the block of the checkpoint


def test_the_log_is_durable_before_a_page_that_it_explains() -> None:
    made = database()
    root = made.new_tree()
    transaction = made.transactions.begin()
    for number in range(400):
        made.transactions.write(transaction, root, b"%04d" % number, bytes(60))
        data = made.volume.data
        lsns = [int.from_bytes(data.read(page)[8:16], "little") for page in range(0, 60, 7)]
        assert max(lsns) <= made.store.log.durable
    assert made.cost.pages_written > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pool_pages": 10}, "pool_pages must be 32 or more, not 10"),
        ({"log_size": 1024}, "log_size must be 4194304 or more"),
        ({"log_size": 256 * 16384 + 1}, "multiple of 512 bytes"),
        ({"flush_batch": 0}, "flush_batch must be 1 or more"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Settings(**changes)  # type: ignore[arg-type]
