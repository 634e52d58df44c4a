"""The pages of a form, made from what was answered so far."""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from complaints_chassis.service import Running
from complaints_chassis.web import render, url
from complaints_intake.domain.answers import STEPS, Answers, Kind, Step, Who
from complaints_intake.domain.faults import Faults, faults
from complaints_intake.domain.review import is_late, review_times
from complaints_intake.repository import Draft
from complaints_intake.routes.common import office_of, today
from complaints_law.codes import ListName, load_codes

CHANGE: Final = "change"
"""In the address of a page that was opened to change one answer: then back to the check."""
AGAIN: Final = "again"
"""In the address of a page that is shown again, to say what is wrong or was changed meanwhile."""


def step_page(
    request: Request, run: Running, kind: Kind, step: Step, answers: Answers | None
) -> Response:
    """The page of one question; shown again, with what is wrong above it and at the field.

    Without answers the form has not begun, and nothing can be wrong with it yet.
    """
    is_again = answers and AGAIN in request.query_params
    found = _wrong(step, answers, today(run)) if answers and is_again else {}
    lines = [(field, line) for field, text in found.items() for line in text.split("\n")]
    answers = answers or Answers(kind=kind)
    return render(
        request,
        f"{step}.html",
        kind=kind,
        answers=answers,
        wrong=lambda field: {"html": _lines(found[field])} if field in found else None,
        errors=[{"text": line, "href": f"#{field}"} for field, line in lines],
        back=_back(request, kind, step),
        labels=lambda name: _labels(run, name),
        late=is_late(answers.letter_date.value, today(run)),
        times=review_times(today(run)),
    )


def show_again(request: Request, kind: Kind, step: Step) -> Response:
    """See the page again (303), with what is wrong.

    A page that answered a form itself would make the browser's way back end at a warning.
    """
    change = f"{CHANGE}=1&" if CHANGE in request.query_params else ""
    address = url(request, "step", kind=kind, step=step)
    return RedirectResponse(f"{address}?{change}{AGAIN}=1", 303)


def check_page(request: Request, run: Running, draft: Draft) -> Response:
    """Everything that will be sent; shown again, it says that it is not what was shown before."""
    kind = draft.answers.kind
    last = Step.WHO if draft.answers.who is Who.ANONYMOUS else STEPS[kind][-1]
    return render(
        request,
        "check.html",
        kind=kind,
        errors=[],
        answers=draft.answers,
        version=draft.version,
        changed=AGAIN in request.query_params,
        back=url(request, "step", kind=kind, step=last),
        labels=lambda name: _labels(run, name),
        office=office_of(request),
    )


def _lines(text: str) -> Markup:
    return Markup("<br>").join(text.split("\n"))


def _wrong(step: Step, answers: Answers, on: date) -> Faults:
    if step is Step.FILES and answers.refused:
        return {"files": "\n".join(answers.refused)}
    return faults(step, answers, on)


def _back(request: Request, kind: Kind, step: Step) -> str:
    steps = STEPS[kind]
    if CHANGE in request.query_params:
        return url(request, "check", kind=kind)
    if step is steps[0]:
        return url(request, "review_start" if kind is Kind.REVIEW else "start")
    return url(request, "step", kind=kind, step=steps[steps.index(step) - 1])


def _labels(run: Running, name: str) -> dict[str, str]:
    """The codes of a list that people are offered (R22), with their words."""
    return {code.code: code.label for code in load_codes(ListName(name)).on(today(run))}
