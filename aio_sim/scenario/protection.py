"""What a scenario says of encryption, and of those who sit on a link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from aio_sim.scenario.fields import Name, Share, Tagged, require_kind
from aio_sim.scheduling.policy import Duration

if TYPE_CHECKING:
    from aio_sim.codecs.encryption.kind import EncryptionKind

KindName = Literal["none", "aes", "rsa", "hybrid"]
"""How a link or a transfer is protected."""


def kind_of(name: KindName | None) -> EncryptionKind | None:
    """Return the kind of encryption of that name, None where nothing is said."""
    from aio_sim.codecs.encryption.kind import EncryptionKind

    return None if name is None else EncryptionKind(name)


class EncryptionSpec(Tagged):
    """How links are protected that say nothing of it themselves, and with what keys."""

    kind: KindName = "none"
    aes: Literal[128, 256] = 256
    """Bits of an AES key."""
    rsa: Literal[2048, 3072] = 3072
    """Bits of an RSA modulus; 3072 match AES-128 (NIST SP 800-57 Part 1, table 2)."""
    rotate: Annotated[Duration, Field(gt=0)] | None = None
    """After how long two hosts agree on a fresh key (seconds); never, where absent."""


def _as_mapping(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else require_kind(value)


class _OrKindAlone:
    """Says in a JSON Schema that the kind alone will do."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"enum": list(get_args(KindName))}, handler(schema)]}


Encryption = Annotated[EncryptionSpec, BeforeValidator(_as_mapping), _OrKindAlone()]
"""A kind alone, or a mapping with a `kind`."""


class AdversarySpec(Tagged):
    """Somebody who sits on a link, knows all formats, and has no key."""

    kind: Literal["eavesdropper", "tamperer", "replayer"]
    link: Name
    """The link; that of the card of a host is called `h1-switch`, by the host and the switch."""
    share: Share = 0.1
    """Of how many frames a tamperer inverts a bit, or after how many a replayer sends an old one
    again, 0 to 1; 0.1 where absent."""


def _require_kind(data: object) -> object:
    return require_kind(data) if isinstance(data, Mapping) else data


Adversary = Annotated[AdversarySpec, BeforeValidator(_require_kind)]
