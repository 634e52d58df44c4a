"""The API: send a contact, and for staff, what became of it here."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from complaints_chassis.commands import Once
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal, Problem, Role, public, requires
from complaints_chassis.web.rights import Right
from complaints_contracts.codes import Channel, Consent
from complaints_contracts.parts import FileRef, Matter, ReviewAsked
from complaints_intake import queries
from complaints_intake.attachments import (
    MAX_FILE_BYTES,
    UNKNOWN,
    keep,
    keep_words,
    media_type,
)
from complaints_intake.domain.contact import EARLIEST_MADE, Submission
from complaints_intake.domain.reference import NotAReference, parse_reference, references_in
from complaints_intake.domain.review import references_on_letter
from complaints_intake.domain.text import MAX_WORDS_BYTES
from complaints_intake.handlers import receipt_code, receive
from complaints_intake.routes.common import limited, other_ways, prefix_of, today
from complaints_intake.routes.sent import SentContact, SentFile, SentPerson, size_of

router = APIRouter(prefix="/api/contacts", tags=["contacts"])

STAFF: Final = requires(Role.ADVISER, Role.TEAM_LEADER, Role.OPERATIONS)
TAKERS: Final = Right(frozenset({Role.ADVISER, Role.TEAM_LEADER}))
"""Who may say how a contact reached the office, and is then named as the one who took it."""


class Accepted(BaseModel):
    """The contact is ours now. The receipt code proves that you sent it: it is kept nowhere."""

    contact_id: UUID
    reference: str
    receipt_code: str
    received_at: datetime


class Contact(BaseModel):
    """A contact as it came in, without anything personal."""

    contact_id: UUID
    reference: str
    channel: Channel
    received_at: datetime


@router.post("", status_code=202, dependencies=[public, limited])
async def send(
    request: Request,
    run: Run,
    sent: SentContact,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Accepted:
    """Sends a contact.

    Everybody may. With an access token of an adviser or a team leader it is one that they took:
    only they say that it came by another channel than WEB, that it was made before now, or that
    somebody's consent was seen.

    The same `Idempotency-Key` with the same body gives the same answer for 7 days, with another
    body 409. Without the header every request is a contact of its own.
    """
    taker = await TAKERS(request) if "authorization" in request.headers else None
    if taker is None:
        _refuse_for_public(sent)
    submission = await _submission(request, run, sent, taker)
    contact_id = uuid4()
    receipt = await receive(
        run,
        contact_id,
        submission,
        prefix=prefix_of(request),
        actor=taker.subject if taker else "public",
        receipt_code=receipt_code(run, contact_id),
        once=Once(f"api:{idempotency_key}", await request.body()) if idempotency_key else None,
    )
    return Accepted(
        contact_id=receipt.contact_id,
        reference=receipt.reference,
        receipt_code=receipt_code(run, receipt.contact_id),
        received_at=receipt.received_at,
    )


def _refuse_for_public(sent: SentContact) -> None:
    """Raises `Problem` 403 for what only staff may say."""
    claims = {
        f"#/persons/{number}/representation/consent": "only staff say that consent was seen; "
        "leave it out, and add the consent as an attachment"
        for number, person in enumerate(sent.persons)
        if person.representation and person.representation.consent is not Consent.NONE
    }
    if sent.channel is not Channel.WEB:
        claims["#/channel"] = "only staff say another channel than WEB; leave it out"
    if sent.made_at:
        claims["#/made_at"] = "only staff say that it was made before now; leave it out"
    if claims:
        raise Problem(
            403,
            "This says what only the office's staff may say. Nothing was saved.",
            action="Leave out what is listed, or send the access token of the adviser or team "
            "leader who took the contact.",
            errors=_listed(claims),
        )


async def _submission(
    request: Request, run: Running, sent: SentContact, taker: Principal | None
) -> Submission:
    """What was sent, with its files kept. Raises `Problem` 422 naming all that is wrong."""
    prefix = prefix_of(request)
    faults = {}
    mentions = []
    for number, written in enumerate(sent.mentions):
        try:
            mentions.append(parse_reference(prefix, written))
        except NotAReference as error:
            faults[f"#/mentions/{number}"] = str(error)
    if sent.review and sent.review.outcome_on and sent.review.outcome_on > today(run):
        faults["#/review/outcome_on"] = "is in the future; give the date on the outcome letter"
    if sent.made_at and not EARLIEST_MADE <= sent.made_at <= run.clock.now():
        faults["#/made_at"] = f"give a time that has passed, in {EARLIEST_MADE.year} or later"
    contents: list[bytes] = []
    for number, file in enumerate(sent.attachments):
        content, fault = _read(file)
        contents.append(content)
        if fault:
            faults[f"#/attachments/{number}/content"] = fault
    if faults:
        raise Problem(
            422,
            action=f"Correct what is listed and send it again. {other_ways(request)}",
            errors=_listed(faults),
        )
    room = MAX_WORDS_BYTES - size_of(sent.matters)
    words, words_file = await keep_words(run, sent.words, room)
    review = None
    if sent.review:
        ours, force_reference = references_on_letter(prefix, sent.review.reference or "")
        mentions += ours
        review = ReviewAsked(
            force_reference=force_reference,
            outcome_on=sent.review.outcome_on,
            grounds=tuple(dict.fromkeys(sent.review.grounds)),
        )
    mentions += references_in(prefix, words)
    return Submission(
        channel=sent.channel,
        persons=tuple(p.person(sent.anonymous) for p in sent.persons or (SentPerson(),)),
        words=words,
        title=sent.title or None,
        words_file=words_file,
        attachments=await _keep(run, sent.attachments, contents),
        made_at=sent.made_at,
        anonymous=sent.anonymous,
        declared=sent.declared,
        mentions=tuple(dict.fromkeys(mentions)),
        matters=tuple(
            Matter(number=str(number), words=told)
            for number, told in enumerate(sent.matters, start=1)
        ),
        review=review,
        taken_by=taker.subject if taker else None,
        dated_on=sent.dated_on,
    )


async def _keep(
    run: Running, sent: tuple[SentFile, ...], contents: list[bytes]
) -> tuple[FileRef, ...]:
    return tuple([await keep(run, f.name, c) for f, c in zip(sent, contents, strict=True)])


def _read(file: SentFile) -> tuple[bytes, str | None]:
    """The bytes of a file, and why it cannot be taken."""
    try:
        content = base64.b64decode(file.content, validate=True)
    except binascii.Error:
        return b"", "this is not base64"
    if not content:
        return content, "this file is empty"
    if len(content) > MAX_FILE_BYTES:
        return content, f"this file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
    if media_type(content) == UNKNOWN:
        return content, "send photos, sound, video, PDF, text or office documents"
    return content, None


def _listed(faults: dict[str, str]) -> list[dict[str, str]]:
    return [{"in": "body", "pointer": at, "detail": fault} for at, fault in faults.items()]


@router.get("/{which}", dependencies=[STAFF])
async def show(request: Request, run: Run, which: str) -> Contact:
    """One contact, by its reference, however it is written, or by its id."""
    try:
        row = await queries.by_id(run.engine, UUID(which))
    except ValueError:
        try:
            reference = parse_reference(prefix_of(request), which)
        except NotAReference as error:
            raise Problem(404, str(error)) from None
        row = await queries.by_reference(run.engine, reference)
    if row is None:
        raise Problem(404)
    return Contact.model_validate(row, from_attributes=True)
