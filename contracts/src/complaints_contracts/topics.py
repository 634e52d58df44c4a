"""The topic files: who owns, writes and reads a topic, and how it is made. Needs PyYAML."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, Field

from complaints_contracts.data import data_folder


class Cleanup(StrEnum):
    """What Kafka does with old records."""

    DELETE = "delete"
    COMPACT = "compact"


class Topic(BaseModel):
    """One topic. Retention in days; consumers are consumer groups, one for each service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^(complaints|force)\.[a-z0-9-]+(\.[a-z]+)?\.v[0-9]+$")
    description: str
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    key: str
    partitions: int = Field(ge=1)
    retention_days: int = Field(ge=1)
    cleanup: Cleanup = Cleanup.DELETE


@cache
def topics() -> dict[str, Topic]:
    """Every topic, by name.

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
