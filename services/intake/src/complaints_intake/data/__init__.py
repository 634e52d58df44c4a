"""What an office may word in its own way: the ways by which staff take contacts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from complaints_intake.domain.ways import Way


class _WaysFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    ways: tuple[Way, ...]


@cache
def load_ways() -> Mapping[str, Way]:
    """The ways as shipped, by the end of their page's address, in the order they are offered in.

    Raises ValueError if the file is not well formed.
    """
    text = resources.files(__package__).joinpath("ways.yaml").read_text(encoding="utf-8")
    return {way.path: way for way in _WaysFile.model_validate(yaml.safe_load(text)).ways}
