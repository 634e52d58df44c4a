"""The API: send a contact, and for staff, what became of it here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from complaints_chassis.commands import Once
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Problem, Role, public, requires
from complaints_contracts.codes import Adjustment, Channel, Code, PersonRole, ReachBy
from complaints_contracts.event import Instant
from complaints_contracts.parts import FileRef, Person
from complaints_intake import queries
from complaints_intake.attachments import (
    MAX_FILE_BYTES,
    MAX_FILES,
    UNKNOWN,
    keep,
    keep_words,
    media_type,
)
from complaints_intake.domain.contact import Submission
from complaints_intake.domain.person import make_person
from complaints_intake.domain.reference import NotAReference, parse_reference
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.handlers import receipt_code, receive
from complaints_intake.routes.common import limited, other_ways, prefix_of

router = APIRouter(prefix="/api/contacts", tags=["contacts"])

STAFF: Final = requires(Role.ADVISER, Role.TEAM_LEADER, Role.OPERATIONS)


def _storable(tidy: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: tidy(value) if isinstance(value, str) else value)


def _listed(codes: type[Code]) -> BeforeValidator:
    """Only what the list has: a sender can correct a code, unlike whoever reads an event."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in list(codes):
            raise ValueError(f"should be one of {', '.join(codes)}")
        return value

    return BeforeValidator(check)


Line = Annotated[str, _storable(clean_line), Field(max_length=320)]
Text = Annotated[str, _storable(clean), Field(max_length=2000)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SentPerson(_Sent):
    """Somebody in a contact, and how they want to be reached; everything may be left out."""

    role: Annotated[PersonRole, _listed(PersonRole)] = PersonRole.COMPLAINANT
    name: Line | None = None
    email: Line | None = None
    telephone: Line | None = None
    address: Text | None = None
    reach_by: Annotated[ReachBy | None, _listed(ReachBy)] = Field(
        default=None, description="Where none is given: the first of email, telephone, letter"
    )
    needs: tuple[Annotated[Adjustment, _listed(Adjustment)], ...] = Field(
        default=(), max_length=len(Adjustment)
    )
    safe_contact: Text | None = Field(
        default=None, description="What to know before getting in touch: times, language, safety"
    )

    def person(self, anonymous: bool) -> Person:
        """The person; who says neither a wish nor a way is for somebody to read (R22, R23)."""
        return make_person(self, uuid4(), anonymous=anonymous)


class SentFile(_Sent):
    """A file; its type is found from its content."""

    name: Line
    content: str = Field(description=f"In base64; at most {MAX_FILE_BYTES} bytes")


class SentContact(_Sent):
    """A contact: some words, or a file. Everything else may be left out."""

    words: Annotated[str, _storable(clean)] = ""
    title: Line | None = None
    channel: Annotated[Channel, _listed(Channel)] = Channel.WEB
    made_at: Instant | None = Field(
        default=None, description="When it was made, where somebody else took it first"
    )
    persons: tuple[SentPerson, ...] = Field(
        default=(), max_length=5, description="The first is the one who got in touch"
    )
    anonymous: bool = False
    attachments: tuple[SentFile, ...] = Field(default=(), max_length=MAX_FILES)

    @model_validator(mode="after")
    def _says_something(self) -> SentContact:
        if not self.words and not self.attachments:
            raise ValueError("give some words, or at least one attachment")
        return self


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

    The same `Idempotency-Key` with the same body gives the same answer for 7 days, with another
    body 409. Without the header every request is a contact of its own.
    """
    words, words_file = await keep_words(run, sent.words)
    submission = Submission(
        channel=sent.channel,
        persons=tuple(p.person(sent.anonymous) for p in sent.persons or (SentPerson(),)),
        words=words,
        title=sent.title or None,
        words_file=words_file,
        attachments=await _keep(request, run, sent.attachments),
        made_at=sent.made_at,
        anonymous=sent.anonymous,
    )
    contact_id = uuid4()
    receipt = await receive(
        run,
        contact_id,
        submission,
        prefix=prefix_of(request),
        actor="public",
        receipt_code=receipt_code(run, contact_id),
        once=Once(f"api:{idempotency_key}", await request.body()) if idempotency_key else None,
    )
    return Accepted(
        contact_id=receipt.contact_id,
        reference=receipt.reference,
        receipt_code=receipt_code(run, receipt.contact_id),
        received_at=receipt.received_at,
    )


async def _keep(request: Request, run: Running, sent: tuple[SentFile, ...]) -> tuple[FileRef, ...]:
    contents = [_checked(request, number, file) for number, file in enumerate(sent)]
    return tuple([await keep(run, f.name, c) for f, c in zip(sent, contents, strict=True)])


def _checked(request: Request, number: int, file: SentFile) -> bytes:
    try:
        content = base64.b64decode(file.content, validate=True)
    except binascii.Error:
        content, fault = b"", "this is not base64"
    else:
        if not content:
            fault = "this file is empty"
        elif len(content) > MAX_FILE_BYTES:
            fault = f"this file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
        elif media_type(content) == UNKNOWN:
            fault = "send photos, sound, video, PDF, text or office documents"
        else:
            return content
    pointer = f"#/attachments/{number}/content"
    errors = [{"in": "body", "pointer": pointer, "detail": fault}]
    raise Problem(
        422,
        action=f"Correct what is listed and send it again. {other_ways(request)}",
        errors=errors,
    )


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
