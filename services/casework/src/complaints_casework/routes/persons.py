"""How people in a case are reached, what they need, and where contact is restricted (R22, L48)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, field_validator

from complaints_casework.commands import change_person
from complaints_casework.domain.facts import PersonChanged
from complaints_casework.routes.commanding import Command, Program, Recorded
from complaints_chassis.web import Problem, Role
from complaints_contracts.codes import (
    Adjustment,
    Consent,
    ReachBy,
    RepresentativeKind,
    RestrictionMeasure,
    RestrictionStage,
    Vulnerability,
)
from complaints_contracts.event import Fact, Model
from complaints_contracts.parts import ContactRestriction, is_mail_address

router = APIRouter()

LONGEST: Final = 320
LONGEST_WORDS: Final = 2000
MOST: Final = 20
"""Of needs, and of other lists."""


def _said(value: object) -> object:
    if value is None:
        raise ValueError("say what it is, or leave it out")
    return value


class SentReach(Model):
    """How somebody is reached; what is left out stays as it is."""

    preferred: ReachBy | None = None
    needs: tuple[Adjustment, ...] | None = Field(default=None, max_length=MOST)
    safe_contact: str | None = Field(default=None, max_length=LONGEST_WORDS)
    interpreter_for: str | None = Field(default=None, max_length=LONGEST)

    _said = field_validator("preferred", "needs")(_said)


class SentRepresentation(Model):
    """For whom somebody acts, and whether that one agreed (L12); what is left out stays."""

    kind: RepresentativeKind | None = None
    consent: Consent | None = None
    consent_on: date | None = None
    scope: str | None = Field(default=None, max_length=LONGEST_WORDS)

    _said = field_validator("kind", "consent")(_said)


class SentCare(Model):
    """What is known of somebody now; what is left out stays as it is."""

    email: str | None = Field(default=None, max_length=LONGEST)
    telephone: str | None = Field(default=None, max_length=LONGEST)
    address: str | None = Field(default=None, max_length=LONGEST_WORDS)
    reach: SentReach | None = None
    vulnerabilities: tuple[Vulnerability, ...] | None = Field(default=None, max_length=MOST)
    representation: SentRepresentation | None = None

    def given(self) -> dict[str, Any]:
        """What was said, by field."""
        return self.model_dump(exclude_unset=True)


class SentRestriction(Model):
    """How contact with somebody is restricted, and until when, on the authority of the sender."""

    stage: RestrictionStage
    measures: tuple[RestrictionMeasure, ...] = Field(default=(), max_length=MOST)
    channel: ReachBy | None = None
    starts_on: date
    review_on: date


@router.post("/api/cases/{case_id}/persons/{person_id}", status_code=201, tags=["persons"])
async def api_change(case_id: UUID, person_id: UUID, sent: SentCare, program: Program) -> Recorded:
    """Says how somebody is reached, what they need, and why they need more care (R22, R23)."""
    case = await program.case(case_id)
    if sent.email is not None and not is_mail_address(sent.email):
        raise Problem(422, "That is no address that mail can be sent to.", action="Check it.")
    given = sent.given()
    if not given or given.get("reach", ...) is None or given.get("vulnerabilities", ...) is None:
        raise Problem(422, "Nothing was said.", action="Send what is known now.")
    decide = change_person(case_id, person_id, given)
    return await program.do(Command(case_id, decide, "R22", _concerns, case.contact_id))


@router.post(
    "/api/cases/{case_id}/persons/{person_id}/restriction", status_code=201, tags=["persons"]
)
async def api_restrict(
    case_id: UUID, person_id: UUID, sent: SentRestriction, program: Program
) -> Recorded:
    """Restricts contact with somebody, for a time (L48): never their right to complain.

    What we send goes only by the channel that is left; what they write is always read.
    """
    case = await program.case(case_id)
    if Role.TEAM_LEADER not in program.principal.roles:
        raise Problem(403, "Only a team leader restricts contact.", rule="L48")
    if sent.review_on <= sent.starts_on:
        raise Problem(422, "It has to be looked at again after it starts.", rule="L48")
    if RestrictionMeasure.ONE_CHANNEL in sent.measures and sent.channel is None:
        raise Problem(422, "Which channel is left to them?", action="Send `channel`.", rule="L48")
    restriction = ContactRestriction(**sent.model_dump(), authorised_by=program.principal.subject)
    decide = change_person(case_id, person_id, {"restriction": restriction})
    return await program.do(Command(case_id, decide, "L48", _concerns, case.contact_id))


def _concerns(fact: Fact) -> bool:
    """Whether somebody who is about to change a person should know of this first."""
    return isinstance(fact, PersonChanged)
