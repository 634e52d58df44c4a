"""The web form: one thing on each page, kept between pages (R1, R17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from complaints_chassis.service import Run
from complaints_chassis.web import Problem, csrf_checked, public, redirect, render
from complaints_contracts.codes import Adjustment, ReachBy
from complaints_intake.domain.answers import (
    Answers,
    Step,
    Who,
    faults,
    first_open,
    following,
)
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.repository import change_draft, new_draft
from complaints_intake.routes.common import limited, office_of
from complaints_intake.routes.drafts import draft_of, forget, open_draft, remember
from complaints_intake.routes.pages import CHANGE, show_again, step_page

router = APIRouter(dependencies=[public], include_in_schema=False)

REACHABLE_BY: Final = (ReachBy.EMAIL, ReachBy.TELEPHONE, ReachBy.LETTER, ReachBy.NOT_AT_ALL)
ELSEWHERE: Final = "https://www.bbc.co.uk/weather"
"""Where `Exit this page` leads: the address GOV.UK's component names for it."""


@router.get("/", name="start")
async def start(request: Request) -> Response:
    """What this service is for, and where to turn when it is urgent."""
    return render(request, "start.html", office=office_of(request))


@router.get("/leave", name="leave")
async def leave(request: Request) -> Response:
    """Goes elsewhere at once, and lets nobody at this browser see what was typed (R23)."""
    response = RedirectResponse(ELSEWHERE, status_code=303)
    forget(request, response)
    return response


@router.get("/form/{step}", name="step")
async def show(request: Request, run: Run, step: str) -> Response:
    """One question, with what was answered before."""
    asked = _step(step)
    if asked is Step.WHAT_HAPPENED:
        begun = await draft_of(request, run)
        answers = None if begun is None or begun.answers.sent else begun.answers
        return step_page(request, run, asked, answers)
    draft = await open_draft(request, run)
    if draft.answers.sent:
        return redirect(request, "sent")
    return step_page(request, run, asked, draft.answers)


@router.post("/form/{step}", dependencies=[limited, csrf_checked])
async def answer(request: Request, run: Run, step: str) -> Response:
    """Keeps what was answered, right or not, and goes on to the next question when it is right."""
    asked = _step(step)
    if asked is Step.WHAT_HAPPENED:
        draft = await draft_of(request, run)
        if draft is None or draft.answers.sent:
            draft = new_draft(run.clock.now())
    else:
        draft = await open_draft(request, run)
    form = await request.form()
    draft = await change_draft(
        run.engine, draft, lambda answers: _read(asked, form, answers), run.clock.now()
    )
    if draft.answers.sent:
        return redirect(request, "sent")
    found = faults(asked, draft.answers)
    if found and not (asked is Step.WHAT_HAPPENED and form.get("then") == "files"):
        response = show_again(request, asked)
    else:
        response = onward(request, asked, draft.answers)
    remember(request, response, draft)
    return response


def onward(request: Request, step: Step, answers: Answers) -> Response:
    """See the next question; after a change the next open one; after the last the check."""
    changing = CHANGE in request.query_params
    after = first_open(answers) if changing else following(step, answers)
    return redirect(request, "step", step=after) if after else redirect(request, "check")


def _step(name: str) -> Step:
    try:
        return Step(name)
    except ValueError:
        raise Problem(404) from None


def _read(step: Step, form: FormData, answers: Answers) -> Answers:
    """The answers with those of one page."""

    def typed(field: str) -> str:
        value = form.get(field)
        return value if isinstance(value, str) else ""

    given: Mapping[str, object] = {}
    match step:
        case Step.WHAT_HAPPENED:
            given = {"words": clean(typed("words")), "hidden": bool(typed("website"))}
        case Step.WHO:
            given = {"who": Who(typed("who")) if typed("who") in set(Who) else None}
        case Step.NAME:
            given = {
                "name": clean_line(typed("name")),
                "affected_name": clean_line(typed("affected_name")),
            }
        case Step.CONTACT:
            chosen = typed("reach_by")
            given = {
                "reach_by": ReachBy(chosen) if chosen in REACHABLE_BY else None,
                "email": clean_line(typed("email")),
                "telephone": clean_line(typed("telephone")),
                "address": clean(typed("address")),
            }
        case Step.SUPPORT:
            ticked = form.getlist("needs")
            given = {
                "needs": tuple(need for need in Adjustment if need in ticked),
                "safe_contact": clean(typed("safe_contact")),
            }
    return answers.model_copy(update=given)
