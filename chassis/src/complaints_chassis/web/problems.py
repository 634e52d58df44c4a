"""What can go wrong, in words: what happened and what to do next, for each status."""

from dataclasses import dataclass

from fastapi import HTTPException


@dataclass(frozen=True)
class Meaning:
    """A status in plain words."""

    title: str
    detail: str
    action: str


MEANINGS = {
    400: Meaning(
        "The request could not be read",
        "What arrived was incomplete or damaged, so nothing was saved.",
        "Go back and try again.",
    ),
    401: Meaning(
        "You need to sign in",
        "This is for signed-in staff only. Nothing was saved.",
        "Sign in, then try again.",
    ),
    403: Meaning(
        "You do not have access to this",
        "Your role does not include what you asked for. Nothing was changed.",
        "If you need it for your work, ask your team leader.",
    ),
    404: Meaning(
        "Page not found",
        "There is nothing here that you can see.",
        "Check the address if you typed it, or the reference if you have one.",
    ),
    405: Meaning(
        "This cannot be done here",
        "The address exists but does not accept this kind of request. Nothing was saved.",
        "Go back and use the buttons on the page.",
    ),
    409: Meaning(
        "Somebody else changed this first",
        "What you were looking at has changed meanwhile, so your change was not saved.",
        "Go back, load the page again, and make your change if it is still needed.",
    ),
    413: Meaning(
        "This is too large",
        "What you sent is larger than this service accepts, so nothing was saved.",
        "Send fewer or smaller files at a time.",
    ),
    422: Meaning(
        "Some answers need to be changed",
        "Some of what was sent is missing or not in the form that is needed. Nothing was saved.",
        "Go back, correct what is listed, and send it again.",
    ),
    429: Meaning(
        "Too many requests",
        "Too much arrived in a short time, so this was not taken.",
        "Wait a minute and try again.",
    ),
    500: Meaning(
        "Something went wrong on our side",
        "The service could not do what you asked. It is not your mistake.",
        "Try again in a few minutes. If you were sending something, check first if it arrived.",
    ),
    503: Meaning(
        "The service is not available just now",
        "A part that this service needs is not answering. What you sent was not saved.",
        "Try again in a few minutes.",
    ),
}


class Problem(HTTPException):
    """A refusal in words, answered as a page or as RFC 9457 `application/problem+json`.

    `detail` says what is wrong, `action` what to do next; what is not given comes from `MEANINGS`.
    `link`, a text and an address, is where a page's reader can go. Further `members`
    (`rule="R12"`, `events=[...]`) go into the JSON. No personal data in any of them.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        title: str | None = None,
        action: str | None = None,
        link: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **members: object,
    ) -> None:
        meaning = MEANINGS.get(status, MEANINGS[400 if status < 500 else 500])
        self.title = title or meaning.title
        self.action = action or meaning.action
        self.link = link
        self.members = members
        super().__init__(status, detail or meaning.detail, headers)
