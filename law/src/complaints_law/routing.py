"""The assessment gate: which way a contact goes, by the decision table (R28 to R30, L6, L7).

The table is data and the first row that holds decides. This module adds up the answers of all
allegations, the strictest first, and refuses what has not been answered.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, model_validator

from complaints_law.codes import ListName, load_codes
from complaints_law.errors import LawError
from complaints_law.resources import read_yaml


class AssessmentIncomplete(LawError):
    """Something that the route depends on has not been answered."""


class NoRoute(LawError):
    """No row of the table holds; the table has to be mended, no way may be guessed."""


class Answer(StrEnum):
    """What a criterion is answered with for one allegation (R44)."""

    YES = "YES"
    NO = "NO"
    NOT_SURE = "NOT_SURE"
    """Counts as yes until the force's professional standards department has advised on it."""


class Eligibility(StrEnum):
    """Whether the person may complain about this (L9 to L12)."""

    ELIGIBLE = "ELIGIBLE"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_SURE = "NOT_SURE"


class Wish(StrEnum):
    """What the person wants to be done (L6)."""

    CONTENT = "CONTENT"
    """They are content with service recovery."""
    RECORD = "RECORD"
    NOT_SAID = "NOT_SAID"


class Concern(StrEnum):
    """What the answers to the criteria come to, the strictest last."""

    NONE = "NONE"
    """Every criterion is answered no."""
    RAISED = "RAISED"
    """One is not, and none of those that are urgent."""
    URGENT = "URGENT"


class Route(StrEnum):
    """Which way a contact goes."""

    RECORD_URGENTLY = "RECORD_URGENTLY"
    RECORD = "RECORD"
    CONDUCT_MATTER = "CONDUCT_MATTER"
    """Passed to the force, for it to judge (L23)."""
    SERVICE_RECOVERY = "SERVICE_RECOVERY"
    SEEK_VIEWS = "SEEK_VIEWS"
    """The person has to be asked before it can go any way (L6)."""
    STAFF_COMPLAINT = "STAFF_COMPLAINT"
    OTHER_BODY = "OTHER_BODY"
    """Another force or body, the panel (L5), or the Commissioner as appropriate authority (L4)."""
    POLICE_NOW = "POLICE_NOW"
    REVIEW = "REVIEW"
    WITHDRAWAL = "WITHDRAWAL"
    FURTHER_INFORMATION = "FURTHER_INFORMATION"
    COMPLIMENT = "COMPLIMENT"
    COMMUNITY_CONCERN = "COMMUNITY_CONCERN"
    SIGNPOST = "SIGNPOST"
    SPAM = "SPAM"


def _code_of(name: ListName) -> AfterValidator:
    known = frozenset(entry.code for entry in load_codes(name).codes)

    def check(code: str) -> str:
        if code not in known:
            raise ValueError(f"the code list {name} does not have this code")
        return code

    return AfterValidator(check)


ContactType = Annotated[str, _code_of(ListName.CONTACT_TYPE)]
Subject = Annotated[str, _code_of(ListName.SUBJECT)]
Category = Annotated[str, Field(pattern=r"^[A-HJ-L]$")]
"""The letter of an allegation category (domain.md 4.4)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Ground:
    """An answer that is not "no": of which allegation, to which criterion."""

    allegation: int
    criterion: str
    answer: Answer


class Allegation(_Frozen):
    """One allegation; `category` is its code with the number, such as B4 (domain.md 4.4).

    `advised` are the criteria on which the professional standards department has advised that they
    are not met. It settles an answer of not sure; a yes stays a yes.
    """

    number: PositiveInt
    category: str = Field(pattern=r"^[A-HJ-L]([1-9][0-9]?)?$")
    answers: dict[str, Answer]
    advised: frozenset[str] = frozenset()

    def not_cleared(self) -> list[str]:
        """The criteria that are not "no"."""
        return [
            criterion
            for criterion, answer in self.answers.items()
            if answer is Answer.YES or (answer is Answer.NOT_SURE and criterion not in self.advised)
        ]


class Assessment(_Frozen):
    """All that the route depends on."""

    contact_type: ContactType
    subject: Subject
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[Allegation, ...]


class When(_Frozen):
    """What has to hold for a row; what is None is not asked."""

    contact_type: frozenset[ContactType] | None = None
    subject: frozenset[Subject] | None = None
    eligibility: frozenset[Eligibility] | None = None
    wish: frozenset[Wish] | None = None
    criteria: frozenset[Concern] | None = None

    def holds(self, assessment: Assessment, wish: Wish, concern: Concern) -> bool:
        """Whether all of it holds."""
        return (
            (self.subject is None or assessment.subject in self.subject)
            and (self.contact_type is None or assessment.contact_type in self.contact_type)
            and (self.criteria is None or concern in self.criteria)
            and (self.wish is None or wish in self.wish)
            and (self.eligibility is None or assessment.eligibility in self.eligibility)
        )


class Row(_Frozen):
    """One row of the table; `why` is for the staff who see its decision."""

    id: str
    when: When
    route: Route
    urgent: bool = False
    """Whether it is urgent by itself, whatever the answers."""
    rules: tuple[str, ...] = Field(min_length=1)
    source: str
    why: str


class SecondLook(_Frozen):
    """What a team leader looks at as well (domain.md 6, S3)."""

    categories: dict[Category, str]
    """Each with what it is about."""
    routes: frozenset[Route]


class RouteTable(_Frozen):
    """The decision table, for complaints from `valid_from` on."""

    version: str
    valid_from: date
    criteria: frozenset[str]
    urgent_criteria: frozenset[str]
    needs_allegation: frozenset[ContactType]
    asks_to_record: frozenset[ContactType]
    second_look: SecondLook
    routes: dict[Route, str]
    """The words for each route."""
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.urgent_criteria <= self.criteria:
            raise ValueError("an urgent criterion is not among the criteria")
        if set(self.routes) != set(Route):
            raise ValueError("every route needs its words")
        if len({row.id for row in self.rows}) < len(self.rows):
            raise ValueError("two rows have the same id")
        return self


@dataclass(frozen=True, slots=True)
class Decision:
    """The route, and all that is needed to say why it is this one.

    `decided_by` are the strictest answers: those that make it urgent or, where none does, all that
    are not "no".
    """

    route: Route
    urgent: bool
    second_look: bool
    row: str
    rules: tuple[str, ...]
    why: str
    table_version: str
    decided_by: tuple[Ground, ...]


def decide_route(assessment: Assessment, table: RouteTable) -> Decision:
    """The route of the first row that holds; of several allegations the strictest counts (R43).

    Raises AssessmentIncomplete if an allegation or an answer is missing, NoRoute if no row holds.
    """
    _check_complete(assessment, table)
    raised = [(one, name) for one in assessment.allegations for name in one.not_cleared()]
    urgent = [(one, name) for one, name in raised if name in table.urgent_criteria]
    concern = Concern.URGENT if urgent else Concern.RAISED if raised else Concern.NONE
    wish = Wish.RECORD if assessment.contact_type in table.asks_to_record else assessment.wish
    for row in table.rows:
        if row.when.holds(assessment, wish, concern):
            return Decision(
                route=row.route,
                urgent=bool(urgent) or row.urgent,
                second_look=_needs_second_look(assessment, row.route, table.second_look),
                row=row.id,
                rules=row.rules,
                why=row.why,
                table_version=table.version,
                decided_by=tuple(
                    Ground(one.number, name, one.answers[name]) for one, name in urgent or raised
                ),
            )
    raise NoRoute(
        f"No row of the decision table (version {table.version}) fits this assessment: the table "
        "has to be mended before this contact can go on."
    )


def _check_complete(assessment: Assessment, table: RouteTable) -> None:
    if not assessment.allegations and assessment.contact_type in table.needs_allegation:
        raise AssessmentIncomplete(
            "There is no allegation: enter at least one, with what it alleges, and answer the "
            "criteria for it."
        )
    if len({allegation.number for allegation in assessment.allegations}) < len(
        assessment.allegations
    ):
        raise AssessmentIncomplete("Two allegations have the same number: give each its own.")
    for allegation in assessment.allegations:
        if allegation.answers.keys() != table.criteria:
            raise AssessmentIncomplete(_difference(allegation, table))


def _difference(allegation: Allegation, table: RouteTable) -> str:
    missing = sorted(table.criteria - allegation.answers.keys())
    if missing:
        return (
            f"Allegation {allegation.number} has no answer to {', '.join(missing)}: answer every "
            'criterion for it, with "not sure" where that is so.'
        )
    return (
        f"Allegation {allegation.number} answers a criterion that the decision table (version "
        f"{table.version}) does not have: use {', '.join(sorted(table.criteria))}."
    )


def _needs_second_look(assessment: Assessment, route: Route, asked: SecondLook) -> bool:
    return route in asked.routes or any(
        allegation.category[0] in asked.categories for allegation in assessment.allegations
    )


@cache
def load_routes() -> RouteTable:
    """The decision table that this package ships."""
    return RouteTable.model_validate(read_yaml("routes.yaml"))
