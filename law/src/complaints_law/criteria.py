"""The mandatory criteria MF1 to MF7, asked of every allegation (R43, L7).

The questions are data; what follows from the answers is triage's decision table, not this module.
"""

from datetime import date
from functools import cache

from pydantic import BaseModel, ConfigDict

from complaints_law.resources import read_yaml


class Criterion(BaseModel):
    """One question about an allegation; `rules` and `source` say where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    question: str
    help: str
    rules: tuple[str, ...]
    source: str


class CriteriaList(BaseModel):
    """All mandatory criteria, in the order they are asked, for complaints from `valid_from` on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    valid_from: date
    criteria: tuple[Criterion, ...]


@cache
def load_criteria() -> CriteriaList:
    """The criteria that this package ships."""
    return CriteriaList.model_validate(read_yaml("criteria.yaml"))
