"""How a virtual machine moves: the methods, and what can be chosen of each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from aio_sim.kernel.choices import choice
from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.virtualization.image_copy import ImageCopy

PAGE: Final = 4096
"""Bytes of a page, the unit in which dirty memory is tracked and faults are served (x86)."""

# When Xen stops copying: `sent_this_iter + skip_this_iter < 50` pages, DEF_MAX_ITERS 29 ("limit us
# to 30 times round loop") or DEF_MAX_FACTOR 3 ("never send more than 3x p2m_size"), in
# xen-project/xen, tools/libxc/xc_domain_save.c.
THRESHOLD: Final = 50 * PAGE
MAX_ROUNDS: Final = 30
MAX_FACTOR: Final = 3

# Assumptions: the registers and devices of a small machine, in bytes; attaching devices and telling
# the network where the machine is now, in ns.
STATE: Final = 1 << 20
SWITCH_OVER: Final = 20_000_000

# Assumption: a VM exit and the marking of a page, in ns.
TRACKING: Final = 1_000

# Assumption: a trap, a round trip in a local network and 4 KiB at 1 Gbit/s (33 us of it), in ns.
FAULT: Final = 250_000


class Method(StrEnum):
    """When the machine is stopped, and when its memory is sent."""

    COLD = "cold"
    PRE_COPY = "pre_copy"
    POST_COPY = "post_copy"

    @classmethod
    def named(cls, name: str) -> Method:
        """Return the method of that name; UnknownName for another."""
        return choice(cls, "migration method", name)


@dataclass(frozen=True)
class MigrationOptions:
    """How one machine is to move; InputError for a number that cannot be.

    Sizes are bytes, times nanoseconds, rates bytes a second but for `rate_limit` (bits a second).
    `working_set` bounds what the guest writes and touches (None: all its memory). Pre-copy stops
    copying when no more than `threshold` is dirty, after `max_rounds`, or when `max_factor` times
    the memory has been sent; the first write to a page in a round costs `tracking`. A page that
    post-copy has to fetch costs the guest `fault`; the guest touches memory at `touch_rate` (None:
    as it dirties it), and its slowdown is worked out anew `pieces` times. `image` moves too, with
    a cold machine only.
    """

    method: Method = Method.PRE_COPY
    rate_limit: int | None = None
    working_set: int | None = None
    state: int = STATE
    switch_over: int = SWITCH_OVER
    threshold: int = THRESHOLD
    max_rounds: int = MAX_ROUNDS
    max_factor: int = MAX_FACTOR
    tracking: int = TRACKING
    fault: int = FAULT
    touch_rate: int | None = None
    pieces: int = 32
    image: ImageCopy | None = None

    def __post_init__(self) -> None:
        at_least_one = {"rate_limit", "working_set", "max_rounds", "max_factor", "pieces"}
        for field in fields(self):
            value = getattr(self, field.name)
            least = int(field.name in at_least_one)
            if isinstance(value, int) and value < least:
                raise InputError(
                    _("{field} must be at least {least}, not {value}").format(
                        field=field.name, least=least, value=value
                    )
                )
        if self.image is not None and self.method is not Method.COLD:
            raise InputError(_("an image moves with a cold machine only"))

    def stops_copying(self, rounds: int, sent: int, dirty: int, memory: int) -> bool:
        """Return whether pre-copy stops the machine, with `dirty` bytes left to send."""
        return bool(self.why_stop(rounds, sent, dirty, memory))

    def why_stop(self, rounds: int, sent: int, dirty: int, memory: int) -> str:
        """Return which bound has pre-copy stop the machine, or "" where none does."""
        if dirty <= self.threshold:
            return "threshold"
        if rounds >= self.max_rounds:
            return "rounds"
        return "factor" if sent > self.max_factor * memory else ""

    def writable(self, memory: int) -> int:
        """Return the bytes that the guest writes again and again, of a memory of that size."""
        return memory if self.working_set is None else min(self.working_set, memory)
