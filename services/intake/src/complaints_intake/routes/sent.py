"""What a program may send us as a contact: as little as it likes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Final
from uuid import uuid4

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from complaints_contracts.codes import (
    Adjustment,
    Channel,
    Code,
    Consent,
    ContactType,
    PersonRole,
    ReachBy,
    RepresentativeKind,
    ReviewGround,
)
from complaints_contracts.event import Instant
from complaints_contracts.parts import Person, Representation
from complaints_intake.attachments import MAX_FILE_BYTES, MAX_FILES
from complaints_intake.domain.person import make_person
from complaints_intake.domain.text import MAX_WORDS_BYTES, clean, clean_line

MAX_MATTERS: Final = 9
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _storable(tidy: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: tidy(value) if isinstance(value, str) else value)


def _listed(codes: type[Code]) -> BeforeValidator:
    """Only what the list has: a sender can correct a code, unlike whoever reads an event."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in list(codes):
            raise ValueError(f"should be one of {', '.join(codes)}")
        return value

    return BeforeValidator(check)


def _day(value: object) -> object:
    if (isinstance(value, str) and not _DAY.fullmatch(value)) or isinstance(value, int | float):
        raise ValueError("should be a date such as 2026-03-31")
    return value


def _fit_into_event(matters: tuple[str, ...]) -> tuple[str, ...]:
    if size_of(matters) > MAX_WORDS_BYTES:
        raise ValueError(
            f"should be shorter: all of them together at most {MAX_WORDS_BYTES} bytes in UTF-8; "
            "what is longer goes into words, which may be of any length"
        )
    return matters


def size_of(matters: tuple[str, ...]) -> int:
    """Bytes that matters take in an event, besides the words."""
    return sum(len(matter.encode()) for matter in matters)


Short = Annotated[str, _storable(clean_line), Field(max_length=100)]
Name = Annotated[str, _storable(clean_line), Field(max_length=200)]
Line = Annotated[str, _storable(clean_line), Field(max_length=320)]
Text = Annotated[str, _storable(clean), Field(max_length=2000)]
Day = Annotated[date, BeforeValidator(_day)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SentRepresentation(_Sent):
    """Acting for a complainant (L12). That consent was seen is only for staff to say."""

    kind: Annotated[RepresentativeKind, _listed(RepresentativeKind)]
    consent: Annotated[Consent, _listed(Consent)] = Consent.NONE
    consent_on: Day | None = None
    scope: Short | None = Field(default=None, description="What they may do for the complainant")


class SentPerson(_Sent):
    """Somebody in a contact, and how they want to be reached; everything may be left out."""

    role: Annotated[PersonRole, _listed(PersonRole)] = Field(
        default=PersonRole.COMPLAINANT,
        description="REPRESENTATIVE where it is left out and `representation` is not",
    )
    name: Name | None = None
    email: Line | None = None
    telephone: Short | None = None
    address: Text | None = None
    reach_by: Annotated[ReachBy | None, _listed(ReachBy)] = Field(
        default=None,
        description="Where left out: the first of email, telephone, letter; but where "
        "`safe_contact` says something, somebody reads it first",
    )
    needs: tuple[Annotated[Adjustment, _listed(Adjustment)], ...] = Field(
        default=(), max_length=len(Adjustment)
    )
    safe_contact: Text | None = Field(
        default=None, description="What to know before getting in touch: times, language, safety"
    )
    interpreter_for: Short | None = Field(
        default=None, description="The language, where they need an interpreter"
    )
    representation: SentRepresentation | None = None

    @model_validator(mode="after")
    def _acts_for_somebody(self) -> SentPerson:
        if self.representation and "role" not in self.model_fields_set:
            self.role = PersonRole.REPRESENTATIVE
        if self.interpreter_for:
            self.needs = (*self.needs, Adjustment.INTERPRETER)
        return self

    def person(self, anonymous: bool) -> Person:
        """The person; who says neither a wish nor a way is for somebody to read (R22, R23)."""
        made = make_person(self, uuid4(), anonymous=anonymous)
        reach = made.reach.model_copy(update={"interpreter_for": self.interpreter_for or None})
        acts = self.representation and Representation(
            kind=self.representation.kind,
            consent=self.representation.consent,
            consent_on=self.representation.consent_on,
            scope=self.representation.scope or None,
        )
        return made.model_copy(update={"reach": reach, "representation": acts})


class SentReview(_Sent):
    """What somebody asks to have reviewed, and why (L36)."""

    reference: Short | None = Field(
        default=None, description="As it stands on the outcome letter: ours or the force's"
    )
    outcome_on: Day | None = Field(default=None, description="The date of the outcome letter")
    grounds: tuple[Annotated[ReviewGround, _listed(ReviewGround)], ...] = Field(
        default=(), max_length=len(ReviewGround)
    )


class SentFile(_Sent):
    """A file; its type is found from its content."""

    name: Line
    content: str = Field(description=f"In base64; at most {MAX_FILE_BYTES} bytes")


class SentContact(_Sent):
    """A contact: some words, a matter, a file or a ground for a review; the rest is optional."""

    words: Annotated[str, _storable(clean)] = Field(
        default="", description="Where left out: the matters, one after the other"
    )
    matters: Annotated[
        tuple[Annotated[str, _storable(clean), StringConstraints(min_length=1)], ...],
        AfterValidator(_fit_into_event),
    ] = Field(
        default=(),
        max_length=MAX_MATTERS,
        description="Where there are several, each in the words it was told in; one case for each",
    )
    title: Line | None = None
    channel: Annotated[Channel, _listed(Channel)] = Field(
        default=Channel.WEB, description="Another one than WEB is only for staff to say"
    )
    declared: Annotated[ContactType | None, _listed(ContactType)] = Field(
        default=None,
        description="What you say it is; a REVIEW_APPLICATION where `review` says something",
    )
    mentions: tuple[Short, ...] = Field(
        default=(), max_length=10, description="References of ours that it speaks of"
    )
    review: SentReview | None = None
    made_at: Instant | None = Field(
        default=None,
        description="When it was made, where somebody else took it first: only for staff to say",
    )
    dated_on: Day | None = Field(default=None, description="The date on a letter")
    persons: tuple[SentPerson, ...] = Field(
        default=(), max_length=5, description="The first is the one who got in touch"
    )
    anonymous: bool = False
    attachments: tuple[SentFile, ...] = Field(default=(), max_length=MAX_FILES)

    @model_validator(mode="after")
    def _says_something(self) -> SentContact:
        self.words = self.words or "\n\n".join(self.matters)
        if not (self.words or self.attachments or (self.review and self.review.grounds)):
            raise ValueError("give some words, or at least one attachment")
        if self.review and self.declared is None:
            self.declared = ContactType.REVIEW_APPLICATION
        return self
