"""Opening notices: what is sent to whom, or why nothing is (R11, domain 3.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_contracts.cases import ComplimentForwarded, ConcernNoted
from complaints_contracts.codes import Adjustment, ContactType, Medium, Purpose, WithheldReason
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Fact
from complaints_contracts.notices import NoticeWithheld
from complaints_contracts.parts import Person
from complaints_notifications.domain.addressee import (
    addressee,
    first_contact,
    instead_of_mail,
    is_at_risk,
    needs_a_person,
    usable_address,
)
from complaints_notifications.domain.facts import NoticeOpened, ThanksFor
from complaints_notifications.domain.notice import Notice, NoticeState, notice_id, withhold

_LASTING: Final = frozenset({WithheldReason.ANONYMOUS, WithheldReason.AUTOMATIC_MAIL})
"""Why a contact was not acknowledged, and is not written to about it later either."""

_THANKED: Final[dict[ContactType | None, ThanksFor]] = {
    ContactType.COMPLIMENT: ThanksFor.COMPLIMENT,
    ContactType.COMMUNITY_CONCERN: ThanksFor.CONCERN,
}
"""What is declared and is no complaint: nobody rings about it."""

Ended = ComplimentForwarded | ConcernNoted


def purpose_of(received: ContactReceived) -> Purpose:
    """Who asks for a review by name is told what a review is (L42); everybody else, what we do."""
    asks = received.declared is ContactType.REVIEW_APPLICATION
    return Purpose.REVIEW_ACKNOWLEDGEMENT if asks else Purpose.ACKNOWLEDGEMENT


def acknowledgement_id(received: ContactReceived) -> UUID:
    """The id of the one acknowledgement of a contact, whatever it says."""
    return notice_id(received.contact_id, purpose_of(received))


def thanks_id(event: Ended) -> UUID:
    """The id of the one thank-you about a case."""
    return notice_id(event.case_id, Purpose.THANKS)


def thanks_for_what(event: Ended) -> ThanksFor:
    """What somebody is thanked for at the end of a case."""
    return ThanksFor.COMPLIMENT if isinstance(event, ComplimentForwarded) else ThanksFor.CONCERN


def acknowledge(notice: Notice, received: ContactReceived, now: datetime) -> tuple[Fact, ...]:
    """Opens the acknowledgement of a contact, once (R11), and withholds it where none may go."""
    if notice.opened:
        return ()
    person = addressee(received.persons)
    reason = reason_against(person, anonymous=received.anonymous, automatic=not received.answerable)
    shown = person or received.persons[0]
    return open_notice(
        notice,
        NoticeOpened(
            notice_id=acknowledgement_id(received),
            contact_id=received.contact_id,
            reference=received.reference,
            purpose=purpose_of(received),
            at=now,
            received_at=received.received_at,
            made_at=received.made_at,
            person_id=shown.id,
            first_contact=first_contact(shown),
            instead=_instead(reason, shown),
            unread=received.unread,
            thanks_for=_THANKED.get(received.declared),
        ),
        shown,
        reason,
    )


def thank(notice: Notice, acknowledged: Notice, event: Ended, now: datetime) -> tuple[Fact, ...]:
    """Opens the thank-you for a compliment or a concern (domain 3.1).

    Once for its case, and once for each kind in a contact of several matters. What kept us from
    acknowledging the contact keeps us from thanking for it.
    """
    thanks_for = thanks_for_what(event)
    if notice.opened or thanks_for in acknowledged.thanked:
        return ()
    person = addressee(event.persons)
    reason = _known_before(acknowledged) or reason_against(person)
    shown = person or event.persons[0]
    return open_notice(
        notice,
        NoticeOpened(
            notice_id=thanks_id(event),
            contact_id=event.contact_id,
            reference=event.reference,
            purpose=Purpose.THANKS,
            at=now,
            received_at=event.received_at,
            made_at=None,
            person_id=shown.id,
            first_contact=first_contact(shown),
            instead=_instead(reason, shown),
            thanks_for=thanks_for,
        ),
        shown,
        reason,
    )


def open_notice(
    notice: Notice, opened: NoticeOpened, shown: Person, reason: WithheldReason | None
) -> tuple[NoticeOpened] | tuple[NoticeOpened, NoticeWithheld]:
    """Who is not written to leaves no name and no address here.

    One that has ended was taken back from its topic: what was told is not told again.
    """
    if reason:
        return (opened,) if notice.end else (opened, withhold(opened, reason))
    to = {"name": shown.name, "address": usable_address(shown.email)}
    return (opened.model_copy(update=to),)


def _known_before(acknowledged: Notice) -> WithheldReason | None:
    """What the acknowledgement of the same contact taught us about writing to the person."""
    if acknowledged.erased:
        return WithheldReason.DO_NOT_CONTACT
    return lasting(acknowledged) or learnt(acknowledged)


def lasting(acknowledged: Notice) -> WithheldReason | None:
    """Why nobody is written to about a contact, whoever they are."""
    if isinstance(acknowledged.end, NoticeWithheld) and acknowledged.end.reason in _LASTING:
        return acknowledged.end.reason
    return None


def learnt(acknowledged: Notice) -> WithheldReason | None:
    """What became of the acknowledgement that tells how its person is not to be written to."""
    if did_not_arrive(acknowledged):
        return WithheldReason.NO_ADDRESS
    if acknowledged.is_unwanted:
        return WithheldReason.OTHER
    return None


def did_not_arrive(acknowledged: Notice) -> bool:
    """Whether the address that the acknowledgement went to is none."""
    return acknowledged.state in (NoticeState.REFUSED, NoticeState.RETURNED)


def reason_against(
    person: Person | None,
    *,
    anonymous: bool = False,
    automatic: bool = False,
    neutral: bool = True,
) -> WithheldReason | None:
    """Why nothing is sent, if so; who must not be reached at all comes first.

    What is not `neutral` tells whoever reads it what it is about.
    """
    if anonymous:
        return WithheldReason.ANONYMOUS
    if person is None:
        return WithheldReason.DO_NOT_CONTACT
    if automatic:
        return WithheldReason.AUTOMATIC_MAIL
    if needs_a_person(person) or (not neutral and is_at_risk(person)):
        return WithheldReason.SAFE_CONTACT
    if usable_address(person.email) is None or Adjustment.PHONE_ONLY in person.reach.needs:
        return WithheldReason.NO_ADDRESS
    return None


def _instead(reason: WithheldReason | None, person: Person) -> Medium | None:
    """How a person reaches them where mail does not; who gave no way at all is a task too."""
    match reason:
        case WithheldReason.ANONYMOUS | WithheldReason.DO_NOT_CONTACT:
            return None
        case WithheldReason.SAFE_CONTACT:
            return Medium.AS_ASKED
        case WithheldReason.NO_ADDRESS | WithheldReason.OTHER:
            return instead_of_mail(person) or Medium.OTHER
        case _:
            return instead_of_mail(person)
