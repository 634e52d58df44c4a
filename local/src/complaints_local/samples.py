"""The sample contacts: files as they would come in, a folder for each way in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final

import yaml

SAMPLES: Final = Path(__file__).parent / "samples"
_MENTION: Final = re.compile(rb"@reference of ([^@\n]+)@")
"""Stands in a sample for the reference that another one was given."""


@dataclass(frozen=True)
class Sample:
    """One sample contact."""

    path: Path

    @property
    def way(self) -> str:
        """By which way it comes in: the name of its folder."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.way}/{self.path.name}"

    @property
    def mentions(self) -> frozenset[str]:
        """The samples whose references it speaks of."""
        return frozenset(name.decode() for name in _MENTION.findall(self._raw()))

    def content(self, references: Mapping[str, str]) -> bytes:
        """Its bytes, with the references of other samples filled in."""
        return _MENTION.sub(lambda found: references[found[1].decode()].encode(), self._raw())

    @property
    def address(self) -> str | None:
        """The email address that somebody left with it, if they did."""
        match self.way:
            case "web" | "entry":
                found = yaml.safe_load(self._raw()).get("email")
            case "mail":
                found = parseaddr(message_from_bytes(self._raw())["From"])[1]
            case _:
                found = _first_person(json.loads(self._raw())).get("email")
        return found or None

    def _raw(self) -> bytes:
        value = self.path.with_suffix(".json") if self.path.suffix == ".record" else self.path
        return value.read_bytes()


def samples() -> list[Sample]:
    """All of them, in the order they are shown in."""
    ways = ("web", "api", "mail", "entry", "force")
    return [
        Sample(path)
        for way in ways
        for path in sorted((SAMPLES / way).iterdir())
        if (way, path.suffix) != ("force", ".json")
    ]


def _first_person(sent: dict[str, Any]) -> dict[str, Any]:
    """Of what a program sends; a force may wrap it in an envelope."""
    persons: list[dict[str, Any]] = sent.get("data", sent).get("persons") or [{}]
    return persons[0]
