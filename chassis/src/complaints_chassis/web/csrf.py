"""Forms that only our own pages can send: a signed double-submit token.

The browser holds a random cookie; a page's forms hold a MAC of it under the service's secret.
Another site can make a browser send the cookie, but can neither read it nor make the MAC.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator

from fastapi import Depends, Request

from complaints_chassis.web.cookies import Cookie, cookie_name, is_secure
from complaints_chassis.web.problems import Problem
from complaints_chassis.web.site import web_of

FIELD = "csrf_token"


def form_token(request: Request) -> tuple[str, Cookie | None]:
    """The token for this browser's forms, and the cookie to set where it has none yet."""
    web = web_of(request)
    name = cookie_name(request, "form")
    if held := request.cookies.get(name):
        return _mac(web.secret, held), None
    held = secrets.token_urlsafe(32)
    return _mac(web.secret, held), Cookie(name, held, is_secure(request))


async def check_form(request: Request) -> None:
    """Refuse a form that was not made by our own page, and close the files that came with it.

    Raises `Problem` 403 when the token or the cookie is missing, or they do not belong together.
    """
    held = request.cookies.get(cookie_name(request, "form"), "")
    form = await request.form()
    sent = form.get(FIELD)
    expected = _mac(web_of(request).secret, held)
    if not held or not isinstance(sent, str) or not _equal(sent, expected):
        await form.close()
        raise Problem(
            403,
            "The form is too old, or was not opened from this service, so nothing was sent.",
            title="This form needs to be loaded again",
            action="Go back, load the form again and send it once more. What you typed is most "
            "likely still there when you go back; copy it to be safe. "
            "This service needs cookies to be allowed.",
        )


async def _checked(request: Request) -> AsyncIterator[None]:
    await check_form(request)
    try:
        yield
    finally:
        await request.close()


def _mac(secret: bytes, held: str) -> str:
    return hmac.new(secret, b"form:" + held.encode(), hashlib.sha256).hexdigest()


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


csrf_checked = Depends(_checked)
"""Dependency of every public route that accepts a form; its files are closed with the request."""
