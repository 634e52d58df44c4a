"""Errors as people and programs can use them: a calm page, or RFC 9457 problem details.

Neither holds a stack trace, and neither repeats what was sent (S14): it may be personal.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from complaints_chassis.errors import Conflict, Refused, Stale, TooLarge, Transient
from complaints_chassis.plain import plain
from complaints_chassis.web.pages import render
from complaints_chassis.web.problems import Problem
from complaints_chassis.web.site import wants_page

logger = logging.getLogger(__name__)


def install_errors(app: FastAPI) -> None:
    """Answer every error of `app` with a page or a problem document."""
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(Conflict, _on_conflict)
    app.add_exception_handler(TooLarge, _on_too_large)
    app.add_middleware(CatchErrors)


def respond(request: Request, problem: Problem) -> Response:
    """`problem` in the form that whoever asked can use."""
    if wants_page(request):
        layout = "staff" if getattr(request.state, "principal", None) else "public"
        return render(
            request,
            "error.html",
            status=problem.status_code,
            headers=dict(problem.headers or {}),
            problem=problem,
            layout=f"layouts/{layout}.html",
        )
    return JSONResponse(
        {
            "type": "about:blank",
            "title": HTTPStatus(problem.status_code).phrase,
            "status": problem.status_code,
            "detail": problem.detail,
            "action": problem.action,
            **problem.members,
        },
        problem.status_code,
        problem.headers,
        media_type="application/problem+json",
    )


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code < 400:  # a redirect raised by a dependency
        return Response(status_code=error.status_code, headers=error.headers)
    if isinstance(error, Problem):
        return respond(request, error)
    if error.status_code == 400:  # Starlette's and FastAPI's words are for programmers
        return respond(request, _unreadable(request))
    said = None if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    return respond(
        request, Problem(error.status_code, said, headers=dict(error.headers or {}) or None)
    )


def _unreadable(request: Request) -> Problem:
    if "json" not in request.headers.get("content-type", ""):
        return Problem(400)
    return Problem(
        400,
        "This is not JSON in UTF-8. Nothing was saved.",
        action="Encode the body as JSON in UTF-8, and send it again.",
    )


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["loc"][0] == "path" for each in found):  # nothing has such an address
        return respond(request, Problem(404))
    return respond(request, Problem(422, errors=[_told(each) for each in found]))


def _told(found: Mapping[str, Any]) -> dict[str, str]:
    place, *parts = found["loc"]
    detail = plain(found)
    if found["type"] == "json_invalid":  # its place is a character's, not a field's
        detail, parts = f"stops being JSON at character {parts[0] + 1}", []
    return {
        "in": str(place),
        "pointer": "#/" + "/".join(str(part) for part in parts),
        "detail": detail,
    }


async def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if isinstance(error, Stale):
        return respond(request, Problem(409, str(error), rule=error.rule, events=error.events))
    problem = Problem(
        409,
        str(error),
        title="This cannot be done now",
        action="Nothing was saved. Go back, and change what the message above speaks of.",
        rule=error.rule,
    )
    return respond(request, problem)


async def _on_conflict(request: Request, _: Exception) -> Response:
    return respond(request, Problem(409))


async def _on_too_large(request: Request, _: Exception) -> Response:
    problem = Problem(
        413,
        "What you sent is too long to keep in one piece. Nothing was saved.",
        title="This is too long",
        action="Shorten it, or attach the long part as a file, and send it again.",
    )
    return respond(request, problem)


class CatchErrors:
    """Turns an exception that nothing else handled into 500, or 503 where a dependency is away."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; answer in its place when it fails before it has answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, note)
        except Exception as error:
            if started:
                raise
            response = _on_failure(Request(scope, receive), error)
            await response(scope, receive, send)


def _on_failure(request: Request, error: Exception) -> Response:
    if _is_away(error):
        logger.warning("request not served: %s", type(error).__name__)
        return respond(request, Problem(503, headers={"Retry-After": "30"}))
    fault = uuid4().hex[:8]
    logger.error("request failed, fault %s", fault, exc_info=error)
    try:
        return respond(request, Problem(500, fault=fault))
    except Exception:
        logger.error("the error page failed too, fault %s", fault)
        return PlainTextResponse("Something went wrong on our side. Try again later.", 500)


def _is_away(error: Exception) -> bool:
    return isinstance(error, (Transient, ConnectionError, TimeoutError)) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
