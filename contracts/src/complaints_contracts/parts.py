"""What several events share."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import (
    Adjustment,
    Consent,
    PersonRole,
    ReachBy,
    RepresentativeKind,
    RestrictionMeasure,
    RestrictionStage,
    ReviewGround,
    Vulnerability,
)
from complaints_contracts.event import Model
from complaints_contracts.personal import Personal

Reference = Annotated[str, Field(pattern=r"^[A-Z0-9-]{3,32}$")]
"""What stays the same for people: short, readable aloud."""

_MAX_MAIL_ADDRESS: Final = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL_ADDRESS: Final = re.compile(
    rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+", re.ASCII
)


def is_mail_address(text: str) -> bool:
    """Whether `text` is one plain address that mail can be sent to.

    No display names, quotes, comments or lists, and ASCII only: an address that needs interpreting
    could be read as another person's (S20).
    """
    return len(text) <= _MAX_MAIL_ADDRESS and bool(_MAIL_ADDRESS.fullmatch(text))


class FileRef(Model):
    """A file in the content-addressed store, named by its SHA-256; size in bytes.

    One that is `quarantined` is kept and never opened: locked, or larger unpacked than it seems.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: Personal[str]
    media_type: str
    size: int = Field(ge=0)
    quarantined: bool = False


class Reach(Model):
    """How somebody wants, and does not want, to be reached (R22, R23).

    `interpreter_for` is the language, where they need an interpreter.
    """

    preferred: ReachBy
    needs: tuple[Adjustment, ...] = ()
    safe_contact: Personal[str | None] = None
    interpreter_for: Personal[str | None] = None


class Representation(Model):
    """Acting for a complainant: as what, and whether the complainant agreed (L12, L55)."""

    kind: RepresentativeKind
    consent: Consent = Consent.NONE
    consent_on: date | None = None
    scope: Personal[str | None] = None


class ContactRestriction(Model):
    """How contact with somebody is restricted, until when, and on whose authority (L48, R26).

    It never takes the right to complain. `channel` is the one way by which they are reached, where
    there is only one. After `review_on` it holds no more, unless it was made again.
    """

    stage: RestrictionStage
    measures: tuple[RestrictionMeasure, ...] = ()
    channel: ReachBy | None = None
    authorised_by: str
    starts_on: date
    review_on: date

    def holds_on(self, day: date) -> bool:
        """Whether contact is restricted on that day; a warning restricts nothing."""
        restricts = self.stage is not RestrictionStage.WARNING
        return restricts and self.starts_on <= day <= self.review_on


class Person(Model):
    """Somebody in a contact. The id is minted for this contact and says nothing by itself."""

    id: UUID
    role: PersonRole
    name: Personal[str | None] = None
    email: Personal[str | None] = None
    telephone: Personal[str | None] = None
    address: Personal[str | None] = None
    reach: Reach
    representation: Representation | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    restriction: ContactRestriction | None = None

    @property
    def person(self) -> UUID:
        return self.id


class Matter(Model):
    """One of several matters in a contact, in the words it was told in; each has its own case."""

    number: str = Field(pattern=r"^[1-9][0-9]?$")
    words: Personal[str]


class ReviewAsked(Model):
    """What an applicant for a review says of the outcome they ask about (L36); gaps are asked for.

    `force_reference` is the number on the force's letter, `outcome_on` the day it was given.
    """

    force_reference: Personal[str | None] = None
    outcome_on: date | None = None
    grounds: tuple[ReviewGround, ...] = ()
