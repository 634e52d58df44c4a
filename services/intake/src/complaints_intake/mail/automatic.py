"""Mail that a machine sent, and that nobody answers: two machines would answer for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_MACHINES: Final = re.compile(
    r"\b(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+-][^@]*)?@", re.IGNORECASE
)
_DAEMON: Final = re.compile(r"\b(?:mailer-daemon|postmaster)@|<>|mailer-daemon", re.IGNORECASE)
_PRESENT: Final = ("list-id", "x-autoreply", "x-autorespond", "x-loop-id")
_AWAY: Final = re.compile(
    r"(?:re:\s*)?(?:auto(?:matic|mated)?[ -]?(?:reply|response|answer|:)"
    r"|out[ -]of[ -](?:the )?office|away from (?:the |my )?office|on (?:annual )?leave\b"
    r"|automatische antwort|abwesen|réponse automatique|respuesta automática|risposta automatica"
    r"|automatisch antwoord|autosvar|automatiskt svar|odpowiedź automatyczna"
    r"|ateb awtomatig|i ffwrdd o'r swyddfa)",
    re.IGNORECASE,
)
_SIGNS: Final = (
    "x-auto-response-suppress",
    "x-ms-exchange-inbox-rules-loop",
    "x-ms-exchange-generated-message-source",
    "in-reply-to",
    "references",
)
"""What an answer by a machine has as well; the last two also every answer by a person."""


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
        or (is_away(header) and any(header(name) for name in _SIGNS))
    )


def is_from_daemon(header: Callable[[str], str]) -> bool:
    """Whether the sender is a mail server, or nobody (RFC 5321 4.5.5)."""
    return _DAEMON.search(header("from")) is not None or header("return-path") == "<>"


def is_away(header: Callable[[str], str]) -> bool:
    """Whether the subject is an absent person's. By itself it is no proof: people write such."""
    return _AWAY.match(header("subject")) is not None


def is_answer_of_machine(header: Callable[[str], str]) -> bool:
    """Whether a machine answers in a person's place, rather than reports on a mail of ours."""
    submitted = header("auto-submitted").lower()
    answers = ("x-autoreply", "x-autorespond", "x-post-messageclass")
    return submitted.startswith("auto-replied") or any(map(header, answers)) or is_away(header)
