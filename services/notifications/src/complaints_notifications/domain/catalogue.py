"""What each step of a case tells the person, as data that is checked before it is used (domain 3).

The catalogue says which letter goes with which step, what has to be known for it, which clocks
start when it is sent, and every paragraph of it. A step without a letter is listed with why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    Code,
    ContactType,
    HandlingOutcome,
    RecordingReason,
    ReviewBody,
    ReviewLimb,
)
from complaints_law.procedure import Procedure
from complaints_law.rule_sets import ClockKind, RuleSet
from complaints_notifications.domain.facts import StepToTell

OTHER: Final = "OTHER"
"""What a code list calls a code that it does not know: in our own data that is a mistake."""
IN_SUBJECTS: Final = frozenset({"reference", "team"})
ALWAYS: Final = frozenset(
    {
        *("reference", "team", "office", "telephone", "reviews_email", "iopc_guidance"),
        *("force", "received_day", "step_day", "sent_day", "iopc_reviews"),
    }
)
"""Placeholders that every letter can have."""
NOT_EVERYWHERE: Final = frozenset({"iopc_reviews"})
"""Those of which an office may have none: a paragraph with one is left out there."""
ONLY_WITH: Final[Mapping[str, str]] = {
    "adviser": "adviser",
    "adviser_telephone": "adviser",
    "adviser_email": "adviser",
    "standards": "force",
    "open_reference": "about",
    "limb": "review_limb",
}
"""Placeholders for what has to be required, because there is nothing to say in its place."""
CONDITIONS: Final[Mapping[str, type[Code]]] = {
    "recorded_for": RecordingReason,
    "outcome": HandlingOutcome,
    "review_body": ReviewBody,
    "status": CaseStatus,
    "opened_as": ContactType,
}
"""What a paragraph can be meant for, or not."""


class CatalogueError(Exception):
    """The catalogue of notices cannot be used as it stands; the text says why."""


class Required(StrEnum):
    """What a letter cannot do without; where it is not known a person tells them."""

    WORDS = "words"
    ADVISER = "adviser"
    FORCE = "force"
    REVIEW_BODY = "review_body"
    REVIEW_LIMB = "review_limb"
    """Why it is the IOPC, where it is (L30a)."""
    OUTCOME = "outcome"
    RECORDED_FOR = "recorded_for"
    METHODS = "methods"
    ABOUT = "about"
    """The other case, by the reference that it is open under."""


class Once(StrEnum):
    """How often it is told."""

    STEP = "STEP"
    """For each step that was taken."""
    CONTACT = "CONTACT"
    """For a contact, however many matters are in it."""


class Recording(StrEnum):
    """Whether a letter says that they may ask for recording at any time (R33)."""

    OFFERED = "OFFERED"
    """It is added, while nothing is recorded."""
    SAID = "SAID"
    """Its own paragraphs say so."""
    NOT = "NOT"
    """It is recorded already."""


def _is_one_of(codes: type[StrEnum]) -> BeforeValidator:
    """Refuses by name what is not in the list."""

    def check(value: object) -> object:
        if value == OTHER or value not in codes.__members__:
            raise ValueError(f"{value} is not a {codes.__name__}")
        return value

    return BeforeValidator(check)


Step = Annotated[CaseStep, _is_one_of(CaseStep)]
Kind = Annotated[ClockKind, _is_one_of(ClockKind)]
Limb = Annotated[ReviewLimb, _is_one_of(ReviewLimb)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(_Data):
    """A paragraph, a list below an introduction, or the place of words that somebody wrote.

    `words` introduces those. `when` says for which codes it is, where not for everybody, and
    `unless` for which it is not.
    """

    heading: str | None = None
    text: str | None = None
    items: tuple[str, ...] = ()
    words: str | None = None
    when: Mapping[str, tuple[str, ...]] = {}
    unless: Mapping[str, tuple[str, ...]] = {}

    @field_validator("when", "unless", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: [one] if isinstance(one, str) else one for name, one in value.items()}

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _says_something(self) -> Paragraph:
        if (self.words is None) == (self.text is None and not self.items):
            raise ValueError("a paragraph has either text or items, or the place of words")
        for field, codes in (*self.when.items(), *self.unless.items()):
            if field not in CONDITIONS:
                raise ValueError(f"no paragraph can be for a {field}")
            for code in codes:
                if code == OTHER or code not in CONDITIONS[field].__members__:
                    raise ValueError(f"{code} is not a {CONDITIONS[field].__name__}")
        return self

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is filled in."""
        return tuple(t for t in (self.heading, self.text, *self.items, self.words) if t is not None)

    def is_for(self, told: StepToTell) -> bool:
        """Whether it is meant for what is told."""
        return all(getattr(told, field) in codes for field, codes in self.when.items()) and not any(
            getattr(told, field) in codes for field, codes in self.unless.items()
        )

    @property
    def only_where(self) -> frozenset[str]:
        """The placeholders without which it is left out."""
        return NOT_EVERYWHERE & {name for text in self.texts for name in placeholders(text)}


class Entry(_Data):
    """The letter of one step."""

    subject: str
    rule: str
    requires: frozenset[Required] = frozenset()
    dates: tuple[Kind, ...] = ()
    once: Once = Once.STEP
    in_writing: bool = False
    by_mail_only: bool = False
    recording: Recording = Recording.OFFERED
    paragraphs: tuple[Paragraph, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_filled_in(self) -> Entry:
        known = {*ALWAYS, *figures(), *(day_of(kind) for kind in self.dates)}
        known |= {name for name, needs in ONLY_WITH.items() if needs in self.requires}
        check_placeholders([self.subject], IN_SUBJECTS)
        check_placeholders((t for p in self.paragraphs for t in p.texts), known)
        used = {n for p in self.paragraphs for text in p.texts for n in placeholders(text)}
        for kind in self.dates:
            if day_of(kind) not in used:
                raise ValueError(f"it starts the clock {kind} and does not tell its last day")
        return self

    @model_validator(mode="after")
    def _has_one_place_for_words(self) -> Entry:
        places = [p for p in self.paragraphs if p.words is not None]
        if len(places) > 1 or any(p.when or p.unless for p in places):
            raise ValueError("it can have one place for words, whoever it is for")
        if not places and Required.WORDS in self.requires:
            raise ValueError("it requires words, and has no place for them")
        return self

    @property
    def has_words(self) -> bool:
        """Whether there is a place for what somebody wrote for them."""
        return any(p.words is not None for p in self.paragraphs)

    @model_validator(mode="after")
    def _is_for_every_code(self) -> Entry:
        for field, codes in CONDITIONS.items():
            missing = (
                {*codes.__members__}
                - {OTHER}
                - {code for p in self.paragraphs for code in p.when.get(field, ())}
            )
            if field in self.requires and missing:
                raise ValueError(f"it has nothing for the {field} {', '.join(sorted(missing))}")
        return self

    def missing(self, told: StepToTell) -> frozenset[Required]:
        """What it cannot do without and nobody said, or said in a code that we do not know."""
        known = {
            Required.WORDS: told.words and told.words.strip(),
            Required.ADVISER: told.adviser_id,
            Required.ABOUT: told.open_reference,
        }
        elsewhere = {Required.REVIEW_LIMB} if told.review_body is not ReviewBody.IOPC else set()
        return frozenset(
            need
            for need in self.requires - elsewhere
            if (known[need] if need in known else getattr(told, need)) in (None, "", (), OTHER)
        )

    def parts_for(self, told: StepToTell) -> tuple[Paragraph, ...]:
        """The paragraphs that are meant for what is told."""
        return tuple(p for p in self.paragraphs if p.is_for(told))

    def dates_for(self, told: StepToTell) -> tuple[ClockKind, ...]:
        """The clocks whose last day those paragraphs tell."""
        used = {n for p in self.parts_for(told) for text in p.texts for n in placeholders(text)}
        return tuple(kind for kind in self.dates if day_of(kind) in used)


class Catalogue(_Data):
    """Every step: with its letter, or with why it has none."""

    version: str
    recording: tuple[Paragraph, ...] = Field(min_length=1)
    reply: tuple[Paragraph, ...] = Field(min_length=1)
    to_representatives: tuple[Paragraph, ...] = Field(min_length=1)
    review_limbs: Mapping[Limb, Annotated[str, Field(min_length=1)]]
    words_for_others: frozenset[Step] = frozenset()
    silent: Mapping[Step, Annotated[str, Field(min_length=1)]]
    steps: Mapping[Step, Entry]

    @model_validator(mode="after")
    def _names_every_step_once(self) -> Catalogue:
        twice = self.steps.keys() & self.silent.keys()
        missing = {*CaseStep} - {CaseStep.OTHER} - self.steps.keys() - self.silent.keys()
        if twice:
            raise ValueError(f"with a letter and without one: {', '.join(sorted(twice))}")
        if missing:
            raise ValueError(f"neither with a letter nor listed as silent: {_listed(missing)}")
        if any(entry.has_words for s, entry in self.steps.items() if s in self.words_for_others):
            raise ValueError("words for others go with steps whose letter has no place for words")
        return self

    @model_validator(mode="after")
    def _knows_every_limb(self) -> Catalogue:
        if missing := {*ReviewLimb} - {ReviewLimb.OTHER} - self.review_limbs.keys():
            raise ValueError(f"no words for {', '.join(sorted(missing))}")
        check_placeholders(self.review_limbs.values(), ())
        return self

    @model_validator(mode="after")
    def _can_be_filled_in(self) -> Catalogue:
        everywhere = (*self.recording, *self.reply, *self.to_representatives)
        common = (t for p in everywhere for t in p.texts)
        check_placeholders(common, {*ALWAYS, *figures()})
        return self


def read_catalogue(data: object, procedure: Procedure, rule_sets: Sequence[RuleSet]) -> Catalogue:
    """The catalogue in decoded YAML, checked against the procedure and the law.

    Raises CatalogueError.
    """
    try:
        catalogue = Catalogue.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        faults = [f"{'.'.join(str(part) for part in d['loc'])}: {d['msg']}" for d in details]
    else:
        faults = list(_faults(catalogue, procedure, rule_sets))
    if faults:
        raise CatalogueError("The catalogue of notices cannot be used:\n  " + "\n  ".join(faults))
    return catalogue


def _faults(
    catalogue: Catalogue, procedure: Procedure, rule_sets: Sequence[RuleSet]
) -> Iterator[str]:
    """What does not go together with the procedure or the law."""
    for step in sorted({*catalogue.steps, *catalogue.silent}):
        if step not in procedure.steps:
            yield f"{step}: the procedure has no such step"
        elif procedure.steps[step].told and step not in catalogue.steps:
            yield f"{step}: the person has to be told of it, and it has no letter"
    for step, entry in catalogue.steps.items():
        taken = procedure.steps.get(step)
        told = set(taken.told) if taken else set()
        for kind in entry.dates:
            for rules in rule_sets:
                rule = rules.clocks.get(kind)
                if rule is None or told.isdisjoint(rule.starts):
                    yield f"{step}: sending it does not start the clock {kind} ({rules.version})"


def placeholders(text: str) -> tuple[str, ...]:
    """The placeholders in a text. Raises ValueError where it has a brace that is none."""
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def check_placeholders(texts: Iterable[str], known: Iterable[str]) -> None:
    """Raises ValueError, which names the placeholder that does not exist there."""
    allowed = frozenset(known)
    for text in texts:
        for name in placeholders(text):
            if name not in allowed:
                raise ValueError(f"there is no placeholder {{{name}}} here, in “{text[:40]}”")


def day_of(kind: ClockKind) -> str:
    """The placeholder for a clock's last day."""
    return f"{kind.lower()}_day"


def days_of(kind: ClockKind) -> str:
    """The placeholder for how many days a clock runs."""
    return f"{kind.lower()}_days"


def figures() -> Iterator[str]:
    """The placeholders for how long each clock runs."""
    return (days_of(kind) for kind in ClockKind)


def _listed(steps: Iterable[CaseStep]) -> str:
    return ", ".join(sorted(steps))
