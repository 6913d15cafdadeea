"""What a restore gives back: exactly what was there, or the last good point and what is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.codecs.encryption.keys import AesKey
from aio_sim.codecs.encryption.kind import EncryptionKind
from aio_sim.kernel.errors import EncryptionError
from aio_sim.storage.backup.errors import BackupError, DamagedError, RepositoryFullError
from aio_sim.storage.backup.sealing import BackupCompression, Sealing
from aio_sim.storage.backup.verifying import verify
from aio_sim.storage.backup.volume import restore_volume
from aio_sim.storage.backup.writing import BackupWriter, groups, pack
from tests.storage.backup.histories import DIFFERENTIAL, FULL, INCREMENTAL, History

KEY = AesKey(bytes(range(32)))

write = st.tuples(st.just("write"), st.integers(0, 7), st.integers(0, 255))
backup = st.tuples(
    st.just("backup"), st.sampled_from([FULL, INCREMENTAL, DIFFERENTIAL]), st.booleans()
)
steps = st.lists(st.one_of(write, write, backup, st.just(("archive",))), max_size=40)


def played(history: History, schedule: list[tuple[object, ...]]) -> History:
    for step in schedule:
        if step[0] == "write":
            history.write(step[1], step[2])  # type: ignore[arg-type]
        elif step[0] == "archive":
            history.archive()
        elif history.catalogue.latest_full or step[1] is FULL:
            history.back_up(step[1], fuzzy=step[2])  # type: ignore[arg-type]
    return history


@given(steps, st.sampled_from(BackupCompression), st.data())
def test_any_instant_that_a_plan_reaches_is_restored_to_the_byte(
    schedule: list[tuple[object, ...]], compression: BackupCompression, data: st.DataObject
) -> None:
    history = played(History(sealing=Sealing(compression)), schedule)
    target = data.draw(st.integers(0, history.now))
    first = min((each.mark.at for each in history.catalogue.backups.values()), default=None)
    if first is None or target < first:
        with pytest.raises(BackupError):
            history.recover(target)
        return
    found = history.recover(target)
    reached = found.plan.reaches
    assert reached.at <= target
    assert found.state.contents() == history.state(reached.position)
    assert reached.position <= history.position(target)
    best = max(each.mark for each in history.catalogue.backups.values() if each.mark.at <= target)
    assert reached >= best
    assert found.lost == target - reached.at
    assert not found.faults


@given(steps, st.data())
def test_after_any_damage_the_last_good_point_comes_back_and_verify_names_the_damage(
    schedule: list[tuple[object, ...]], data: st.DataObject
) -> None:
    history = played(History(), [("backup", FULL, False), *schedule])
    names = list(history.repository.names())
    hit = data.draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    for name in hit:
        if data.draw(st.booleans()):
            history.repository.remove(name)
        else:
            history.repository.damage(name, data.draw(st.integers(0, 1000)))
    faults = verify(history.repository, history.catalogue)
    assert bool(faults) == bool(hit)
    try:
        found = history.recover(history.now)
    except BackupError:
        assert hit
        return
    assert found.state.contents() == history.state(found.plan.reaches.position)
    used = {part for link in found.plan.links for part in history.repository.names(link.name[:-8])}
    assert used.isdisjoint(hit)


def test_a_log_behind_an_older_backup_reaches_over_a_damaged_one() -> None:
    history = History()
    history.back_up(FULL)
    for value in range(5):
        history.write(value, value)
    history.archive()
    lost = history.back_up(INCREMENTAL)
    history.write(0, 9)
    history.archive()
    history.repository.remove(lost.parts[0].name)
    found = history.recover(history.now)
    assert found.state.contents() == history.states[-1][2]
    assert found.lost == 0
    assert [fault.number for fault in found.faults] in ([], [lost.number])


def test_what_is_lost_is_said() -> None:
    history = History()
    history.write(0, 1)
    history.back_up(FULL)
    history.write(0, 2)
    bad = history.back_up(INCREMENTAL)
    history.repository.damage(bad.parts[0].name, 3)
    found = history.recover(history.now)
    assert found.state.contents() == history.state(1)
    assert found.report() == "restored to 2 ns: what was written in the 2 ns up to 4 ns is lost"
    assert "checksum" in found.faults[0].reason


def test_a_target_before_the_first_backup_is_refused_with_its_time() -> None:
    history = History()
    history.write(0, 1)
    history.back_up(FULL)
    with pytest.raises(BackupError, match="the first backup is of 2 ns"):
        history.recover(1)


def test_without_a_full_backup_none_is_taken_and_none_restored() -> None:
    history = History()
    with pytest.raises(BackupError, match="needs a full one before it"):
        history.back_up(INCREMENTAL)
    with pytest.raises(BackupError, match="there is no full backup"):
        history.recover(0)


def test_a_disk_that_fills_leaves_the_old_chain_whole() -> None:
    history = History(blocks=64, block_size=64, capacity=3500)
    for number in range(20):
        history.write(number, number)
    history.back_up(FULL)
    files = list(history.repository.names())
    used = history.repository.used
    for number in range(64):
        history.write(number, 7)
    with pytest.raises(RepositoryFullError, match="repository is full"):
        history.back_up(FULL)
    assert list(history.repository.names()) == files
    assert history.repository.used == used == history.repository.account()
    assert not verify(history.repository, history.catalogue)
    assert history.recover(history.now).state.contents() == history.state(20)


def test_a_wrong_key_is_told_and_the_right_one_opens() -> None:
    sealed = Sealing(BackupCompression.LZ78, EncryptionKind.AES, KEY)
    history = History(sealing=sealed)
    history.write(3, 3)
    history.back_up(FULL)
    assert history.recover(history.now).state.contents() == history.state(1)
    wrong = Sealing(BackupCompression.LZ78, EncryptionKind.AES, AesKey(bytes(32)))
    history.sealing = wrong
    with pytest.raises(EncryptionError, match="wrong key"):
        history.recover(history.now)
    with pytest.raises(EncryptionError, match="wrong key"):
        verify(history.repository, sealing=wrong)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 255)), max_size=30), st.booleans())
def test_a_copy_is_of_one_instant_however_writes_fall_between_its_reads(
    writes: list[tuple[int, int]], fuzzy: bool
) -> None:
    history = History()
    for number in range(8):
        history.write(number, 200 + number)
    writer = BackupWriter(history.repository, history.catalogue, FULL, 0)
    volume = history.volume
    reading = volume.copy_fuzzily() if fuzzy else volume.open_snapshot()
    for number in range(8):
        for block, value in writes[number::8]:
            history.write(block, value)
        writer.put(pack(reading, [number]))
    snapshot, mark = reading.finish()
    assert mark.position == (8 + len(writes) if fuzzy else 8)
    assert restore_volume([snapshot]).contents() == history.state(mark.position)
    assert fuzzy or volume.set_aside <= 8


def test_parts_hold_a_few_blocks_each() -> None:
    assert [len(part) for part in groups(range(20))] == [8, 8, 4]


def test_a_chain_with_another_base_than_it_was_built_on_is_found() -> None:
    history = History()
    history.back_up(FULL)
    history.write(0, 1)
    last = history.back_up(INCREMENTAL)
    base = history.catalogue.backups[last.base]
    history.repository.remove(base.name)
    del history.catalogue.backups[base.number]
    with pytest.raises(DamagedError, match="which is missing"):
        history.catalogue.chain(last)
    assert "which is missing" in verify(history.repository)[0].reason
