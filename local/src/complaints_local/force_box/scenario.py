"""What a scenario says: what a force sends, in which order, and what it expects of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

SCENARIOS: Final = Path(__file__).parent / "scenarios"
TYPES: Final = {
    "contact": "contact-redirected",
    "accept": "transfer-accepted",
    "query": "transfer-queried",
    "progress": "progress-reported",
    "outcome": "outcome-issued",
    "advance": "case-advanced",
    "answer": "request-answered",
}
"""What a step may send, and the type it has on the wire."""
RUBBISH: Final = ("rubbish", "hex")
WHAT: Final = (*TYPES, *RUBBISH, "shuffle")


class ScenarioError(Exception):
    """The scenario cannot be played; the text says what to change."""


class Mode(StrEnum):
    """How an event becomes a record: as CloudEvents 1.0 has it, or with nothing around it."""

    BINARY = "binary"
    STRUCTURED = "structured"
    PLAIN = "plain"


class Outcome(StrEnum):
    """What the receipt of a record is to say; `nothing`: there is to be none."""

    ACCEPTED = "ACCEPTED"
    HELD = "HELD"
    NOTHING = "nothing"


class Step(BaseModel):
    """One thing that a force sends, or several in an order that the scenario's seed decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: dict[str, Any] | None = None
    accept: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None
    outcome: dict[str, Any] | None = None
    advance: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    rubbish: str | None = None
    hex: str | None = None
    """Rubbish that is no text."""
    shuffle: tuple[Step, ...] = ()

    id: str | None = None
    """Of the record; `{case}` in it stands for that of its case."""
    mode: Mode = Mode.BINARY
    times: int = Field(default=1, ge=1, le=1000)
    wait: float = Field(default=0, ge=0, le=3600)
    """Seconds before it is sent."""
    expect: Outcome | None = None
    because: str = ""
    """What the reason of a receipt that holds it has to contain."""

    @model_validator(mode="after")
    def _sends_one_thing(self) -> Self:
        if len(self.sends) != 1:
            raise ValueError(f"a step sends one of {', '.join(WHAT)}")
        if self.hex is not None:
            bytes.fromhex(self.hex)
        return self

    @property
    def sends(self) -> list[str]:
        """What it sends, by its name in the scenario."""
        return [name for name in WHAT if getattr(self, name) not in (None, ())]

    @property
    def expected(self) -> Outcome:
        """What is expected of it: a message is accepted and rubbish held, unless it says more."""
        odd = self.sends[0] in RUBBISH or self.mode is Mode.PLAIN
        return self.expect or (Outcome.HELD if odd else Outcome.ACCEPTED)


class Transfers(BaseModel):
    """What the force does about complaints that are transferred to it.

    `answers` has a list of steps for each case in the order they come; the last goes for all
    further ones, and an empty one is silence. `beginning`: also those that lie there already.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(ge=1)
    answers: tuple[tuple[Step, ...], ...] = Field(min_length=1)
    beginning: bool = False


class Scenario(BaseModel):
    """All of it. `system` is the end of the source that its records name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    force: str = Field(pattern=r"^[a-z0-9-]+$")
    system: str = "box"
    seed: int = 1
    steps: tuple[Step, ...] = ()
    transfers: Transfers | None = None


def read_scenario(named: str) -> Scenario:
    """A scenario by its file, or by the name of one that is shipped.

    Raises:
        ScenarioError: there is none, or something in it is not as it should be.
    """
    shipped = SCENARIOS / f"{named}.yaml"
    path = shipped if shipped.is_file() else Path(named)
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        known = ", ".join(sorted(file.stem for file in SCENARIOS.glob("*.yaml")))
        raise ScenarioError(f"{named}: {error.strerror}. Shipped are: {known}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{named} is no YAML: {error}") from None
    except ValidationError as error:
        places = (
            f"{'.'.join(map(str, one['loc'])) or 'the scenario'}: {one['msg']}"
            for one in error.errors()
        )
        raise ScenarioError(f"{named}: {'; '.join(places)}") from None


def in_order(steps: Iterable[Step], chance: random.Random) -> Iterator[Step]:
    """The steps one after another, what is to be shuffled in an order that `chance` decides."""
    for step in steps:
        if step.shuffle:
            yield from in_order(chance.sample(step.shuffle, len(step.shuffle)), chance)
        else:
            yield step
