"""Overcommit: how much may be promised beyond what a host has, and the book of what is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from aio_sim.kernel.errors import InputError
from aio_sim.kernel.messages import _
from aio_sim.kernel.rejection import Cause, RejectionReason


@dataclass(frozen=True, slots=True)
class Overcommit:
    """The most that may be promised of a host, as multiples of the cores and memory it has.

    1 is no overcommitment. Raises InputError where a multiple is not positive.
    """

    cores: Fraction = Fraction(1)
    memory: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if min(self.cores, self.memory) <= 0:
            raise InputError(
                _(
                    "overcommit must be positive, not {cores} of cores and {memory} of memory"
                ).format(cores=self.cores, memory=self.memory)
            )


@dataclass(frozen=True, slots=True)
class Promise:
    """What a virtual machine is promised of its host.

    `cores` virtual cores and `memory` bytes are what the guest is told; `overhead` bytes are the
    VMM's own for it, always reserved (VMware vSphere Resource Management, Memory Overhead);
    `reserved_cores` (in parts of one) and `reserved_memory` are certain, whatever others want.
    """

    cores: int
    memory: int
    overhead: int = 0
    reserved_cores: Fraction = Fraction(0)
    reserved_memory: int = 0


class HostLedger:
    """What one host has promised to virtual machines, and why it refused others.

    What is reserved is never more than the host has, what is promised never more than the
    overcommit limit. A machine may not have more virtual cores than the host has cores (VMware
    vSphere Virtual Machine Administration, Virtual CPU Limitations). `own` bytes are what the
    monitor and its host's system keep for themselves.
    """

    def __init__(self, cores: int, memory: int, overcommit: Overcommit, own: int = 0) -> None:
        self.overcommit = overcommit
        self.own = own
        self.most_cores = int(overcommit.cores * cores)
        """The most virtual cores that may be promised."""
        self.most_memory = int(overcommit.memory * memory)
        """The most bytes that may be promised."""
        self.promised_cores = 0
        """Virtual cores."""
        self.promised_memory = 0
        """Bytes that guests are told they have."""
        self.reserved_cores = Fraction(0)
        self.reserved_memory = 0
        """Bytes, the VMM's overhead not included."""
        self.overhead = own
        """Bytes that the VMM needs, for itself and for the machines."""
        self.machines = 0
        """How many machines share the host: its consolidation ratio."""
        self.most_machines = 0
        """The most that shared it at a time."""
        self.most_core_ratio = self.most_memory_ratio = Fraction(0)
        """The most that was promised at a time, as a multiple of what there is."""
        self.refusals: dict[Cause, int] = {}
        self._cores = cores
        self._memory = memory
        self._heard: list[Callable[[], None]] = []

    def follow(self, hear: Callable[[], None]) -> None:
        """Tell of every change of what is promised."""
        self._heard.append(hear)

    @property
    def cores(self) -> int:
        """The cores of the host."""
        return self._cores

    @property
    def core_ratio(self) -> Fraction:
        """Virtual cores promised a core."""
        return Fraction(self.promised_cores, self._cores)

    @property
    def memory_ratio(self) -> Fraction:
        """Bytes promised a byte that is there."""
        return Fraction(self.promised_memory, self._memory)

    @property
    def unpromised_cores(self) -> int:
        """The virtual cores that may still be promised."""
        return self.most_cores - self.promised_cores

    @property
    def unpromised_memory(self) -> int:
        """The bytes that may still be promised."""
        return self.most_memory - self.promised_memory

    @property
    def unreserved_cores(self) -> Fraction:
        """The cores, in parts of one, that may still be reserved."""
        return self._cores - self.reserved_cores

    @property
    def unreserved_memory(self) -> int:
        """The bytes that may still be reserved, overhead included."""
        return self._memory - self.overhead - self.reserved_memory

    @property
    def guest_memory(self) -> int:
        """The bytes that the host has for guests beside the VMM's overhead."""
        return self._memory - self.overhead

    def promise(self, promise: Promise) -> RejectionReason | None:
        """Promise it and return None, or count and return the reason why it cannot be promised."""
        reason = self.reason(promise)
        if reason is None:
            self._add(promise, +1)
            self.most_machines = max(self.most_machines, self.machines)
            self.most_core_ratio = max(self.most_core_ratio, self.core_ratio)
            self.most_memory_ratio = max(self.most_memory_ratio, self.memory_ratio)
        else:
            self.refuse(reason.cause)
        return reason

    def refuse(self, cause: Cause) -> None:
        """Count a machine that was refused."""
        self.refusals[cause] = self.refusals.get(cause, 0) + 1

    def give_back(self, promise: Promise) -> None:
        """Note that something promised is needed no more."""
        self._add(promise, -1)

    def reason(self, promise: Promise) -> RejectionReason | None:
        """Return why it cannot be promised now, None where it can; counts nothing."""
        if promise.cores > self._cores:
            return RejectionReason(
                Cause.TOO_LARGE,
                _("has {cores} virtual cores, the host {there}").format(
                    cores=promise.cores, there=self._cores
                ),
            )
        return self._overcommitted(promise) or self._unreservable(promise)

    def _overcommitted(self, promise: Promise) -> RejectionReason | None:
        if promise.cores > self.unpromised_cores:
            sentence = _("more virtual cores than {ratio} a core, the host's limit")
            ratio = self.overcommit.cores
        elif promise.memory > self.unpromised_memory:
            sentence = _("more memory than {ratio} times what there is, the host's limit")
            ratio = self.overcommit.memory
        else:
            return None
        return RejectionReason(Cause.OVERCOMMIT, sentence.format(ratio=float(ratio)))

    def _unreservable(self, promise: Promise) -> RejectionReason | None:
        if promise.reserved_cores > self.unreserved_cores:
            sentence = _("reserves more cores than are left unreserved")
        elif promise.overhead + promise.reserved_memory > self.unreserved_memory:
            sentence = _("reserves more memory, with its overhead, than is left unreserved")
        else:
            return None
        return RejectionReason(Cause.RESERVATION, sentence)

    def _add(self, promise: Promise, sign: int) -> None:
        self.machines += sign
        self.promised_cores += sign * promise.cores
        self.promised_memory += sign * promise.memory
        self.overhead += sign * promise.overhead
        self.reserved_cores += sign * promise.reserved_cores
        self.reserved_memory += sign * promise.reserved_memory
        for hear in self._heard:
            hear()
