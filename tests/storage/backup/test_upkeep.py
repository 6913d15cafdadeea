"""What is kept, what is merged, and when something is due."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.units import DURATION_UNITS
from aio_sim.storage.backup.calendar import EPOCH, date_of, instant_of
from aio_sim.storage.backup.errors import RepositoryFullError
from aio_sim.storage.backup.log_piece import Mark
from aio_sim.storage.backup.manifest import BackupKind, Manifest
from aio_sim.storage.backup.merging import merge
from aio_sim.storage.backup.plan import BackupPlan, Promise, needed
from aio_sim.storage.backup.retention import Generations, KeepAge, KeepCount, superfluous
from aio_sim.storage.backup.schedule import Every, cron
from aio_sim.storage.backup.verifying import verify
from tests.storage.backup.histories import DIFFERENTIAL, FULL, INCREMENTAL, History

DAY = DURATION_UNITS["d"]
HOUR = DURATION_UNITS["h"]


def daily(number: int) -> Manifest:
    """Return the manifest of a backup at noon of a day, counted from 1."""
    mark = Mark(number, (number - 1) * DAY + 12 * HOUR)
    return Manifest(number, FULL, mark, 0, 0, "", "volume", 1, 1, ())


def test_generations_keep_the_last_of_each_day_week_and_month() -> None:
    backups = [daily(number) for number in range(1, 61)]  # January and 29 days of February
    now = backups[-1].mark.at
    kept = Generations(days=3, weeks=2, months=2).chosen(backups, now)
    assert kept == {60, 59, 58, 56, 31}  # a Thursday; the Sunday before; the end of January


def test_generations_keep_the_newest_although_it_was_read_before_midnight_or_days_ago() -> None:
    backups = [daily(1), daily(2)]
    for rule in (Generations(days=1), Generations(weeks=1), Generations(months=1)):
        assert rule.chosen(backups, 90 * DAY) == {2}
    assert Generations(days=2).chosen(backups, 90 * DAY) == {1, 2}


def test_an_age_keeps_what_one_needs_to_go_back_that_far() -> None:
    backups = [daily(number) for number in range(1, 11)]
    assert KeepAge(2 * DAY).chosen(backups, backups[-1].mark.at) == {8, 9, 10}
    assert KeepCount(2).chosen(backups, 0) == {9, 10}


def test_what_a_kept_backup_builds_on_is_kept_with_the_log_behind_it() -> None:
    history = History()
    for _week in range(2):
        history.back_up(FULL)
        for value in range(2):
            history.write(0, value)
            history.archive()
            history.back_up(INCREMENTAL)
    gone = superfluous(history.catalogue, KeepCount(1), history.now)
    assert [each.number for each in gone if isinstance(each, Manifest)] == [5, 3, 1]
    for each in gone:
        history.catalogue.remove(each, history.repository)
    assert not verify(history.repository, history.catalogue)
    assert history.recover(history.now).state.contents() == history.states[-1][2]


steps = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 7), st.integers(0, 255)),
        st.sampled_from([INCREMENTAL, DIFFERENTIAL]),
    ),
    max_size=25,
)


@given(steps, st.booleans(), st.data())
def test_a_merged_chain_restores_what_the_chain_did(
    schedule: list[tuple[int, int] | BackupKind], fuzzy: bool, data: st.DataObject
) -> None:
    history = History()
    history.back_up(FULL)
    for step in schedule:
        if isinstance(step, BackupKind):
            history.back_up(step, fuzzy=fuzzy)
        else:
            history.write(*step)
    chained = [each for each in history.catalogue.backups.values() if each.base]
    if not chained:
        return
    last = data.draw(st.sampled_from(chained))
    made = merge(history.repository, history.catalogue, history.sealing, last)
    assert (made.kind, made.number, made.mark) == (FULL, last.number, last.mark)
    assert not verify(history.repository, history.catalogue)
    assert history.repository.used == history.repository.account()
    for each in history.catalogue.backups.values():
        if each.number >= made.number:
            found = history.recover(each.mark.at)
            assert found.state.contents() == history.state(each.mark.position)


def test_a_merge_without_room_leaves_the_chain_as_it_was() -> None:
    history = History(block_size=64)
    for number in range(8):
        history.write(number, number)
    history.back_up(FULL)
    history.write(0, 1)
    last = history.back_up(INCREMENTAL)
    history.repository.capacity = history.repository.used + 100
    with pytest.raises(RepositoryFullError):
        merge(history.repository, history.catalogue, history.sealing, last)
    assert not verify(history.repository, history.catalogue)
    assert history.recover(history.now).state.contents() == history.states[-1][2]


@given(st.integers(0, 800 * 24 * 60), st.sampled_from(["30 2 * * sun", "*/15 8-17 * * mon-fri"]))
def test_a_crontab_is_due_at_the_first_minute_that_fits(minute: int, text: str) -> None:
    date = EPOCH + timedelta(minutes=minute)
    due = date_of(cron(text).following(instant_of(date)))
    step = date + timedelta(minutes=1)
    while not _fits(step, text):
        step += timedelta(minutes=1)
    assert due == step


def _fits(date: datetime, text: str) -> bool:
    if text.startswith("30"):
        return (date.minute, date.hour, date.isoweekday()) == (30, 2, 7)
    return date.minute % 15 == 0 and 8 <= date.hour <= 17 and date.isoweekday() <= 5


def test_a_day_of_the_month_or_of_the_week_will_do_where_both_are_limited() -> None:
    both = cron("0 0 13 * fri")
    found, at = [], -1
    for _each in range(4):
        at = both.following(at)
        found.append(date_of(at).day)
    assert found == [5, 12, 13, 19]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 2 3", "five fields"),
        ("60 * * * *", "from 0 to 59"),
        ("* * * * dom", "from 0 to 7"),
        ("5-1 * * * *", "ends before it begins"),
        ("0 0 31 feb *", "never is"),
    ],
)
def test_a_crontab_that_cannot_be_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        cron(text).following(0)


def test_a_plan_needs_full_backups_and_takes_the_fullest_that_is_due() -> None:
    with pytest.raises(InputError, match="full backups"):
        BackupPlan({INCREMENTAL: Every(DAY)})
    plan = BackupPlan({FULL: Every(3 * DAY), INCREMENTAL: Every(DAY)})
    kinds = [due.kind for due in plan.dues(5 * DAY)]
    assert kinds == [FULL, INCREMENTAL, INCREMENTAL] * 2
    chain = needed(plan.dues(5 * DAY), 5 * DAY)
    assert [due.at // DAY for due in chain] == [3, 4, 5]
    assert not needed(plan.dues(DAY), -1)


def test_a_promise_holds_both_what_is_lost_and_how_long_it_takes() -> None:
    promise = Promise(10, 5)
    assert promise.keeps(10, 5)
    assert not promise.keeps(11, 5)
    assert not promise.keeps(10, 6)
    assert Promise().keeps(10**18, 10**18)
