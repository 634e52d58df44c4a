"""What commands on a review share: proof of what was read, and what changed meanwhile."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Header

from complaints_chassis.errors import Stale
from complaints_chassis.web import Problem
from complaints_reviews.wording import HAPPENED

_ETAG: Final = re.compile(r'"([1-9][0-9]{0,8})"')

IfMatchHeader = Annotated[str | None, Header(alias="If-Match", max_length=40)]
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def version_of(if_match: str | None) -> int:
    """The version that whoever sends a command has read. Raises `Problem` 428 or 400."""
    if if_match is None:
        raise Problem(
            428,
            "The header If-Match is missing, so your answer could rest on an old page.",
            title="Say which version you have read",
            action='Read the review, and send its ETag (such as "4") as If-Match.',
        )
    found = _ETAG.fullmatch(if_match)
    if found is None:
        raise not_an_etag()
    return int(found[1])


def key_of(idempotency_key: str | None) -> str:
    """What a repeated request is known by. Raises `Problem` 400."""
    if idempotency_key is None:
        raise Problem(
            400,
            "The header Idempotency-Key is missing, so a repeated request could be taken for "
            "another one.",
            action="Send a key of your own making, and the same one when you repeat the request.",
        )
    return idempotency_key


def not_an_etag() -> Problem:
    """What was sent is no version that the review ever had."""
    return Problem(
        400,
        "The header If-Match is not an ETag of this review.",
        action='Send the ETag of the review as you read it, with its quotes, such as "4".',
    )


def changed(stale: Stale) -> Problem:
    """Something happened since that whoever sends a command should know of first."""
    return Problem(
        409,
        f"Since you read this review: {'; '.join(news_of(stale))}.",
        title="The review has changed",
        action="Read the review again. If your answer is still the same, send it with the new "
        "ETag and a new Idempotency-Key.",
        rule=stale.rule,
        events=stale.events,
    )


def news_of(stale: Stale) -> list[str]:
    """What happened since, in words."""
    return [HAPPENED[type].lower() for type in dict.fromkeys(stale.events)]
