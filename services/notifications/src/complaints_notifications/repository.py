"""Notifications' streams and what follows from them, and the send ledger's SQL."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.aggregate import Aggregate, Lookup, Rows
from complaints_contracts.codes import ContactType, Medium
from complaints_contracts.notices import NoticeEvent, NoticeRefused, NoticeSent, NoticeWithheld
from complaints_law.london import london_day
from complaints_notifications.domain.facts import RecipientErased
from complaints_notifications.domain.notice import Notice, NoticeState, evolve
from complaints_notifications.domain.tokens import token_of
from complaints_notifications.tables import case_references, notices


def project(_: str, notice: Notice) -> Rows:
    """One row for each notice; a task where a person must act."""
    opened, end, composed = notice.opened, notice.end, notice.composed
    if opened is None:
        return {}
    withheld = end if isinstance(end, NoticeWithheld) else None
    refused = end if isinstance(end, NoticeRefused) else None
    sent = end if isinstance(end, NoticeSent) else None
    handed_over = sent or refused
    came_back = notice.came_back
    dates = notice.prepared.dates if notice.prepared else ()
    report = came_back or next(reversed(notice.returned), None)
    instead = (came_back or withheld or refused or opened).instead
    ended_badly = bool(refused or ((withheld or came_back) and instead))
    is_task = ended_badly or notice.state is NoticeState.DELAYED
    return {
        notices: [
            {
                "notice_id": opened.notice_id,
                "contact_id": opened.contact_id,
                "reference": opened.reference,
                "purpose": opened.purpose,
                "case_id": opened.case_id,
                "step_id": opened.step_id,
                "step": opened.told and opened.told.step,
                "medium": None if withheld else Medium.EMAIL,
                "state": notice.state,
                "reason": withheld and withheld.reason,
                "instead": instead if is_task else None,
                "is_task": is_task,
                "attempts": handed_over.attempts if handed_over else 0,
                "uncertain": bool(sent and sent.uncertain),
                "opened_at": opened.at,
                "call_by": notice.prepared and notice.prepared.call_by,
                "complete_by": composed and composed.complete_by,
                "last_day": min((london_day(clock.due_at) for clock in dates), default=None),
                "token": composed and token_of(composed.message_id),
                "returned": report and report.kind,
                "returned_status": report and report.status,
            }
        ]
    }


NOTICES: Final = Aggregate(
    "notice",
    Notice(),
    evolve,
    project=project,
    tables=(notices,),
    erased=lambda _, person: RecipientErased(person_id=person),
    publishes=NoticeEvent,
)


async def _find_notices(connection: AsyncConnection, tokens: Set[str]) -> dict[str, UUID]:
    query = select(notices.c.token, notices.c.notice_id).where(notices.c.token.in_(tokens))
    return {row.token: row.notice_id for row in await connection.execute(query)}


BY_TOKEN: Final = Lookup(
    _find_notices, streams=lambda found: (NOTICES.stream(id) for id in found.values())
)
"""The notices whose mail goes by each of the tokens asked about."""


async def _find_about(connection: AsyncConnection, keys: Set[str]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    ids = [UUID(key) for key in keys]
    if not ids:
        return found
    table = notices.c
    query = select(table.notice_id, table.contact_id, table.case_id).where(
        or_(table.contact_id.in_(ids), table.case_id.in_(ids))
    )
    for row in await connection.execute(query):
        for about in filter(None, (row.contact_id, row.case_id)):
            found.setdefault(about, set()).add(row.notice_id)
    return found


NOTICES_ABOUT: Final = Lookup(
    _find_about, streams=lambda found: (NOTICES.stream(id) for ids in found.values() for id in ids)
)
"""The notices about each contact and case asked about."""


class KnownCase(NamedTuple):
    """What we keep of a case."""

    reference: str
    opened_as: ContactType | None


async def _find_cases(connection: AsyncConnection, keys: Set[str]) -> dict[UUID, KnownCase]:
    if not keys:
        return {}
    query = select(case_references).where(case_references.c.case_id.in_(map(UUID, keys)))
    return {
        row.case_id: KnownCase(row.reference, row.opened_as and ContactType(row.opened_as))
        for row in await connection.execute(query)
    }


KNOWN_CASES: Final = Lookup(_find_cases)
"""What we know of each case asked about."""

DUE: Final = """
SELECT m.notice_id, m.recipient, m.sender, m.message, m.attempts, m.lost, m.queued_at, m.begun_at,
    m.is_step, told.last_hour, told.last_day
FROM mails m, LATERAL (
    SELECT count(*) FILTER (WHERE before.begun_at > :hour) AS last_hour, count(*) AS last_day
    FROM mails before
    WHERE lower(before.recipient) = lower(m.recipient) AND before.begun_at > :day
    AND before.is_step = m.is_step) AS told
WHERE m.state IN ('queued', 'uncertain') AND m.next_at <= :now AND NOT EXISTS (
    SELECT 1 FROM mails earlier
    WHERE lower(earlier.recipient) = lower(m.recipient) AND earlier.number < m.number
    AND earlier.state IN ('queued', 'sending', 'uncertain'))
ORDER BY m.next_at, m.number LIMIT :room FOR UPDATE OF m
"""
"""The earliest open mail of every recipient, where it is due; with what they got of its kind."""

AS_A_QUEUE: Final = """
SELECT set_config(name, 'off', false)
FROM unnest(ARRAY['enable_sort', 'enable_bitmapscan', 'enable_hashjoin']) AS name
"""
"""What PostgreSQL knows of the table's size is from when the queue was empty. Told so, it takes the
first that are due by the index, instead of sorting all that are."""

LEFT: Final = """
SELECT notice_id, attempts, lost, queued_at FROM mails
WHERE state = 'sending' AND notice_id <> ALL(CAST(:ours AS uuid[]))
"""

COMPOSE: Final = """
UPDATE mails m SET sender = made.sender, message_id = made.message_id, message = made.message,
    begun_at = made.now
FROM unnest(CAST(:notice_id AS uuid[]), CAST(:sender AS text[]), CAST(:message_id AS text[]),
    CAST(:message AS bytea[]), CAST(:now AS timestamptz[]))
    AS made(notice_id, sender, message_id, message, now)
WHERE m.notice_id = made.notice_id
"""
INTEND: Final = """
UPDATE mails SET state = 'sending', attempts = attempts + 1
WHERE notice_id = ANY(CAST(:ids AS uuid[]))
"""
CLOSE: Final = """
UPDATE mails SET state = :state, message_id = COALESCE(message_id, :message_id)
WHERE notice_id = :notice_id
"""
RECORD: Final = """
UPDATE mails m SET state = told.state, next_at = told.next_at, lost = m.lost + told.lost,
    last_code = told.code
FROM unnest(CAST(:notice_id AS uuid[]), CAST(:attempts AS integer[]), CAST(:state AS text[]),
    CAST(:next_at AS timestamptz[]), CAST(:lost AS integer[]), CAST(:code AS integer[]))
    AS told(notice_id, attempts, state, next_at, lost, code)
WHERE m.notice_id = told.notice_id AND m.attempts = told.attempts
    AND m.state IN ('sending', 'uncertain')
"""
WAITING: Final = """
SELECT count(*) AS mails, min(queued_at) AS oldest FROM mails
WHERE state IN ('queued', 'sending', 'uncertain')
"""


async def due(connection: AsyncConnection, now: datetime, room: int) -> Sequence[Row[Any]]:
    """Up to `room` mails to send now, at most one for each recipient, in order for each."""
    given = {
        "now": now,
        "hour": now - timedelta(hours=1),
        "day": now - timedelta(days=1),
        "room": room,
    }
    return (await connection.execute(text(DUE), given)).all()


async def plan_as_queue(connection: AsyncConnection) -> None:
    """Has `due` look at no more mails than it takes, for as long as the connection lasts."""
    await connection.execute(text(AS_A_QUEUE))


async def left_sending(connection: AsyncConnection, ours: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Mails that somebody who is gone was sending: nobody knows whether they were taken."""
    return (await connection.execute(text(LEFT), {"ours": list(ours)})).all()


async def compose(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps the bytes of mails, before they are sent for the first time."""
    if rows:
        await connection.execute(text(COMPOSE), _columns(rows))


async def intend(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Says that these are about to be sent, once more."""
    if ids:
        await connection.execute(text(INTEND), {"ids": list(ids)})


async def close(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Ends mails that will not be sent."""
    if rows:
        await connection.execute(text(CLOSE), rows)


async def record(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Says what became of attempts; one that somebody else has taken further is left alone."""
    if rows:
        await connection.execute(text(RECORD), _columns(rows))


async def waiting(connection: AsyncConnection) -> Row[Any]:
    """How many mails are not done with, and since when the oldest waits."""
    return (await connection.execute(text(WAITING))).one()


def _columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
