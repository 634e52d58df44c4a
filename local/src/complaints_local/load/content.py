"""The bytes that are sent, as a stranger writes them: nothing here is made by our own models."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, NamedTuple

FORCE_TOPIC: Final = "force.cleveland.contacts.v1"
SOURCE: Final = "/force/cleveland/101"
TYPE: Final = "uk.police-complaints.force.contact-redirected.v1"
WORDS: Final = (
    "Nobody has rung me back about the fence that was broken in May, although I was told twice.",
    "The officer at the front desk was rude to my mother and would not write anything down.",
    "I want to thank the two constables who found my son's bicycle. They were very kind.",
    "There are cars racing past the school every evening and nobody ever comes.",
    "I was kept waiting for six hours at the station and was never told why.",
)


class Record(NamedTuple):
    """A record for Kafka."""

    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


def address(tag: str) -> str:
    """The email address of the made-up person who sends a contact."""
    return f"{tag}@post.example"


def api_body(tag: str) -> bytes:
    """A contact for the web API."""
    return json.dumps({"words": _words(tag), "persons": [_person(tag)]}).encode()


def mail(tag: str, to: str) -> bytes:
    """A contact by mail."""
    return _mail(tag, tag, to, "About your officers")


def reply(tag: str, of: str, reference: str, to: str) -> bytes:
    """A mail of whoever sent `of`, with the reference that they were given."""
    return _mail(tag, of, to, f"Re: We have your message: reference {reference}")


def force_record(tag: str) -> Record:
    """A contact that a force passes on, made just now."""
    event = {
        "channel": "FORCE_101",
        "made_at": _now(),
        "title": "Caller is not content",
        "words": _words(tag),
        "persons": [{"role": "COMPLAINANT", **_person(tag)}],
    }
    return Record(None, json.dumps(event).encode(), _headers(tag))


def poison_record(tag: str) -> Record:
    """One of several records that nobody can read; the tag is in the value of each."""
    good = force_record(tag)
    match _chance(tag).randrange(4):
        case 0:
            return good._replace(value=good.value[:-1])
        case 1:
            return good._replace(value=json.dumps({"channel": "FORCE_101", "title": tag}).encode())
        case 2:
            return good._replace(headers=[one for one in good.headers if one[0] != "ce_type"])
        case _:
            return good._replace(value=good.value.replace(b'"words": "', b'"words": "\xff'))


def _chance(tag: str) -> random.Random:
    return random.Random(tag)  # the same tag says the same


def _words(tag: str) -> str:
    return f"{_chance(tag).choice(WORDS)}\n\n({tag})"


def _person(tag: str) -> dict[str, Any]:
    return {"name": f"Robin {tag}", "email": address(tag), "reach_by": "EMAIL"}


def _mail(tag: str, sender: str, to: str, subject: str) -> bytes:
    message = EmailMessage()
    message["Date"] = format_datetime(datetime.now(UTC))
    message["From"] = f"Robin {sender} <{address(sender)}>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{tag}@post.example>"
    message.set_content(_words(tag))
    return message.as_bytes()


def _headers(tag: str) -> list[tuple[str, bytes]]:
    """The record's id is drawn from its tag but does not show it: headers hold nothing personal."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid.uuid5(uuid.NAMESPACE_OID, tag)).encode()),
        ("ce_type", TYPE.encode()),
        ("ce_source", SOURCE.encode()),
        ("ce_time", _now().encode()),
        ("content-type", b"application/json"),
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat()
