"""Kafka in: which event goes to which handler; and the timers."""

from __future__ import annotations

from functools import partial

from complaints_casework import assessments, forces, handlers, notices
from complaints_casework.domain import timing
from complaints_casework.repository import CASES
from complaints_chassis import receipts
from complaints_chassis.subscriptions import On, OnDue, Subscription
from complaints_contracts.forces import FORCE_CASES
from complaints_contracts.notices import (
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.reviews import ReviewMatched, ReviewReceived
from complaints_contracts.triage import (
    ContactSorted,
    MatterAssessed,
    MessageSorted,
    SortingPersonErased,
)
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import FIRST_HANDLING


def subscriptions(office: OfficeProfile) -> tuple[Subscription, ...]:
    """What casework listens to; who is present and when the office closes is the office's."""
    return (
        On(ContactSorted, partial(handlers.open_for, office), handlers.new_case),
        On(MessageSorted, partial(handlers.keep, office), handlers.message_case),
        On(MatterAssessed, partial(assessments.follow, office), assessments.assessed_case),
        On(SortingPersonErased, handlers.erase_person, handlers.sorted_cases),
        On(NoticeSent, partial(notices.note_sent, office), notices.told_cases),
        On(NoticeRefused, partial(notices.note_refused, office), notices.told_cases),
        On(NoticeWithheld, partial(notices.note_withheld, office), notices.told_cases),
        On(NoticeReturned, partial(notices.note_returned, office), notices.told_cases),
        On(ReviewReceived, handlers.note_suggested, handlers.suggested_case),
        On(ReviewMatched, handlers.note_reviewed, handlers.reviewed_case),
        *(
            receipts.listening_to(
                FORCE_CASES.format(force=force.key), forces.needs, partial(forces.take, office)
            )
            for force in office.forces
        ),
    )


def due(office: OfficeProfile) -> tuple[OnDue, ...]:
    """What casework does when something on a case runs out."""
    kinds = (*FIRST_HANDLING, *sorted(timing.KINDS))
    return tuple(OnDue(CASES, kind, partial(handlers.run_out, office)) for kind in kinds)
