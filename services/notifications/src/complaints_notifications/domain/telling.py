"""Telling somebody of a step of their case, or having a person tell them (domain 3.1 to 3.4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import CaseStep, Medium, Purpose, WithheldReason
from complaints_contracts.event import Fact
from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED
from complaints_law.london import london_day
from complaints_notifications.domain.addressee import (
    addressee,
    first_contact,
    instead_on,
    is_erased,
    not_by_mail,
)
from complaints_notifications.domain.catalogue import Catalogue, Entry, Once
from complaints_notifications.domain.facts import NoticeOpened, StepToTell
from complaints_notifications.domain.notice import Notice, notice_id
from complaints_notifications.domain.opening import lasting, learnt, open_notice, reason_against

_NOBODY: Final = frozenset({WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT})
"""Why nobody tells them, a person no more than a mail."""


def step_notice_id(event: CaseMoved) -> UUID:
    """The id of the one notice about a step of a case."""
    return notice_id(event.step_id, Purpose.CASE_STEP)


def has_to_tell(event: CaseMoved, catalogue: Catalogue) -> bool:
    """Whether the step has a letter, or words for the person that no letter carries."""
    if event.step in catalogue.steps:
        return True
    return bool(_words(event)) and event.step not in catalogue.words_for_others


def once_for_contact(step: CaseStep, catalogue: Catalogue) -> bool:
    """Whether it is told once, however many matters a contact has."""
    entry = catalogue.steps.get(step)
    return entry is not None and entry.once is Once.CONTACT


def rule_of(step: CaseStep, catalogue: Catalogue) -> str:
    """Why it is told; a step that we do not know is told as part of keeping people informed."""
    entry = catalogue.steps.get(step)
    return entry.rule if entry else "L29"


def tell(
    notice: Notice,
    acknowledged: Notice,
    event: CaseMoved,
    catalogue: Catalogue,
    open_reference: str | None,
    now: datetime,
) -> tuple[Fact, ...]:
    """Opens the notice of a step, once, and withholds it where a person has to tell them.

    That is so wherever a mail cannot say what has to be said: the step is unknown here or has no
    letter for these words, or something is missing that the letter cannot do without. What the
    acknowledgement of the contact taught us counts where it was for the same person.
    """
    entry = catalogue.steps.get(event.step)
    if notice.opened or event.step in acknowledged.begun:
        return ()
    persons = [p for p in event.persons if p.id not in acknowledged.gone and not is_erased(p)]
    person = addressee(persons)
    shown = person or event.persons[0]
    told = _to_tell(event, acknowledged, open_reference)
    known, today = lasting(acknowledged), london_day(now)
    reason = (
        reason_against(
            person,
            anonymous=known is WithheldReason.ANONYMOUS,
            automatic=known is WithheldReason.AUTOMATIC_MAIL,
        )
        or _about_them(acknowledged, shown)
        or not_by_mail(shown, today)
        or (None if entry and not entry.missing(told) else WithheldReason.OTHER)
    )
    return open_notice(
        notice,
        NoticeOpened(
            notice_id=step_notice_id(event),
            contact_id=event.contact_id,
            reference=event.reference,
            purpose=Purpose.CASE_STEP,
            at=now,
            received_at=event.received_at,
            made_at=None,
            person_id=shown.id,
            first_contact=first_contact(shown),
            instead=_instead(reason, shown, entry, today),
            case_id=event.case_id,
            step_id=event.step_id,
            told=told.model_copy(update={"words": None}) if reason else told,
        ),
        shown,
        reason,
    )


def _to_tell(event: CaseMoved, acknowledged: Notice, open_reference: str | None) -> StepToTell:
    return StepToTell(
        step=event.step,
        status=event.status,
        at=event.at,
        person_id=event.person,
        words=None if event.person in acknowledged.gone else _words(event),
        adviser_id=event.adviser_id,
        methods=event.methods,
        recorded_for=event.recorded_for,
        force=event.force,
        outcome=event.outcome,
        review_body=event.review_body,
        open_reference=open_reference,
    )


def _words(event: CaseMoved) -> str | None:
    """What somebody wrote for them, unless it is nothing, or gone."""
    given = event.words if event.words != ERASED else None
    return given if given and given.strip() else None


def _about_them(acknowledged: Notice, person: Person) -> WithheldReason | None:
    opened = acknowledged.opened
    return learnt(acknowledged) if opened and opened.person_id == person.id else None


def _instead(
    reason: WithheldReason | None, person: Person, entry: Entry | None, day: date
) -> Medium | None:
    """How a person tells them where mail does not: somebody has to, but where nobody may."""
    if reason in _NOBODY:
        return None
    if reason in (WithheldReason.SAFE_CONTACT, WithheldReason.FORMAT):
        return Medium.AS_ASKED
    way = instead_on(person, day, in_writing=entry is not None and entry.in_writing)
    return way or (Medium.OTHER if reason else None)
