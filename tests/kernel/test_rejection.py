"""Reasons of rejections: sentences that programs can tell apart."""

from __future__ import annotations

import re

from aio_sim.kernel.rejection import Cause, RejectionReason, cause_of


def test_a_reason_is_its_sentence_and_knows_its_cause() -> None:
    reason = RejectionReason(Cause.QUOTA, "needs 3 cores, the quota is 2")
    assert reason == "needs 3 cores, the quota is 2"
    assert type(str(reason)) is str
    assert cause_of(reason) == Cause.QUOTA


def test_a_sentence_that_does_not_say_is_of_another_cause() -> None:
    assert cause_of("the file says no") == Cause.OTHER


def test_every_cause_can_be_the_end_of_a_name() -> None:
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", cause) for cause in Cause)
