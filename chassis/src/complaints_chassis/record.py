"""A Kafka record as it came, header names as bytes: nothing of it can get lost on the way in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `timestamp` in milliseconds since 1970.

    `held_as` is the id it was held under, for erasing a person may have emptied it since.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]
    held_as: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over what the sender sent, in hexadecimal."""
        parts = [self.topic.encode(), self.key, self.value]
        for name, value in self.headers:
            parts += [name, value]
        found = hashlib.sha256()
        for part in parts:
            found.update(b"\0" if part is None else b"\1%d:" % len(part) + part)
        return found.hexdigest()

    @property
    def place_id(self) -> UUID:
        """Names this very record: the same when it is read again, another when it is sent again.

        With the digest, for a broker that keeps nothing begins at offset 0 again.
        """
        if self.held_as:
            return UUID(self.held_as)
        place = f"{self.topic}/{self.partition}@{self.offset} {self.timestamp} {self.digest}"
        return uuid5(NAMESPACE_OID, place)
