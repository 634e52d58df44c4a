"""Reviews' streams, what follows from them, and what matching looks up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.aggregate import Aggregate, Lookup, Rows
from complaints_chassis.work import Work
from complaints_contracts.codes import ContactType
from complaints_contracts.reviews import ReviewEvent
from complaints_law.rule_sets import ClockKind
from complaints_reviews.domain.docket import Docket
from complaints_reviews.domain.facts import PersonErased
from complaints_reviews.domain.identity import Identity
from complaints_reviews.domain.matching import KnownCase
from complaints_reviews.domain.review import Review, evolve
from complaints_reviews.tables import copied_cases, copied_people, mentions, reviews


def project(_: str, review: Review) -> Rows:
    """One row for the review, and one for each reference it names."""
    received, kept, matched = review.received, review.kept, review.matched
    if received is None or kept is None:
        return {}
    acknowledge = review.promise(ClockKind.REVIEW_ACKNOWLEDGE)
    complete = review.promise(ClockKind.REVIEW_COMPLETE)
    return {
        reviews: [
            {
                "review_id": received.review_id,
                "version": review.version,
                "contact_id": received.contact_id,
                "reference": received.reference,
                "channel": received.channel,
                "received_at": received.received_at,
                "state": review.state,
                "declared": received.declared,
                "urgency": review.urgency,
                "risks": json.dumps(review.risks),
                "why": review.why,
                "case_id": matched.case_id if matched else None,
                "case_reference": matched.case_reference if matched else None,
                "matched_by": matched.by if matched else None,
                "acknowledgement": review.acknowledgement,
                "instead": review.instead,
                "acknowledge_by": acknowledge.do_by if acknowledge else None,
                "complete_by": complete.do_by if complete else None,
                "messages": len(review.messages),
            }
        ],
        mentions: [{"reference": reference} for reference in dict.fromkeys(kept.mentions)],
    }


REVIEWS: Final = Aggregate(
    "review",
    Review(),
    evolve,
    project=project,
    tables=(reviews, mentions),
    erased=lambda _, person: PersonErased(person_id=person),
    publishes=ReviewEvent,
)


def copy_case(case: KnownCase, work: Work) -> None:
    """Keeps a case and the persons it has, over what was kept of it before."""
    work.copy(
        copied_cases,
        case_id=case.case_id,
        contact_id=case.contact_id,
        reference=case.reference,
        matter=case.matter,
        contact_type=case.contact_type,
        received_at=case.received_at,
    )
    for person in case.persons:
        work.copy(
            copied_people,
            case_id=case.case_id,
            subject=str(person.id),
            acts=person.acts,
            name=person.name,
            email=person.email,
            telephone=person.telephone,
            place=person.place,
        )


async def cases_where(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> list[KnownCase]:
    """The cases a condition on `copied_cases` chooses, with their persons, by matter."""
    query = (
        select(copied_cases, *(c for c in copied_people.c if c.name != "case_id"))
        .join(copied_people, copied_people.c.case_id == copied_cases.c.case_id, isouter=True)
        .where(condition)
        .order_by(copied_cases.c.reference, copied_cases.c.matter, copied_people.c.subject)
    )
    persons: dict[UUID, list[Identity]] = {}
    found: dict[UUID, KnownCase] = {}
    for row in await connection.execute(query):
        of_case = persons.setdefault(row.case_id, [])
        if row.subject is not None:
            of_case.append(
                Identity(
                    id=UUID(row.subject),
                    acts=row.acts,
                    name=row.name,
                    email=row.email,
                    telephone=row.telephone,
                    place=row.place,
                )
            )
        found[row.case_id] = KnownCase(
            case_id=row.case_id,
            contact_id=row.contact_id,
            reference=row.reference,
            matter=row.matter,
            contact_type=ContactType(row.contact_type),
            received_at=row.received_at,
            persons=tuple(of_case),
        )
    return list(found.values())


_WAITING: Final = text(
    "SELECT m.reference, r.review_id FROM mentions m JOIN reviews r USING (stream)"
    " WHERE r.case_id IS NULL AND m.stream IN"
    " (SELECT stream FROM mentions WHERE reference = ANY(CAST(:asked AS text[])))"
)
"""Every reference of the reviews without a case that name one of those asked about."""


async def _docket(connection: AsyncConnection, asked: Set[str]) -> Docket:
    """What is known about references. The lock, held to the end of the transaction, makes a case
    and a review that arrive at the same time elsewhere see one another."""
    if not asked:
        return Docket()
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('matching'))"))
    rows = await connection.execute(_WAITING, {"asked": sorted(asked)})
    waiting = [(row.reference, row.review_id) for row in rows]
    references = sorted(asked | {reference for reference, _ in waiting})
    cases = await cases_where(connection, copied_cases.c.reference.in_(references))
    return Docket(cases, waiting)


def _streams(docket: Docket) -> Iterable[str]:
    return (REVIEWS.stream(id) for id in docket.reviews)


DOCKET: Final = Lookup(_docket, _streams)
"""The cases of the references that a batch speaks of, and the reviews that wait for them."""
