"""A host promises up to its limits, and what is reserved is always there."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.rejection import Cause, cause_of
from aio_sim.virtualization.overcommit import HostLedger, Overcommit, Promise

GIB = 2**30


def test_cores_are_promised_up_to_the_limit() -> None:
    ledger = HostLedger(2, 8 * GIB, Overcommit(cores=Fraction(2)))
    assert [ledger.promise(Promise(2, GIB)) for _machine in range(2)] == [None, None]
    reason = ledger.promise(Promise(1, GIB))
    assert cause_of(reason) == Cause.OVERCOMMIT
    assert reason == "more virtual cores than 2.0 a core, the host's limit"
    assert ledger.machines == ledger.core_ratio == 2


def test_memory_is_promised_up_to_the_limit_and_the_overhead_comes_off_what_guests_have() -> None:
    ledger = HostLedger(4, 8 * GIB, Overcommit(memory=Fraction(3, 2)))
    promises = [Promise(1, 6 * GIB, overhead=GIB // 8) for _machine in range(3)]
    causes = [cause_of(reason) for reason in map(ledger.promise, promises) if reason]
    assert causes == [Cause.OVERCOMMIT]
    assert ledger.memory_ratio == Fraction(3, 2)
    assert ledger.guest_memory == 8 * GIB - GIB // 4


def test_a_machine_has_no_more_cores_than_its_host() -> None:
    ledger = HostLedger(2, GIB, Overcommit(cores=Fraction(8)))
    assert ledger.promise(Promise(3, 1)) == "has 3 virtual cores, the host 2"
    assert ledger.refusals == {Cause.TOO_LARGE: 1}


def test_what_is_reserved_is_there() -> None:
    ledger = HostLedger(2, 8 * GIB, Overcommit(Fraction(4), Fraction(4)))
    assert ledger.promise(Promise(2, 4 * GIB, GIB, Fraction(3, 2), 4 * GIB)) is None
    cores = ledger.promise(Promise(1, 1, reserved_cores=Fraction(1)))
    memory = ledger.promise(Promise(1, 4 * GIB, 1, reserved_memory=3 * GIB))
    assert cause_of(cores) == cause_of(memory) == Cause.RESERVATION
    assert ledger.refusals == {Cause.RESERVATION: 2}


def test_what_is_given_back_can_be_promised_again() -> None:
    ledger = HostLedger(1, GIB, Overcommit())
    promise = Promise(1, GIB)
    assert ledger.promise(promise) is None
    assert ledger.reason(promise) is not None
    assert not ledger.refusals  # to ask is not to be refused
    ledger.give_back(promise)
    assert ledger.promise(promise) is None


@given(
    st.integers(1, 8),
    st.integers(1, 40),
    st.fractions(Fraction(1, 2), 4, max_denominator=4),
    st.fractions(Fraction(1, 2), 4, max_denominator=4),
    st.builds(Promise, st.integers(1, 4), st.integers(1, 9), st.integers(1, 3)),
)
def test_of_machines_that_are_alike_the_scarcest_capacity_says_how_many_a_host_takes(
    cores: int, memory: int, of_cores: Fraction, of_memory: Fraction, each: Promise
) -> None:
    ledger = HostLedger(cores, memory, Overcommit(of_cores, of_memory))
    while ledger.promise(each) is None:
        pass
    by_cores = int(of_cores * cores / each.cores) if each.cores <= cores else 0
    by_memory = min(int(of_memory * memory / each.memory), memory // each.overhead)
    assert ledger.machines == min(by_cores, by_memory)


promises = st.builds(
    Promise,
    cores=st.integers(1, 3),
    memory=st.integers(0, 9),
    overhead=st.integers(0, 2),
    reserved_cores=st.fractions(0, 1, max_denominator=4),
    reserved_memory=st.integers(0, 4),
)


@given(st.lists(st.tuples(promises, st.booleans()), max_size=20))
def test_a_ledger_is_the_sum_of_what_is_promised_and_never_over_its_limits(
    asked: list[tuple[Promise, bool]],
) -> None:
    limit = Overcommit(Fraction(5, 2), Fraction(3, 2))
    ledger, held = HostLedger(4, 20, limit), list[Promise]()
    for promise, gives_back in asked:
        if ledger.promise(promise) is None:
            held.append(promise)
        if gives_back and held:
            ledger.give_back(held.pop(0))
        assert ledger.promised_cores == sum(each.cores for each in held) <= 10
        assert ledger.promised_memory == sum(each.memory for each in held) <= 30
        assert ledger.reserved_cores == sum(each.reserved_cores for each in held) <= 4
        assert sum(each.reserved_memory + each.overhead for each in held) <= 20
        assert ledger.machines == len(held)


def test_a_limit_is_positive() -> None:
    with pytest.raises(InputError, match="positive"):
        Overcommit(cores=Fraction(0))
