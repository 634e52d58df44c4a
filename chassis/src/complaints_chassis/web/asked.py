"""What programs prove when they give a command: which version they read, and that it is one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import Header

from complaints_chassis.errors import Stale
from complaints_chassis.web.problems import Problem

_ETAG: Final = re.compile(r'"([1-9][0-9]{0,8})"')

IfMatchHeader = Annotated[str | None, Header(alias="If-Match", max_length=40)]
"""The ETag of what was read."""
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
"""The same key gives the same answer for 7 days."""


def version_of(if_match: str | None, what: str) -> int:
    """The version of `what`, such as a case, that was read. Raises `Problem` 428 or 400."""
    if if_match is None:
        raise Problem(
            428,
            "The header If-Match is missing, so what you write could rest on an old page.",
            title="Say which version you have read",
            action=f'Read the {what}, and send its ETag (such as "4") as If-Match.',
        )
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise not_an_etag(what)
    return int(found[1])


def key_of(idempotency_key: str | None) -> str:
    """What a repeated request is known by. Raises `Problem` 400."""
    if idempotency_key is None:
        raise Problem(
            400,
            "The header Idempotency-Key is missing, so a repeated request could be recorded twice.",
            action="Send a key of your own making, and the same one when you repeat the request.",
        )
    return idempotency_key


def not_an_etag(what: str) -> Problem:
    """What was sent is no version that it ever had."""
    return Problem(
        400,
        f"The header If-Match is not an ETag of this {what}.",
        action=f'Send the ETag of the {what} as you read it, with its quotes, such as "4".',
    )


def changed(stale: Stale, what: str, news: Iterable[str]) -> Problem:
    """Something happened since that whoever gives the command should know of first."""
    return Problem(
        409,
        f"Since you read this {what}: {'; '.join(news)}.",
        title=f"The {what} has changed",
        action=f"Read the {what} again. If yours is still to be recorded, send it with the new "
        "ETag and a new Idempotency-Key.",
        rule=stale.rule,
        events=stale.events,
    )
