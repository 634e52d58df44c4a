"""How a case goes from state to state, and who owns it there: data (domain 3.1 to 3.4)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from complaints_law.resources import read_yaml
from complaints_law.rule_sets import Happened

BACK: Final = "BACK"
"""Where a step leads that takes a case back to where it was before."""


class By(StrEnum):
    """Who takes a step."""

    ADVISER = "ADVISER"
    TEAM_LEADER = "TEAM_LEADER"
    TRIAGE = "TRIAGE"
    FORCE = "FORCE"
    SYSTEM = "SYSTEM"


class State(BaseModel):
    """A state of a case: which service owns it, and what the public reads for it (R77)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owner: str
    public: str
    ended: bool = False
    recorded: bool = False
    """Whether the complaint is recorded under Schedule 3."""


class Step(BaseModel):
    """A step from some states to one, by a rule; see the head of the data file."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    by: By
    from_: frozenset[str] = Field(alias="from")
    to: str | None = None
    rule: str
    happened: tuple[Happened, ...] = ()
    told: tuple[Happened, ...] = ()
    letter: bool = False
    needs: frozenset[str] = frozenset()


class Procedure(BaseModel):
    """Every state and every step, with the version that decisions are recorded with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    states: Mapping[str, State]
    steps: Mapping[str, Step]

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, value: Any) -> Any:
        """Puts the states of each group in the place of its name."""
        groups: dict[str, list[str]] = value.pop("groups", {})
        for step in value["steps"].values():
            step["from"] = [state for name in step["from"] for state in groups.get(name, [name])]
        return value

    @model_validator(mode="after")
    def _know_every_state(self) -> "Procedure":
        named = {BACK, *self.states}
        for name, step in self.steps.items():
            for state in (*step.from_, *([step.to] if step.to else [])):
                if state not in named:
                    raise ValueError(f"step {name} names a state that is not listed: {state}")
        return self

    def allows(self, state: str, step: str) -> bool:
        """Whether a case in `state` can take `step`."""
        return state in self.steps[step].from_

    def steps_from(self, state: str, by: Iterable[By] = By) -> tuple[str, ...]:
        """The steps out of `state` that `by` can take, in the order of the data."""
        takers = frozenset(by)
        return tuple(
            name for name, step in self.steps.items() if state in step.from_ and step.by in takers
        )


@cache
def load_procedure() -> Procedure:
    """The procedure that this package ships."""
    return Procedure.model_validate(read_yaml("procedure.yaml"))
