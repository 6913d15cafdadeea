"""A small key store: versions of keys by name, their rotation, expiry and revocation.

Times are nanoseconds of simulated time that the caller gives; the store has no clock. The two
periods of a key are those of NIST SP 800-57 Part 1 Rev. 5, 5.3.4: how long it may protect
(originator usage), and how long what it protected may be read (recipient usage).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from aio_sim.codecs.encryption.keys import AesKey, Key, RsaPrivateKey, RsaPublicKey
from aio_sim.kernel.errors import EncryptionError, InputError, UnknownName
from aio_sim.kernel.messages import _
from aio_sim.kernel.units import format_duration


class KeyState(StrEnum):
    """What a key may do at some time."""

    FUTURE = "not yet in use"
    ACTIVE = "active"
    RETIRED = "retired"
    """It decrypts, and encrypts no more: replaced, or its time for that is over."""

    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class KeyLife:
    """How long from its beginning a key encrypts and decrypts, in ns; None: for ever.

    Raises InputError for a time that is not positive, or a key that decrypts for less long.
    """

    encrypts: int | None = None
    decrypts: int | None = None

    def __post_init__(self) -> None:
        if any(time is not None and time <= 0 for time in (self.encrypts, self.decrypts)):
            raise InputError(_("the life of a key must be positive"))
        if self.decrypts is not None and (self.encrypts is None or self.encrypts > self.decrypts):
            raise InputError(_("a key must decrypt for as long as it encrypts, or longer"))


FOREVER: Final = KeyLife()


@dataclass
class KeyVersion:
    """One key of a name, from `begins` on; times in ns, None where it has not come to that."""

    name: str
    version: int
    key: Key = field(repr=False)
    begins: int
    life: KeyLife = FOREVER
    replaced: int | None = None
    revoked: int | None = None

    @property
    def stops_encrypting(self) -> int | None:
        """When it is no longer used for new data, revocation aside."""
        times = [self.replaced, _after(self.begins, self.life.encrypts)]
        return min((time for time in times if time is not None), default=None)

    @property
    def stops_decrypting(self) -> int | None:
        """When it is no longer used at all, revocation aside."""
        return _after(self.begins, self.life.decrypts)

    def state(self, at: int) -> KeyState:
        """Return what the key may do at a time."""
        if at < self.begins:
            return KeyState.FUTURE
        if _over(self.revoked, at):
            return KeyState.REVOKED
        if _over(self.stops_decrypting, at):
            return KeyState.EXPIRED
        return KeyState.RETIRED if _over(self.stops_encrypting, at) else KeyState.ACTIVE


class KeyStore:
    """Keys by name and version; encrypts with the newest, decrypts with all that still live."""

    def __init__(self, life: KeyLife = FOREVER) -> None:
        self._life = life
        self._names: dict[str, list[KeyVersion]] = {}
        self._identities: dict[bytes, KeyVersion] = {}

    def add(self, name: str, key: Key, at: int, life: KeyLife | None = None) -> KeyVersion:
        """Take a key in, from time `at` on, in place of the version before it.

        Its life is the store's where none is given. Raises InputError for a key that is already
        there, or a time before the version that it replaces.
        """
        versions = self._names.get(name, [])
        if key.identity in self._identities:
            raise InputError(_("key {name!r}: this key was used before").format(name=name))
        if versions and at < versions[-1].begins:
            raise InputError(
                _("key {name!r}: a version cannot begin before the one it replaces").format(
                    name=name
                )
            )
        made = KeyVersion(name, len(versions) + 1, key, at, life or self._life)
        if versions:
            versions[-1].replaced = at
        self._names[name] = [*versions, made]
        self._identities[key.identity] = made
        return made

    def versions(self, name: str) -> tuple[KeyVersion, ...]:
        """Return all versions of a name, oldest first; UnknownName where there is none."""
        if name not in self._names:
            raise UnknownName("key", name, self._names)
        return tuple(self._names[name])

    def rotation_due(self, name: str) -> int | None:
        """Return when the newest version of a name ends encrypting of itself; None: never."""
        return self.versions(name)[-1].stops_encrypting

    def encrypting(self, name: str, at: int) -> Key:
        """Return the key that encrypts for a name at a time; EncryptionError where none may."""
        version = next(
            (one for one in reversed(self.versions(name)) if at >= one.begins),
            self.versions(name)[0],
        )
        if version.state(at) is not KeyState.ACTIVE:
            raise EncryptionError(_refusal(version, at))
        return version.key

    def decrypting(self, identity: bytes, at: int) -> AesKey | RsaPrivateKey:
        """Return the key of that identity at a time; EncryptionError where it must not be used."""
        version = self._identities.get(identity)
        if version is None or isinstance(version.key, RsaPublicKey):
            raise EncryptionError(
                _("wrong key: no key here opens what is for key {identity}").format(
                    identity=identity.hex()
                )
            )
        if version.state(at) not in (KeyState.ACTIVE, KeyState.RETIRED):
            raise EncryptionError(_refusal(version, at))
        return version.key

    def opener(self, at: int) -> Callable[[bytes], AesKey | RsaPrivateKey]:
        """Return what `decrypt_stream` takes to find its key at a time."""
        return lambda identity: self.decrypting(identity, at)

    def revoke(self, identity: bytes, at: int) -> KeyVersion:
        """Let a key be used no more from a time on; EncryptionError where there is none such."""
        version = self._identities.get(identity)
        if version is None:
            raise EncryptionError(_("there is no key {identity}").format(identity=identity.hex()))
        version.revoked = at if version.revoked is None else min(at, version.revoked)
        return version


def _after(begins: int, life: int | None) -> int | None:
    return None if life is None else begins + life


def _over(end: int | None, at: int) -> bool:
    return end is not None and at >= end


def _refusal(version: KeyVersion, at: int) -> str:
    form = _("key {name!r}, version {version} ({identity}), is {state} at {time}")
    return form.format(
        name=version.name,
        version=version.version,
        identity=version.key.identity.hex(),
        state=_state(version.state(at)),
        time=format_duration(at),
    )


def _state(state: KeyState) -> str:
    words = {
        KeyState.FUTURE: _("not yet in use"),
        KeyState.ACTIVE: _("active"),
        KeyState.RETIRED: _("retired and encrypts no more"),
        KeyState.EXPIRED: _("expired"),
        KeyState.REVOKED: _("revoked"),
    }
    return words[state]
