"""The end of a form: check everything, send it once, see that it has arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from complaints_chassis.service import Run
from complaints_chassis.web import csrf_checked, public, redirect, render, url
from complaints_intake.attachments import keep_words
from complaints_intake.domain.answers import Kind, sent
from complaints_intake.domain.faults import first_open
from complaints_intake.domain.form import submission
from complaints_intake.domain.promise import first_call_by
from complaints_intake.domain.review import review_times
from complaints_intake.handlers import receipt_code, receive
from complaints_intake.routes.common import limited, office_of, prefix_of, today
from complaints_intake.routes.drafts import open_draft
from complaints_intake.routes.kinds import FORM
from complaints_intake.routes.pages import AGAIN, check_page
from complaints_intake.tables import drafts

router = APIRouter(prefix=FORM, dependencies=[public], include_in_schema=False)

MIN_TIME: Final = timedelta(seconds=8)
"""From the first page that was filled in to sending: nobody reads and answers the rest faster."""


@router.get("/check", name="check")
async def check(request: Request, run: Run, kind: Kind) -> Response:
    """Everything that will be sent."""
    draft = await open_draft(request, run, kind)
    if draft.answers.sent:
        return redirect(request, "sent", kind=kind)
    if step := first_open(draft.answers, today(run)):
        return redirect(request, "step", kind=kind, step=step)
    return check_page(request, run, draft)


@router.post("/check", name="send", dependencies=[limited, csrf_checked])
async def send(request: Request, run: Run, kind: Kind, version: Annotated[int, Form()]) -> Response:
    """Sends the form, once; what was changed after the page was opened is shown first."""
    draft = await open_draft(request, run, kind)
    answers = draft.answers
    if answers.sent:
        return redirect(request, "sent", kind=kind)
    if step := first_open(answers, today(run)):
        return redirect(request, "step", kind=kind, step=step)
    if version != draft.version:
        return RedirectResponse(f"{url(request, 'check', kind=kind)}?{AGAIN}=1", 303)
    words, words_file = await keep_words(run, answers.words)
    too_fast = run.clock.now() - draft.started_at < MIN_TIME
    prefix = prefix_of(request)
    await receive(
        run,
        draft.contact_id,
        submission(answers, words, words_file, draft.person_id, uuid4(), too_fast, prefix),
        prefix=prefix,
        actor="public",
        receipt_code=receipt_code(run, draft.contact_id),
        besides=lambda work, received: work.copy(
            drafts, **draft.row(sent(answers, received.reference, received.received_at))
        ),
    )
    return redirect(request, "sent", kind=kind)


@router.get("/sent", name="sent")
async def confirmation(request: Request, run: Run, kind: Kind) -> Response:
    """The reference, the receipt code, and what happens next."""
    draft = await open_draft(request, run, kind)
    done = draft.answers.sent
    if done is None:
        return redirect(request, "check", kind=kind)
    office = office_of(request)
    return render(
        request,
        f"{kind}-sent.html",
        sent=done,
        code=receipt_code(run, draft.contact_id),
        call_by=first_call_by(done.received_at, office),
        times=review_times(today(run)),
        office=office,
    )
