"""Mail that a machine sent, and that nobody answers: two machines would answer for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_MACHINES: Final = re.compile(
    r"\b(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+-][^@]*)?@", re.IGNORECASE
)
_PRESENT: Final = ("list-id", "x-autoreply", "x-autorespond", "x-loop-id")


def is_automatic(header: Callable[[str], str], content_type: str) -> bool:
    """Whether a mail must not be answered (RFC 3834; reliability 2.4).

    `header` gives the text of a header by its small name, empty where there is none.
    """
    submitted = header("auto-submitted").partition(";")[0].strip().lower()
    return (
        header("return-path") == "<>"
        or submitted not in ("", "no")
        or header("precedence").lower() in _BULK
        or any(header(name) for name in _PRESENT)
        or "autoresponder" in header("x-post-messageclass").lower()
        or content_type == "multipart/report"
        or _MACHINES.search(header("from")) is not None
    )
