"""The web forms: one thing on each page, kept between pages (R1, R17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from complaints_chassis.service import Run, Running
from complaints_chassis.web import Problem, csrf_checked, public, redirect
from complaints_contracts.codes import Adjustment, ReachBy, ReviewGround
from complaints_intake.domain.answers import STEPS, Answers, Kind, Step, Who, following
from complaints_intake.domain.faults import faults, first_open
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.domain.typed_date import TypedDate
from complaints_intake.repository import change_draft, new_draft
from complaints_intake.routes.common import limited, today
from complaints_intake.routes.drafts import draft_of, open_draft, remember
from complaints_intake.routes.kinds import FORM
from complaints_intake.routes.pages import CHANGE, show_again, step_page

router = APIRouter(prefix=FORM, dependencies=[public], include_in_schema=False)

REACHABLE_BY: Final = (ReachBy.EMAIL, ReachBy.TELEPHONE, ReachBy.LETTER, ReachBy.NOT_AT_ALL)


@router.get("/{step}", name="step")
async def show(request: Request, run: Run, kind: Kind, step: str) -> Response:
    """One question, with what was answered before."""
    asked = _step(kind, step)
    if _begins(kind, asked):
        begun = await draft_of(request, run, kind)
        answers = None if begun is None or begun.answers.sent else begun.answers
        return step_page(request, run, kind, asked, answers)
    draft = await open_draft(request, run, kind)
    if draft.answers.sent:
        return redirect(request, "sent", kind=kind)
    return step_page(request, run, kind, asked, draft.answers)


@router.post("/{step}", dependencies=[limited, csrf_checked])
async def answer(request: Request, run: Run, kind: Kind, step: str) -> Response:
    """Keeps what was answered, right or not, and goes on to the next question when it is right."""
    asked = _step(kind, step)
    if _begins(kind, asked):
        draft = await draft_of(request, run, kind)
        if draft is None or draft.answers.sent:
            draft = new_draft(kind, run.clock.now())
    else:
        draft = await open_draft(request, run, kind)
    form = await request.form()
    draft = await change_draft(
        run.engine, draft, lambda answers: _read(asked, form, answers), run.clock.now()
    )
    if draft.answers.sent:
        return redirect(request, "sent", kind=kind)
    found = faults(asked, draft.answers, today(run))
    if found and not (asked is Step.WHAT_HAPPENED and form.get("then") == "files"):
        response = show_again(request, kind, asked)
    else:
        response = onward(request, run, asked, draft.answers)
    remember(request, response, draft)
    return response


def onward(request: Request, run: Running, step: Step, answers: Answers) -> Response:
    """See the next question; after a change the next open one; after the last the check."""
    changing = CHANGE in request.query_params
    after = first_open(answers, today(run)) if changing else following(step, answers)
    if after is None:
        return redirect(request, "check", kind=answers.kind)
    return redirect(request, "step", kind=answers.kind, step=after)


def _begins(kind: Kind, step: Step) -> bool:
    """Whether a form begins with this page, so that none has to be there."""
    return step is STEPS[kind][0]


def _step(kind: Kind, name: str) -> Step:
    """The page of this form that has this address; raises `Problem` 404."""
    for step in STEPS[kind]:
        if step == name:
            return step
    raise Problem(404)


def _read(step: Step, form: FormData, answers: Answers) -> Answers:
    """The answers with those of one page."""

    def typed(field: str) -> str:
        value = form.get(field)
        return value if isinstance(value, str) else ""

    given: Mapping[str, object] = {}
    match step:
        case Step.WHAT_HAPPENED:
            given = {"words": clean(typed("words")), "hidden": bool(typed("website"))}
        case Step.REFERENCE:
            given = {"reference": clean_line(typed("reference"))}
        case Step.LETTER_DATE:
            parts = {part: clean_line(typed(f"letter_date-{part}")) for part in TypedDate.PARTS}
            given = {"letter_date": TypedDate(**parts)}
        case Step.WHAT_WAS_WRONG:
            chosen = form.getlist("grounds")
            given = {
                "grounds": tuple(ground for ground in ReviewGround if ground in chosen),
                "words": clean(typed("words")),
                "hidden": bool(typed("website")),
            }
        case Step.WHO:
            given = {"who": Who(typed("who")) if typed("who") in set(Who) else None}
        case Step.NAME:
            given = {
                "name": clean_line(typed("name")),
                "affected_name": clean_line(typed("affected_name")),
            }
        case Step.CONTACT:
            by = typed("reach_by")
            given = {
                "reach_by": ReachBy(by) if by in REACHABLE_BY else None,
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
