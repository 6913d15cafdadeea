"""Profiles: what a virtual machine monitor costs, with the source of every constant.

Times are nanoseconds, sizes bytes, efficiencies fractions of what the bare machine gives. A cost is
a sequence of stages, to be gone through in order. docs/background/virtualisation.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from aio_sim.kernel.errors import InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.virtualization.overcommit import Overcommit

_MIB: Final = 2**20
_GIB: Final = 2**30
_MS: Final = 10**6
_SECOND: Final = 10**9


class MonitorType(StrEnum):
    """Where a monitor stands."""

    BARE_METAL = "type 1"
    HOSTED = "type 2"


class Stage(NamedTuple):
    """One part of a cost: what it takes of the host's disk, of a core, and of time alone."""

    name: str
    """What a trace calls it."""
    read: int = 0
    """Bytes from the host's disk."""
    written: int = 0
    """Bytes to the host's disk."""
    work: int = 0
    """CPU time at the full speed of a core, which competes with others."""
    time: int = 0
    """Time that nothing else shortens or lengthens."""


@dataclass(frozen=True, slots=True)
class MemoryOverhead:
    """What the monitor needs for one machine, in bytes: base, per virtual core, per GiB it has."""

    base: int
    per_core: int
    per_gib: int

    def of(self, cores: int, memory: int) -> int:
        """Return the overhead of a machine with so many virtual cores and bytes."""
        return self.base + cores * self.per_core + _per_gib(self.per_gib, memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The costs of one monitor.

    `host_memory` is what monitor and host system keep for themselves, `host_share` the part of each
    core that the host's own processes take. `memory_setup` is a GiB's. `boot_read` is the most that
    a boot reads of its image; `boot_work` and `shut_down_work` are the guest's own, of one core.

    Raises InputError where an efficiency is not above 0 and at most 1.
    """

    name: str
    kind: MonitorType
    cpu_efficiency: Fraction
    disk_efficiency: Fraction
    memory_overhead: MemoryOverhead
    host_memory: int
    host_share: Fraction
    creation: int
    device_setup: int
    memory_setup: int
    pause: int
    resume: int
    snapshot: int
    destruction: int
    overcommit: Overcommit
    live_migration: bool
    boot_read: int
    boot_work: int
    shut_down_work: int

    def __post_init__(self) -> None:
        parts = (self.cpu_efficiency, self.disk_efficiency)
        if not all(0 < part <= 1 for part in (*parts, 1 - self.host_share)):
            raise InputError(_("an efficiency must be above 0 and at most 1"))

    @classmethod
    def named(cls, name: str) -> Profile:
        """Return the profile of that name; UnknownName for another."""
        if name not in PROFILES:
            raise UnknownName("profile of a monitor", name, PROFILES)
        return PROFILES[name]

    @property
    def speed(self) -> Fraction:
        """The part of a core's speed that a guest has while one of its virtual cores runs there."""
        return self.cpu_efficiency * (1 - self.host_share)

    def overhead(self, cores: int, memory: int) -> int:
        """Return the bytes that the monitor needs beside a machine's own memory."""
        return self.memory_overhead.of(cores, memory)

    def create_cost(self) -> tuple[Stage, ...]:
        """Return what it costs to define a machine, before it is started."""
        return (Stage("creation", time=self.creation),)

    def boot_cost(self, image: int, memory: int) -> tuple[Stage, ...]:
        """Return what it costs to start a machine from an image, up to running services."""
        return (
            Stage("device set-up", time=self.device_setup),
            Stage("memory set-up", time=_per_gib(self.memory_setup, memory)),
            Stage("image read", read=min(image, self.boot_read)),
            Stage("system start", work=self.boot_work),
        )

    def pause_cost(self) -> tuple[Stage, ...]:
        """Return what it costs to take a machine off the cores; its memory stays."""
        return (Stage("pause", time=self.pause),)

    def resume_cost(self) -> tuple[Stage, ...]:
        """Return what it costs to let a paused machine go on."""
        return (Stage("resume", time=self.resume),)

    def snapshot_cost(self, memory: int) -> tuple[Stage, ...]:
        """Return what it costs to keep the state of a machine with so much memory in use."""
        return (Stage("snapshot", time=self.snapshot), Stage("state written", written=memory))

    def shut_down_cost(self) -> tuple[Stage, ...]:
        """Return what it costs to let the guest end by itself, its devices taken down after it."""
        return (
            Stage("system stop", work=self.shut_down_work),
            Stage("device removal", time=self.device_setup),
        )

    def destroy_cost(self) -> tuple[Stage, ...]:
        """Return what it costs to give all back; the guest is not asked."""
        return (Stage("destruction", time=self.destruction),)


def _per_gib(amount: int, memory: int) -> int:
    return -(-amount * memory // _GIB)


# A Windows 7 desktop up to its log-in reads 500 to 600 MB, writes 30 (thinscale.com, The boot storm
# chestnut); that a server reads no more is an assumption.
_BOOT_READ: Final = 560 * 10**6

# Debian on VirtualBox: 14.677 s by systemd-analyze, of which 29 empty SATA ports take 0.32 s each
# (andsens/bootstrap-vz issue 247). That the rest is all work of a core is an assumption.
_BOOT_WORK: Final = 5_400 * _MS

# Half a second of services that end: an assumption.
_SHUT_DOWN_WORK: Final = 500 * _MS

# A new page is zeroed before a guest gets it (Waldspurger, OSDI 2002, note 2): 10 GiB a second is
# an assumption.
_ZEROING: Final = 100 * _MS

# On a host's system each page of 4 KiB is faulted in besides: 262,144 faults of 111 ns, as in
# aio_sim.scheduling.context_switch.
_FAULTING: Final = 29 * _MS

ESXI: Final = Profile(
    name="esxi",
    kind=MonitorType.BARE_METAL,
    # "Most instructions execute at or near native speed" (Agesen et al., Software Techniques for
    # Avoiding Hardware Virtualization Exits, USENIX ATC 2012); that it is 98 % is an assumption.
    cpu_efficiency=Fraction(98, 100),
    # KVM with virtio, which is type 1 as well: 490 of 520 MB/s written in sequence
    # (serverdevworker.com/1000a3742); that ESXi is alike is an assumption.
    disk_efficiency=Fraction(490, 520),
    # Fitted to Sample Overhead Memory on Virtual Machines (VMware vSphere 6.7 Resource Management,
    # table 6-1), within 1 % of all its sixteen values.
    memory_overhead=MemoryOverhead(
        base=int(14.4 * _MIB), per_core=4 * _MIB, per_gib=int(7.6 * _MIB)
    ),
    # The smallest recommended configuration of ESX Server (Waldspurger, OSDI 2002, note 6).
    host_memory=512 * _MIB,
    host_share=Fraction(0),
    # The start of a VMM with few devices takes 0.1 s (volt-vmm, docs/benchmark-volt.md: 110 ms
    # median); five times that with firmware and a full set of devices is an assumption.
    device_setup=500 * _MS,
    memory_setup=_ZEROING,
    creation=100 * _MS,  # assumption
    pause=10 * _MS,  # assumption
    resume=10 * _MS,  # assumption
    snapshot=200 * _MS,  # assumption
    destruction=100 * _MS,  # assumption
    # What an architect asks of ESXi hosts: 400 % of cores, 150 % of memory (Odgers, Example
    # Architectural Decision, ESXi Host Hardware Sizing, 2013).
    overcommit=Overcommit(cores=Fraction(4), memory=Fraction(3, 2)),
    live_migration=True,  # vMotion
    boot_read=_BOOT_READ,
    boot_work=_BOOT_WORK,
    shut_down_work=_SHUT_DOWN_WORK,
)
"""VMware ESXi: a monitor on the bare machine."""

VIRTUALBOX: Final = Profile(
    name="virtualbox",
    kind=MonitorType.HOSTED,
    # LAME takes 53 s where it takes 51 s on a type 1 monitor (Hyper-V) on the same machine
    # (luhman.org, Performance: Hyper-V vs. ESXi vs. KVM vs. VirtualBox, 2012).
    cpu_efficiency=Fraction(98, 100) * Fraction(51, 53),
    # Each request passes the host's own file system again: an assumption.
    disk_efficiency=Fraction(80, 100),
    # A process of the host with a display of 16 MiB: an assumption, as a multiple of ESXi's.
    memory_overhead=MemoryOverhead(base=64 * _MIB, per_core=8 * _MIB, per_gib=8 * _MIB),
    # The least that a hosted monitor asks of its host (VMware Workstation Pro 12, Memory
    # Requirements: 1 GB); VirtualBox names no number.
    host_memory=_GIB,
    host_share=Fraction(1, 100),  # assumption: the processes of a desktop at rest
    device_setup=_SECOND,  # assumption: twice ESXi's
    memory_setup=_ZEROING + _FAULTING,
    creation=200 * _MS,  # assumption
    pause=20 * _MS,  # assumption
    resume=20 * _MS,  # assumption
    snapshot=500 * _MS,  # assumption
    destruction=200 * _MS,  # assumption
    # It has no admission control. Two virtual cores a core is an assumption; memory must not be
    # promised twice, for ballooned memory does not go back to the host (VirtualBox manual, 4.10).
    overcommit=Overcommit(cores=Fraction(2), memory=Fraction(1)),
    live_migration=True,  # teleporting, on shared storage (VirtualBox manual, Teleporting)
    boot_read=_BOOT_READ,
    boot_work=_BOOT_WORK,
    shut_down_work=_SHUT_DOWN_WORK,
)
"""Oracle VirtualBox: a monitor that is a process of a host's system."""

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {profile.name: profile for profile in (ESXI, VIRTUALBOX)}
)
"""The profiles by name."""
