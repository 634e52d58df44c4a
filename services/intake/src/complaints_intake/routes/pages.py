"""The pages of the form, made from what was answered so far."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from complaints_chassis.service import Running
from complaints_chassis.web import render, url
from complaints_intake.domain.answers import Answers, Faults, Step, Who, faults
from complaints_intake.repository import Draft
from complaints_intake.routes.common import office_of
from complaints_law.codes import ListName, load_codes
from complaints_law.london import london_day

CHANGE: Final = "change"
"""In the address of a page that was opened to change one answer: then back to the check."""
AGAIN: Final = "again"
"""In the address of a page that is shown again, to say what is wrong or was changed meanwhile."""


def step_page(request: Request, run: Running, step: Step, answers: Answers | None) -> Response:
    """The page of one question; shown again, with what is wrong above it and at the field.

    Without answers the form has not begun, and nothing can be wrong with it yet.
    """
    found = _wrong(step, answers) if answers and AGAIN in request.query_params else {}
    lines = [(field, line) for field, text in found.items() for line in text.split("\n")]
    return render(
        request,
        f"{step}.html",
        answers=answers or Answers(),
        wrong=lambda field: {"html": _lines(found[field])} if field in found else None,
        errors=[{"text": line, "href": f"#{field}"} for field, line in lines],
        back=_back(request, step),
        needs=_needs(run),
    )


def show_again(request: Request, step: Step) -> Response:
    """See the page again (303), with what is wrong.

    A page that answered a form itself would make the browser's way back end at a warning.
    """
    change = f"{CHANGE}=1&" if CHANGE in request.query_params else ""
    return RedirectResponse(f"{url(request, 'step', step=step)}?{change}{AGAIN}=1", 303)


def check_page(request: Request, run: Running, draft: Draft) -> Response:
    """Everything that will be sent; shown again, it says that it is not what was shown before."""
    last = Step.WHO if draft.answers.who is Who.ANONYMOUS else Step.SUPPORT
    return render(
        request,
        "check.html",
        errors=[],
        answers=draft.answers,
        version=draft.version,
        changed=AGAIN in request.query_params,
        back=url(request, "step", step=last),
        needs=dict(_needs(run)),
        office=office_of(request),
    )


def _lines(text: str) -> Markup:
    return Markup("<br>").join(text.split("\n"))


def _wrong(step: Step, answers: Answers) -> Faults:
    if step is Step.FILES and answers.refused:
        return {"files": "\n".join(answers.refused)}
    return faults(step, answers)


def _back(request: Request, step: Step) -> str:
    steps = list(Step)
    if CHANGE in request.query_params:
        return url(request, "check")
    if step is steps[0]:
        return url(request, "start")
    return url(request, "step", step=steps[steps.index(step) - 1])


def _needs(run: Running) -> list[tuple[str, str]]:
    """The adjustments that people are offered (R22), with their words."""
    codes = load_codes(ListName.ADJUSTMENT).on(london_day(run.clock.now()))
    return [(code.code, code.label) for code in codes]
