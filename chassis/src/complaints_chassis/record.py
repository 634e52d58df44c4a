"""A Kafka record as it came, header names as bytes: nothing of it can get lost on the way in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `timestamp` in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]

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
