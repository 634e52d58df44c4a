"""Which form a browser is filling in: a cookie with a random token for each kind, and no more."""

from __future__ import annotations

from fastapi import Request, Response

from complaints_chassis.service import Running
from complaints_chassis.web import Problem, url
from complaints_chassis.web.cookies import Cookie, cookie_name, is_secure
from complaints_intake.domain.answers import STEPS, Kind
from complaints_intake.repository import Draft, find_draft
from complaints_intake.routes.common import other_ways


async def draft_of(request: Request, run: Running, kind: Kind) -> Draft | None:
    """The form of this browser, if it has one that is not too old."""
    token = request.cookies.get(_cookie(request, kind))
    draft = await find_draft(run.engine, token, run.clock.now()) if token else None
    return draft if draft and draft.answers.kind is kind else None


async def open_draft(request: Request, run: Running, kind: Kind) -> Draft:
    """The form of this browser, for a page that goes on with it.

    Raises:
        Problem: 410, where there is none.
    """
    draft = await draft_of(request, run, kind)
    if draft is None:
        raise gone(request, kind)
    return draft


def remember(request: Request, response: Response, draft: Draft) -> None:
    """Lets this browser come back to its form, until it is closed."""
    name = _cookie(request, draft.answers.kind)
    Cookie(name, draft.token, is_secure(request)).set_on(response)


def forget(request: Request, response: Response) -> None:
    """Lets nobody at this browser come back to any form."""
    for kind in Kind:
        response.delete_cookie(
            _cookie(request, kind), path="/", secure=is_secure(request), httponly=True
        )


def gone(request: Request, kind: Kind) -> Problem:
    """What is said where the form of this browser is no longer there."""
    return Problem(
        410,
        "We keep a form that was not sent for 24 hours, while its browser is open, and then delete "
        "it. This one is no longer here, and nothing has been sent to us.",
        title="Start the form again",
        action=f"Go back to copy what you typed, then start again. {other_ways(request)}",
        link=("Start again", url(request, "step", kind=kind, step=STEPS[kind][0])),
    )


def _cookie(request: Request, kind: Kind) -> str:
    return cookie_name(request, f"{kind}-draft")
