"""Whether a mail comes from the domain it says, as the office's own mail server found (RFC 8601).

It is shown, and decides whether a reply joins a contact; it never drops anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

_COMMENT: Final = re.compile(r"\([^()]*\)")
_RESULT: Final = re.compile(r"\s*([a-z0-9-]+)\s*=\s*([a-z]+)", re.IGNORECASE)
_DOMAIN: Final = re.compile(
    r"\b(?:header\.d|header\.i|smtp\.mailfrom|smtp\.mail)\s*=\s*\"?(?:[^\s;\"]*@)?([a-z0-9.-]+)",
    re.IGNORECASE,
)


class Authentication(StrEnum):
    """What is proven about the domain of a mail's From."""

    PASS = "PASS"
    FAIL = "FAIL"
    """It was checked, and the mail did not come from there, or was changed on its way."""
    NONE = "NONE"
    """Nobody we trust has checked it, or there is nothing to check."""


def authentication(results: Sequence[str], trusted: str, address: str) -> Authentication:
    """What the headers `Authentication-Results` say of the domain of `address`.

    Only the first one of the server `trusted` counts (its `authserv-id`): it takes out those that
    others wrote in its name. A pass of SPF or DKIM counts for the domain it was found for only.
    """
    given = (_COMMENT.sub(" ", result).partition(";") for result in results)
    said = [rest for name, _, rest in given if name.split()[:1] == [trusted]] if trusted else []
    domain = address.rpartition("@")[2].lower()
    if not said or not domain:
        return Authentication.NONE
    passed: set[str] = set()
    failed: set[str] = set()
    for part in said[0].split(";"):
        if found := _RESULT.match(part):
            method, result = found[1].lower(), found[2].lower()
            if result == "pass" and (method == "dmarc" or _aligned(part, domain)):
                passed.add(method)
            elif result == "fail":
                failed.add(method)
    if "dmarc" in failed:
        return Authentication.FAIL
    if passed & {"dmarc", "dkim", "spf"}:
        return Authentication.PASS
    return Authentication.FAIL if failed & {"dkim", "spf"} else Authentication.NONE


def _aligned(result: str, domain: str) -> bool:
    """Whether a result was found for the domain itself, or for one above or below it."""
    return any(
        found == domain or found.endswith(f".{domain}") or domain.endswith(f".{found}")
        for found in map(str.lower, _DOMAIN.findall(result))
        if "." in found
    )
