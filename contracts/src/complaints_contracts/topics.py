"""The topic files: who owns, writes and reads a topic, and how it is made. Needs PyYAML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, Field

from complaints_contracts.data import data_folder
from complaints_contracts.forces import FORCE_KEY


def _is_key(force: str) -> bool:
    return bool(re.fullmatch(FORCE_KEY, force))


class Cleanup(StrEnum):
    """What Kafka does with old records."""

    DELETE = "delete"
    COMPACT = "compact"


class Topic(BaseModel):
    """One topic. Retention in days; consumers are consumer groups, one for each service.

    `readers` read it for themselves, not as a service. `{force}` in its name, owner, producers and
    readers stands for the key of each force: every force has its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^(complaints|force\.\{force\})\.[a-z-]+\.v[0-9]+$")
    description: str
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    readers: tuple[str, ...] = ()
    key: str
    partitions: int = Field(ge=1)
    retention_days: int = Field(ge=1)
    cleanup: Cleanup = Cleanup.DELETE
    when_it_stands: str = ""
    """What it means, and what to do, where a reader falls behind on it or has paused it."""

    @property
    def per_force(self) -> bool:
        """Whether each force has its own."""
        return "{force}" in self.name

    def for_force(self, force: str) -> Topic:
        """The topic of one force; one that is not a force's stays as it is.

        Raises:
            ValueError: the key of the force is not of its pattern.
        """
        if not self.per_force:
            return self
        if not _is_key(force):
            raise ValueError("a force's key is small letters, digits and hyphens")
        return self.model_copy(
            update={
                "name": self.name.format(force=force),
                "owner": self.owner.format(force=force),
                "producers": tuple(name.format(force=force) for name in self.producers),
                "readers": tuple(name.format(force=force) for name in self.readers),
            }
        )


@cache
def topics() -> dict[str, Topic]:
    """Every topic file, by the name of its topic.

    Raises:
        ValueError: a file's name is not that of its topic.
    """
    found = {}
    for file in sorted(data_folder("topics").glob("*.yaml")):
        topic = Topic.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        if file.stem != topic.name:
            raise ValueError(f"{file.name} describes {topic.name}; rename one of them")
        found[topic.name] = topic
    return found


def topics_for(forces: Iterable[str]) -> dict[str, Topic]:
    """The topics of an office that deals with these forces, by name."""
    keys = tuple(forces)
    made = (
        topic.for_force(force)
        for topic in topics().values()
        for force in (keys if topic.per_force else ("",))
    )
    return {topic.name: topic for topic in made}


def topic_named(name: str) -> Topic:
    """What the files say of one topic, a force's too.

    Raises:
        KeyError: there is no such topic.
    """
    start, _, rest = name.partition(".")
    force, _, kind = rest.partition(".")
    pattern = topics().get(f"{start}.{{force}}.{kind}")
    return pattern.for_force(force) if pattern and _is_key(force) else topics()[name]
