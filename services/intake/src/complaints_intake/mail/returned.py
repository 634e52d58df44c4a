"""Reports of machines about mail of ours: bounces, delays, read receipts, complaints of abuse.

What a person sends, a bounce attached or not, is none (reliability 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Final, NamedTuple

from complaints_intake.mail.automatic import is_answer_of_machine, is_from_daemon
from complaints_intake.mail.headers import message_ids, raw

_REPORTS: Final = {
    "message/delivery-status": "DELIVERY",
    "message/global-delivery-status": "DELIVERY",
    "message/disposition-notification": "DISPOSITION",
    "message/global-disposition-notification": "DISPOSITION",
    "message/feedback-report": "REPORTED",
}
_ORIGINALS: Final = frozenset(
    {"message/rfc822", "message/global", "message/global-headers", "text/rfc822-headers"}
)
_ACTIONS: Final = {
    "failed": "BOUNCED",
    "delayed": "DELAYED",
    "delivered": "DELIVERED",
    "relayed": "DELIVERED",
    "expanded": "DELIVERED",
}
"""RFC 3464 2.3.3; of several recipients the first of these that one has is what happened."""

_TOKEN: Final = re.compile(r"bounces\+([0-9a-f]{1,64})@", re.IGNORECASE)
_FAILED: Final = re.compile(
    r"undeliver|deliver\w* (?:status )?(?:notification )?(?:\(?fail|problem)|failure notice"
    r"|delivery has failed|returned mail|mail (?:delivery )?(?:failed|failure|system error)"
    r"|message not delivered|could not be delivered|unzustellbar|nicht zugestellt|non remis"
    r"|niet bezorgd|no se pudo entregar|niedostarczon",
    re.IGNORECASE,
)
_DELAYED: Final = re.compile(r"delay|still being retried|verzögert|retard", re.IGNORECASE)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_OWN_ID: Final = re.compile(r"^[> ]*(?:original-)?message-id:\s*(<[^<>\s]+>)", re.I | re.M)
_FIELD: Final = re.compile(r"^([A-Za-z-]{1,40}):[ \t]*(.*)$", re.MULTILINE)
MAX_READ: Final = 64 * 1024
"""Characters of a report, or of its text, that are read."""
MAX_BLOCKS: Final = 100


class Returned(NamedTuple):
    """What a machine says about a mail of ours.

    `kind` is a `complaints_contracts.codes.ReturnKind`; `token` is from the address that the
    report was sent to; `message_ids` are all that the report names; `status` is like 5.1.1.
    """

    kind: str
    token: str | None
    message_ids: tuple[str, ...]
    status: str | None


def returned(
    message: Message, header: Callable[[str], str], recipients: tuple[str, ...], text: str
) -> Returned | None:
    """What the report says; None for mail that is none. `text` is the text of the mail."""
    token = next((found[1].lower() for at in recipients if (found := _TOKEN.match(at))), None)
    daemon = is_from_daemon(header)
    parts = list(_parts(message, daemon))
    reports = [part for part in parts if part.get_content_type() in _REPORTS]
    kind = message.get_content_type()
    if reports and (daemon or kind == "multipart/report" or kind in _REPORTS):
        fields = "\n".join(_written(part) for part in reports)
        kind = _kind(_REPORTS[reports[0].get_content_type()], fields)
    elif daemon and not is_answer_of_machine(header):
        fields = text[:MAX_READ]
        subject = header("subject")
        if _DELAYED.search(subject):
            kind = "DELAYED"
        elif header("x-failed-recipients") or _FAILED.search(subject):
            kind = "BOUNCED"
        elif token:
            kind = "OTHER"
        else:
            return None
    else:
        return None
    originals = (_written(part) for part in parts if part.get_content_type() in _ORIGINALS)
    named = _OWN_ID.findall("\n".join((fields, text[:MAX_READ], *originals)))
    answered = (*raw(message, "in-reply-to"), *raw(message, "references"))
    return Returned(kind, token, message_ids((*named, *answered)), _status(kind, fields, text))


def _parts(message: Message, daemon: bool) -> Iterator[Message]:
    """The parts of the report, also where a machine's footer was put around it."""
    for part in _inner(message):
        yield part
        if daemon and part.get_content_type() == "multipart/report":
            yield from _inner(part)
    if not message.is_multipart() or message.get_content_type() in _REPORTS:
        yield message


def _inner(message: Message) -> list[Message]:
    if not message.get_content_type().startswith("multipart/"):
        return []
    payload = message.get_payload()
    return [p for p in payload if isinstance(p, Message)][:MAX_BLOCKS] if payload else []


def _written(part: Message) -> str:
    """The fields of a report, or the headers of a mail: Python reads some of them as parts."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        content = part.get_payload(decode=True)
        return content[:MAX_READ].decode("utf-8", "replace") if isinstance(content, bytes) else ""
    lines: list[str] = []
    for block in payload[:MAX_BLOCKS]:
        if isinstance(block, Message):
            lines += (f"{name}: {value}" for name, value in block.raw_items())
            inner = block.get_payload()
            if part.get_content_type() not in _ORIGINALS and isinstance(inner, str):
                lines.append(inner)
    return "\n".join(lines)[:MAX_READ]


def _kind(kind: str, fields: str) -> str:
    values = [(name.lower(), value.strip().lower()) for name, value in _FIELD.findall(fields)]
    if kind == "DELIVERY":
        actions = {value.partition(" ")[0] for name, value in values if name == "action"}
        return next((_ACTIONS[action] for action in _ACTIONS if action in actions), "OTHER")
    if kind == "DISPOSITION":
        modes = [value for name, value in values if name == "disposition"]
        return "READ" if any("displayed" in mode for mode in modes) else "OTHER"
    return kind


def _status(kind: str, fields: str, text: str) -> str | None:
    """The enhanced status (RFC 3463): as the report has it, else as its text has it."""
    if kind not in ("BOUNCED", "DELAYED", "DELIVERED", "OTHER"):
        return None
    named = [value for name, value in _FIELD.findall(fields) if name.lower() == "status"]
    wanted = {"BOUNCED": "5", "DELAYED": "4"}.get(kind, "")
    codes = _STATUS.findall(" ".join(named)) or _STATUS.findall(f"{fields}\n{text[:MAX_READ]}")
    return next((code for code in codes if code.startswith(wanted)), None) or next(
        iter(codes), None
    )
