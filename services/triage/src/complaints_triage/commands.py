"""What triage does about each command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_law.criteria import load_criteria
from complaints_law.errors import LawError
from complaints_law.london import london_day
from complaints_law.routing import load_routes
from complaints_triage.data import load_rules
from complaints_triage.domain import assessment
from complaints_triage.domain.assessment import Answers, Obstacle
from complaints_triage.domain.contact import Contact, split_off
from complaints_triage.repository import CONTACTS

OBSTACLES: Final = {
    Obstacle.ALLEGATION_GONE: (
        "R43",
        "An allegation that was assessed, or came up since, is not among these. Send all of them.",
    ),
    Obstacle.YES_STAYS: (
        "R43",
        "An answer that was yes stays yes: what is alleged has to be recorded. Answer yes again.",
    ),
    Obstacle.NOT_CLEARED: (
        "R43",
        "An answer that was not sure cannot become no by answering again. Leave it at not sure, "
        "and once the force's professional standards have said that the criterion is not met, give "
        "their advice with it.",
    ),
    Obstacle.ADVICE_UNASKED: (
        "R43",
        "Advice clears only a criterion that is answered not sure, and was so in the assessment "
        "before this one. Send this one without advice, ask the force's professional standards, "
        "and send what they say with the next one.",
    ),
    Obstacle.ADVICE_MISDATED: (
        "R43",
        "Advice is dated before the contact came in, or after today. Give the day on which the "
        "force's professional standards said it.",
    ),
}
NO_MATTER: Final = "This contact has no such matter that an adviser deals with."


def assess(contact_id: UUID, matter: str, answers: Answers) -> Callable[[Work], Answer]:
    """A person assessed a matter (R28). The decision raises Refused where that is not taken."""

    def decide(work: Work) -> Answer:
        contact = work.state(CONTACTS, contact_id)
        sorted_as = contact.matter(matter)
        if sorted_as is None:
            raise Refused("R28", NO_MATTER)
        if found := assessment.obstacle(contact, matter, answers, london_day(work.now)):
            raise Refused(*OBSTACLES[found])
        try:
            facts = assessment.assess(
                sorted_as,
                answers,
                contact.heard.get(matter, {}).values(),
                load_routes(),
                load_criteria().version,
                work.now,
            )
        except LawError as incomplete:
            raise Refused("R43", str(incomplete)) from None
        work.append(CONTACTS, contact_id, *facts, rule="R43")
        route, row = facts[0].route, facts[0].row
        return {"route": route, "row": row, "version": _version(work, contact_id)}

    return decide


def split(contact_id: UUID, matter: str, words: str) -> Callable[[Work], Answer]:
    """A person found that a matter holds another one: that gets a case of its own (domain 3.1).

    The words stay on the first as they were told. It can be undone by merging the cases.
    """

    def decide(work: Work) -> Answer:
        contact: Contact = work.state(CONTACTS, contact_id)
        sorted_as = contact.matter(matter)
        if sorted_as is None:
            raise Refused("R28", NO_MATTER)
        further = split_off(contact, sorted_as, words, load_rules())
        work.append(CONTACTS, contact_id, further, rule="R15")
        return {
            "matter": further.matter,
            "case_id": str(further.case_id),
            "version": _version(work, contact_id),
        }

    return decide


def _version(work: Work, contact_id: UUID) -> int:
    return work.version(CONTACTS.stream(contact_id))
