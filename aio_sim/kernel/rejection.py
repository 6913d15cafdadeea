"""Why a task cannot be accepted, for people and for programs."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """What kind of reason it is, in every language: the last part of a metric's name."""

    TOO_LARGE = "too_large"
    QUOTA = "quota"
    DISK = "disk"
    OVERCOMMIT = "overcommit"
    RESERVATION = "reservation"
    NO_RUN_TIME = "no_run_time"
    NO_PROCESSORS = "no_processors"
    NO_TOKENS = "no_tokens"
    NEVER_SCHEDULED = "never_scheduled"
    OTHER = "other"


class RejectionReason(str):
    """A sentence that knows what kind of reason it tells."""

    cause: Cause

    def __new__(cls, cause: Cause, sentence: str) -> RejectionReason:
        reason = super().__new__(cls, sentence)
        reason.cause = cause
        return reason


def cause_of(reason: object) -> Cause:
    """Return what kind of reason something is, OTHER where it does not say."""
    return reason.cause if isinstance(reason, RejectionReason) else Cause.OTHER
