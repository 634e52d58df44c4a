"""Archived messages, byte for byte: what a reader of any age must be able to read.

An example is two files: `<name>.record` holds the topic, the key and the headers, a line each;
`<name>.json` is the value as it stands on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from complaints_contracts.data import data_folder
from complaints_contracts.event import TYPE_PREFIX
from complaints_contracts.registry import FROM_FORCES


@dataclass(frozen=True, slots=True)
class Example:
    """One Kafka record."""

    name: str
    topic: str
    key: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    value: bytes

    @property
    def type(self) -> str:
        """Its type, without the prefix that all have."""
        return self.name.partition("/")[0]

    @property
    def from_force(self) -> bool:
        """Whether a force sent it, so that `foreign.decode_foreign` reads it."""
        return f"{TYPE_PREFIX}.{self.type}" in FROM_FORCES


def read_example(record: Path) -> Example:
    """Reads `<short type>/<name>.record` and the `.json` beside it.

    Raises:
        ValueError: a line is not `name: value`, or the topic or the key does not come first.
    """
    lines = [line.split(": ", 1) for line in record.read_text(encoding="utf-8").splitlines()]
    (topic, key, *headers) = ((name, value) for name, value in lines)
    if (topic[0], key[0]) != ("topic", "key"):
        raise ValueError(f"{record.name} must start with its topic and its key")
    return Example(
        name=f"{record.parent.name}/{record.stem}",
        topic=topic[1],
        key=key[1].encode(),
        headers=tuple((name.encode(), value.encode()) for name, value in headers),
        value=record.with_suffix(".json").read_bytes(),
    )


def examples() -> tuple[Example, ...]:
    """Every archived message, by event type and name."""
    return tuple(read_example(file) for file in sorted(data_folder("examples").glob("*/*.record")))
