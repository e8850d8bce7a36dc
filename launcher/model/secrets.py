"""What the launcher remembers of the secrets, so that a lost or another one is noticed.

Who reads the record learns none of them: what the launcher makes has 192 bits of chance and more,
and what an administrator chose is guarded by a salt and scrypt. The file is for its owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Mapping

from launcher.model.generation import Record

COST = 2**14
"""What scrypt is asked to do, once for each secret that podman has newly."""


class Known(Record):
    """A secret by the ID that podman gave it, and by a salted digest of its value.

    One that is `lost` was made again, though its first value counts: that of the user admin.
    """

    id: str
    salt: str
    digest: str
    lost: bool = False

    @classmethod
    def of(cls, number: str, value: str, *, lost: bool = False) -> Known:
        salt = random.token_hex(16)
        return cls(id=number, salt=salt, digest=_digest(salt, value), lost=lost)

    def is_of(self, value: str) -> bool:
        return hmac.compare_digest(self.digest, _digest(self.salt, value))


class KnownSecrets(Record):
    """The record, by the names of the secrets within an instance."""

    secrets: Mapping[str, Known] = {}


def _digest(salt: str, value: str) -> str:
    return hashlib.scrypt(value.encode(), salt=bytes.fromhex(salt), n=COST, r=8, p=1).hex()
