"""Recording that somebody was reached, or could not be: an API, and the form on the case page."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Header, Request, Response
from pydantic import BaseModel, Field

from complaints_casework.domain.case import concerns_attempt
from complaints_casework.domain.facts import How
from complaints_casework.handlers import contact_attempt
from complaints_casework.repository import CASES
from complaints_casework.routes.cases import show
from complaints_casework.routes.common import Office, Staff, read_case
from complaints_casework.wording import HAPPENED
from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer, IfMatch, Once
from complaints_chassis.errors import Stale
from complaints_chassis.journal import Cause
from complaints_chassis.private import Erased
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal, Problem, redirect
from complaints_contracts.event import Fact, Model

router = APIRouter()

LONGEST_NOTE: Final = 5000
_ETAG: Final = re.compile(r'"([1-9][0-9]{0,8})"')


class SentAttempt(Model):
    """What came of reaching out to the person."""

    made: bool = Field(description="Whether the person was reached")
    how: How
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)


class Recorded(BaseModel):
    """What was recorded, and the version of the case with it."""

    recorded: str
    version: int


@router.post("/api/cases/{case_id}/contact-attempts", status_code=201, tags=["cases"])
async def api_record(
    request: Request,
    response: Response,
    case_id: UUID,
    sent: SentAttempt,
    run: Run,
    office: Office,
    principal: Staff,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Recorded:
    """Records a call or another attempt (R12).

    `If-Match` is the ETag of the case as it was read; what happened since and does not concern an
    attempt is no obstacle. The same `Idempotency-Key` gives the same answer for 7 days.
    """
    version = _version(if_match)
    if idempotency_key is None:
        raise Problem(
            400,
            "The header Idempotency-Key is missing, so a repeated request could record it twice.",
            action="Send a key of your own making, and the same one when you repeat the request.",
        )
    case, _ = await read_case(run, office, principal, case_id)
    if version > case.version:
        raise _not_an_etag()
    body = b"%d %s" % (version, await request.body())
    try:
        answer = await _record(
            run, principal, case_id, sent, version, f"api:{idempotency_key}", body
        )
    except Stale as stale:
        raise Problem(
            409,
            f"Since you read this case: {'; '.join(_news(stale))}.",
            title="The case has changed",
            action="Read the case again. If your attempt is still to be recorded, send it with "
            "the new ETag and a new Idempotency-Key.",
            rule=stale.rule,
            events=stale.events,
        ) from None
    response.headers["ETag"] = f'"{answer["version"]}"'
    return Recorded.model_validate(answer)


@router.post("/cases/{case_id}/contact-attempts", name="record_attempt", include_in_schema=False)
async def record(
    request: Request,
    case_id: UUID,
    run: Run,
    office: Office,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
    made: Annotated[str, Form()] = "",
    how: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """The form on the case page."""
    await read_case(run, office, principal, case_id)
    note = note.replace("\0", "").strip()
    given = {"made": made, "how": how, "note": note}
    faults = {}
    if made not in ("yes", "no"):
        faults["made"] = "Select whether you reached them"
    if how not in list(How):
        faults["how"] = "Select how you tried to reach them"
    if len(note) > LONGEST_NOTE:
        faults["note"] = f"Shorten the note to {LONGEST_NOTE} characters"
    if faults:
        return await show(request, principal, case_id, status=422, sent=given, faults=faults)
    sent = SentAttempt(made=made == "yes", how=How(how), note=note or None)
    try:
        body = sent.model_dump_json().encode()
        await _record(run, principal, case_id, sent, version, f"form:{once}", body)
    except Stale as stale:
        news = _news(stale)
        return await show(request, principal, case_id, status=409, sent=given, news=news)
    return redirect(request, "case", case_id=case_id)


async def _record(
    run: Running,
    principal: Principal,
    case_id: UUID,
    sent: SentAttempt,
    version: int,
    key: str,
    body: bytes,
) -> Answer:
    stream = CASES.stream(case_id)
    return await run.commands.run(
        Needs(streams=(stream,)),
        contact_attempt(case_id, made=sent.made, how=sent.how, note=sent.note),
        Cause(actor=principal.subject, rule="R12"),
        once=Once(f"{principal.subject}:{stream}:{key}", body),
        if_match=IfMatch(stream, version, _concerns),
    )


def _concerns(fact: Fact) -> bool:
    """Also that a person was erased from this case together with another one."""
    return concerns_attempt(fact) or isinstance(fact, Erased)


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise Problem(
            428,
            "The header If-Match is missing, so what you write could rest on an old page.",
            title="Say which version you have read",
            action='Read the case, and send its ETag (such as "4") as If-Match.',
        )
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise _not_an_etag()
    return int(found[1])


def _not_an_etag() -> Problem:
    return Problem(
        400,
        "The header If-Match is not an ETag of this case.",
        action='Send the ETag of the case as you read it, with its quotes, such as "4".',
    )


def _news(stale: Stale) -> list[str]:
    return [HAPPENED[type].lower() for type in dict.fromkeys(stale.events)]
