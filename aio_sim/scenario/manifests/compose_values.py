"""Values as compose files write them: bytes, times, restart policies."""

from __future__ import annotations

import re
from typing import Any, Final

from aio_sim.containers.limits import PERIOD
from aio_sim.containers.restart import Restart
from aio_sim.kernel.errors import UnitError, hint
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import DURATION_UNITS, parse_duration
from aio_sim.scenario.sentences import shown

_BYTES = re.compile(
    r"(\d{1,18}(?:\.\d{1,9})?)\s*(b|k|kb|m|mb|g|gb|t|tb|ki?b|mi?b|gi?b|ti?b)?", re.I
)
_STEP = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|us|ns)")
_POWERS: Final = "bkmgt"
_UNITS: Final = {**DURATION_UNITS, "m": DURATION_UNITS["min"]}

CONDITIONS: Final = {"none": "no", "on-failure": "on-failure", "any": "always"}
"""Restart policies as `deploy` calls them."""


def parse_memory(value: object) -> int:
    """Return bytes: `512m` and `512mb` are 512 x 2**20 (Compose file reference, byte values).

    Raises UnitError for another form.
    """
    match = _BYTES.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        raise UnitError(
            _("expected a size: a number with b, k, m or g, such as 512m; got {value}").format(
                value=shown(value)
            )
        )
    power: int = _POWERS.index((match[2] or "b")[0].lower())
    factor: int = 1024**power
    size = round(float(match[1]) * factor) if "." in match[1] else int(match[1]) * factor
    if size >= 2**62:
        raise UnitError(_("{value} is too large").format(value=shown(value)))
    return size


def parse_time(value: object) -> int:
    """Return nanoseconds: `1m30s`, `500ms`; a bare number is seconds.

    Raises UnitError for another form.
    """
    if isinstance(value, str) and _STEP.match(value):
        steps = _STEP.findall(value)
        if "".join(amount + unit for amount, unit in steps) == value:
            return sum(round(float(amount) * _UNITS[unit]) for amount, unit in steps)
        raise UnitError(
            _("expected a time, such as 10s or 1m30s; got {value}").format(value=shown(value))
        )
    return parse_duration(value)


def parse_cpus(value: object) -> float:
    """Return a number of cores, 0 for no limit; UnitError for another form."""
    try:
        cores = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        cores = -1.0
    if isinstance(value, bool) or not 0 <= cores <= 1e6:
        raise UnitError(
            _("expected a number of cores, such as 0.5; got {value}").format(value=shown(value))
        )
    return cores


def parse_restart(value: object) -> dict[str, Any]:
    """Return the restart policy: `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`.

    Raises UnitError for another.
    """
    policy, _colon, retries = ("no" if value is False else str(value)).partition(":")
    known = [each.value for each in Restart]
    if policy not in known or (retries and policy != "on-failure"):
        told = _("unknown restart policy {value}{hint}")
        raise UnitError(told.format(value=shown(value), hint=hint(policy, known)))
    if not retries:
        return {"policy": policy}
    if not retries.isdecimal() or not 0 < int(retries[:9]) <= 1_000_000:
        told = _("expected a number of retries, as in on-failure:3; got {value}")
        raise UnitError(told.format(value=shown(value)))
    return {"policy": policy, "retries": int(retries)}


def quota_in_cores(quota: int, period: int | None) -> float:
    """Return what `cpu_quota` and `cpu_period`, both in microseconds, come to in cores."""
    return quota / (period or PERIOD // 1000)
