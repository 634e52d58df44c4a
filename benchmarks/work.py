"""The work for one contact, by count and by size, the same for every contestant.

The unit is one record on a force's topic that becomes one mail. The rows and events below are what
our own services were seen to write for it: as many, for the same streams, with the same headers,
chained by the same hash, personal parts kept apart in the same way, and within a tenth of their
sizes. What they say is fixed wherever a rule would have decided it: no contestant decides.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from string import Template
from typing import Any, Final
from uuid import UUID, uuid4

Data = dict[str, Any]
Headers = Mapping[str, str]

FORCE: Final = "force.cleveland.contacts.v1"
RECEIPTS: Final = "force.cleveland.receipts.v1"
CONTACTS: Final = "complaints.contacts.v1"
SORTED: Final = "complaints.triage.v1"
CASES: Final = "complaints.cases.v1"
NOTICES: Final = "complaints.notices.v1"
OPS: Final = "complaints.ops.v1"

ROWS: Final[Mapping[str, Mapping[str, int]]] = {
    "intake": {"journal": 3, "personal": 2, "reads": 2},
    "triage": {"journal": 1, "personal": 1, "progress": 1, "reads": 1},
    "casework": {"journal": 5, "personal": 2, "progress": 3, "timers": 2, "reads": 1},
    "notifications": {"journal": 4, "personal": 2, "progress": 3, "mails": 1, "reads": 1},
    "reviews": {"progress": 5, "reads": 4},
}
"""Rows for one contact that stay in each service's database, besides seals. `reads` is a plain
table for what pages show; our own services keep as many rows, in tables of their own."""
EVENTS: Final = {CONTACTS: 1, RECEIPTS: 1, SORTED: 1, CASES: 2, NOTICES: 2}
"""Events for one contact, by topic."""

MAIL_DOMAIN: Final = "office.example"
START: Final = bytes(32)
"""What the first row of a stream is chained to."""
ERASED: Final = "[erased]"
FOLDER: Final = Path(__file__).parent


@dataclass(slots=True)
class Entry:
    """One journal row, what is personal of it, and the event that is published of it, if any."""

    stream: str
    version: int
    event_id: UUID
    type: str
    occurred_at: datetime
    actor: str
    rule: str
    topic: str | None
    sequence: int | None
    headers: str
    record: bytes
    prev_hash: bytes
    hash: bytes
    personal: tuple[str, bytes, bytes] | None
    """Subject, salt and bytes."""
    data: Data
    """The event's data, with what is personal of it where it is published."""
    event: bytes
    """What is published, if anything."""
    event_headers: dict[str, str]

    def row(self) -> tuple[Any, ...]:
        """The columns of `journal`, in their order, but for the number that it gives."""
        return (
            self.stream,
            self.version,
            self.event_id,
            self.type,
            self.occurred_at,
            self.actor,
            self.rule,
            self.topic,
            self.sequence,
            self.headers,
            self.record,
            self.prev_hash,
            self.hash,
        )


JSON: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def dumps(value: object) -> bytes:
    return JSON.encode(value).encode()


def entry(
    stream: str,
    version: int,
    previous: bytes,
    type: str,
    data: Data,
    *,
    source: str,
    actor: str,
    rule: str,
    now: datetime,
    topic: str | None = None,
    sequence: int | None = None,
    subject: str = "",
    parts: Data | None = None,
    whole: Data | None = None,
    cause: Headers | None = None,
) -> Entry:
    """A row of a stream.

    `data` is what is hashed; `parts` is what is personal, by where it belongs; `whole` is the data
    with them, for an event that is published. `cause` is the headers of the event that it answers.
    """
    event_id = uuid4()
    headers: dict[str, str] = {}
    if topic:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(event_id),
            "ce_type": type,
            "ce_source": f"/opcc/cleveland/{source}",
            "ce_subject": stream.partition(":")[2],
            "ce_time": now.isoformat(),
            "ce_sequence": str(sequence),
            "ce_dataschema": f"urn:police-complaints:schema:{type}",
            "content-type": "application/json",
        }
        if cause is not None:
            headers["ce_causationid"] = cause["ce_id"]
            headers["traceparent"] = cause["traceparent"]
    commitments = {}
    personal = None
    if parts:
        salt, hidden = secrets.token_bytes(32), dumps(parts)
        commitments[subject] = hmac.digest(salt, hidden, "sha256").hex()
        personal = (subject, salt, hidden)
    header_text = JSON.encode(headers)
    record = dumps(
        {
            "stream": stream,
            "version": version,
            "event_id": str(event_id),
            "type": type,
            "occurred_at": now.isoformat(),
            "actor": actor,
            "rule": rule,
            "topic": topic,
            "sequence": sequence,
            "headers": headers,
            "data": data,
            "personal": commitments,
        }
    )
    return Entry(
        stream=stream,
        version=version,
        event_id=event_id,
        type=type,
        occurred_at=now,
        actor=actor,
        rule=rule,
        topic=topic,
        sequence=sequence,
        headers=header_text,
        record=record,
        prev_hash=previous,
        hash=hashlib.sha256(previous + record).digest(),
        personal=personal,
        data=whole or data,
        event=dumps(whole or data) if topic else b"",
        event_headers=headers,
    )


def reference() -> str:
    return f"CL-{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()


def person(subject: str, name: str, email: str) -> Data:
    return {
        "id": subject,
        "role": "COMPLAINANT",
        "name": name,
        "email": email,
        "telephone": None,
        "address": None,
        "reach": {
            "preferred": "EMAIL",
            "needs": [],
            "safe_contact": None,
            "interpreter_for": None,
        },
        "representation": None,
    }


# intake


def received(sent: Data, record_id: str, offset: int, now: datetime) -> tuple[Entry, Entry, Entry]:
    """The contact, how it came, and the answer to the force."""
    contact_id, subject, name = str(uuid4()), str(uuid4()), reference()
    sender = sent["persons"][0]
    common: Data = {"source": "intake", "actor": "/force/cleveland", "rule": "R6", "now": now}
    trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    cause = {"ce_id": record_id, "traceparent": trace}
    data = {
        "contact_id": contact_id,
        "reference": name,
        "channel": sent["channel"],
        "received_at": now.isoformat(),
        "made_at": sent["made_at"],
        "persons": [person(subject, ERASED, ERASED)],
        "anonymous": False,
        "answerable": True,
        "title": ERASED,
        "words": ERASED,
        "words_file": None,
        "attachments": [],
        "declared": None,
        "mentions": [],
        "matters": [],
        "review": None,
        "unread": None,
        "taken_by": None,
        "dated_on": None,
        "force": "cleveland",
        "force_reference": None,
    }
    contact = entry(
        f"contact:{contact_id}",
        1,
        START,
        "uk.police-complaints.contact.received.v1",
        data,
        topic=CONTACTS,
        sequence=1,
        subject=subject,
        parts=_personal(sender["name"], sender["email"], sent["title"], sent["words"]),
        whole={
            **data,
            "persons": [person(subject, sender["name"], sender["email"])],
            "title": sent["title"],
            "words": sent["words"],
        },
        cause=cause,
        **common,
    )
    content = hashlib.sha256(sent["words"].encode()).hexdigest()
    redirected = entry(
        contact.stream,
        2,
        contact.hash,
        "intake.redirected",
        {"person_id": subject, "content_sha256": ERASED},
        subject=subject,
        parts={"/content_sha256": content},
        **common,
    )
    receipt_id = str(uuid4())
    answered = entry(
        f"receipt:{receipt_id}",
        1,
        START,
        "uk.police-complaints.force.record-answered.v1",
        {
            "receipt_id": receipt_id,
            "force": "cleveland",
            "outcome": "ACCEPTED",
            "reason": None,
            "reference": name,
            "record_id": record_id,
            "partition": 0,
            "offset": offset,
            "answered_at": now.isoformat(),
        },
        topic=RECEIPTS,
        sequence=1,
        cause=cause,
        **common,
    )
    return contact, redirected, answered


def _personal(name: str, email: str, title: str, words: str) -> Data:
    return {
        "/persons/0/name": name,
        "/persons/0/email": email,
        "/title": title,
        "/words": words,
    }


# triage


def sorted_(contact: Data, cause: Headers, now: datetime) -> Entry:
    """How a contact was sorted."""
    sender = contact["persons"][0]
    data = {
        "contact_id": contact["contact_id"],
        "case_id": str(uuid4()),
        "reference": contact["reference"],
        "channel": contact["channel"],
        "received_at": contact["received_at"],
        "made_at": contact["made_at"],
        "persons": [person(sender["id"], ERASED, ERASED)],
        "anonymous": False,
        "title": ERASED,
        "words": ERASED,
        "words_file": None,
        "attachments": [],
        "contact_type": "COMPLAINT",
        "queue": "RESOLUTION",
        "urgency": "ROUTINE",
        "risks": [],
        "prompts": [],
        "prompts_version": "2026.2-ba2d43d0b5c6",
        "matter": "1",
        "declared": None,
        "mentions": [],
        "review": None,
        "unread": None,
        "taken_by": None,
        "dated_on": None,
        "force": "cleveland",
        "force_reference": None,
    }
    whole = {
        **data,
        "persons": [sender],
        "title": contact["title"],
        "words": contact["words"],
    }
    return entry(
        f"contact:{contact['contact_id']}",
        1,
        START,
        "uk.police-complaints.triage.contact-sorted.v1",
        data,
        source="triage",
        actor="/opcc/cleveland/intake",
        rule="R28",
        now=now,
        topic=SORTED,
        sequence=1,
        subject=sender["id"],
        parts=_personal(sender["name"], sender["email"], contact["title"], contact["words"]),
        whole=whole,
        cause=cause,
    )


# casework


def opened(sorting: Data, cause: Headers, now: datetime) -> tuple[Entry, Entry, Entry, Entry]:
    """The case, the words it is about, that it is logged, and its adviser."""
    case_id, sender = sorting["case_id"], sorting["persons"][0]
    stream = f"case:{case_id}"
    common: Data = {"source": "casework", "actor": "/opcc/cleveland/triage", "now": now}
    data = {
        "case_id": case_id,
        "contact_id": sorting["contact_id"],
        "reference": sorting["reference"],
        "channel": sorting["channel"],
        "received_at": sorting["received_at"],
        "contact_type": sorting["contact_type"],
        "queue": sorting["queue"],
        "urgency": sorting["urgency"],
        "persons": [person(sender["id"], ERASED, ERASED)],
        "clocks": [
            {
                "kind": kind,
                "due_at": now.isoformat(),
                "do_by": now.date().isoformat(),
                "calendar_version": "govuk-bank-holidays-0.19",
                "rules_version": "2020-02-01",
            }
            for kind in ("LOG", "CALL", "FIRST_UPDATE")
        ],
        "matter": "1",
    }
    case = entry(
        stream,
        1,
        START,
        "uk.police-complaints.case.opened.v1",
        data,
        rule="R13",
        topic=CASES,
        sequence=1,
        subject=sender["id"],
        parts={"/persons/0/name": sender["name"], "/persons/0/email": sender["email"]},
        whole={**data, "persons": [sender]},
        cause=cause,
        **common,
    )
    words = entry(
        stream,
        2,
        case.hash,
        "casework.words-kept",
        {
            "person_id": sender["id"],
            "made_at": sorting["made_at"],
            "anonymous": False,
            "title": ERASED,
            "words": ERASED,
            "words_file": None,
            "attachments": [],
            "risks": [],
            "prompts": [],
            "prompts_version": sorting["prompts_version"],
            "declared": None,
            "mentions": [],
            "review": None,
            "unread": None,
            "taken_by": None,
            "dated_on": None,
            "force": "cleveland",
            "force_reference": None,
        },
        rule="R13",
        subject=sender["id"],
        parts={"/title": sorting["title"], "/words": sorting["words"]},
        **common,
    )
    logged = entry(
        stream, 3, words.hash, "casework.case-logged", {"at": now.isoformat()}, rule="R13", **common
    )
    allocated = entry(
        stream,
        4,
        logged.hash,
        "uk.police-complaints.case.adviser-allocated.v1",
        {"case_id": case_id, "adviser_id": "adviser-4"},
        rule="R19",
        topic=CASES,
        sequence=2,
        cause=cause,
        **common,
    )
    return case, words, logged, allocated


LAST_OF_OPENING: Final = 4
"""The version of a case that the acknowledgement follows."""


def acknowledged(case_id: str, previous: bytes, notice: Data, now: datetime) -> Entry:
    """That the person was told."""
    return entry(
        f"case:{case_id}",
        LAST_OF_OPENING + 1,
        previous,
        "casework.acknowledgement-noted",
        {"notice_id": notice["notice_id"], "outcome": "SENT", "uncertain": False},
        source="casework",
        actor="/opcc/cleveland/notifications",
        rule="R11",
        now=now,
    )


# notifications


@dataclass(slots=True)
class Notice:
    """A mail to be sent, and where its stream stands."""

    notice_id: str
    contact_id: str
    reference: str
    subject: str
    recipient: str
    token: str
    hash: bytes

    @property
    def stream(self) -> str:
        return f"notice:{self.notice_id}"

    @property
    def message_id(self) -> str:
        return f"<{self.token}@{MAIL_DOMAIN}>"

    @property
    def sender(self) -> str:
        return f"bounces+{self.token}@{MAIL_DOMAIN}"

    def data(self, **more: object) -> Data:
        return {
            "notice_id": self.notice_id,
            "contact_id": self.contact_id,
            "reference": self.reference,
            "purpose": "ACKNOWLEDGEMENT",
            "medium": "EMAIL",
            **more,
        }


def notice_opened(contact: Data, now: datetime) -> tuple[Notice, Entry]:
    """That somebody is to be told."""
    sender = contact["persons"][0]
    notice_id = str(uuid4())
    first = entry(
        f"notice:{notice_id}",
        1,
        START,
        "notifications.notice-opened",
        {
            "notice_id": notice_id,
            "contact_id": contact["contact_id"],
            "reference": contact["reference"],
            "purpose": "ACKNOWLEDGEMENT",
            "at": now.isoformat(),
            "received_at": contact["received_at"],
            "made_at": contact["made_at"],
            "person_id": sender["id"],
            "name": ERASED,
            "address": ERASED,
            "first_contact": "EMAIL",
            "instead": None,
            "unread": None,
            "thanks_for": None,
        },
        source="notifications",
        actor="/opcc/cleveland/intake",
        rule="R11",
        now=now,
        subject=sender["id"],
        parts={"/name": sender["name"], "/address": sender["email"]},
    )
    notice = Notice(
        notice_id=notice_id,
        contact_id=contact["contact_id"],
        reference=contact["reference"],
        subject=sender["id"],
        recipient=sender["email"],
        token=secrets.token_hex(16),
        hash=first.hash,
    )
    return notice, first


def notice_prepared(notice: Notice, message: bytes, now: datetime) -> tuple[Entry, Entry]:
    """The intention to send, and what exactly."""
    common: Data = {"source": "notifications", "actor": "mail", "rule": "R11", "now": now}
    prepared = entry(
        notice.stream,
        2,
        notice.hash,
        "uk.police-complaints.notice.prepared.v1",
        notice.data(
            call_by=now.isoformat(),
            calendar_version="govuk-bank-holidays-0.19",
            rules_version="2020-02-01",
        ),
        topic=NOTICES,
        sequence=1,
        **common,
    )
    composed = entry(
        notice.stream,
        3,
        prepared.hash,
        "notifications.notice-composed",
        {
            "person_id": notice.subject,
            "message_id": notice.message_id,
            "digest": ERASED,
            "complete_by": None,
        },
        subject=notice.subject,
        parts={"/digest": hashlib.sha256(message).hexdigest()},
        **common,
    )
    return prepared, composed


def notice_sent(notice: Notice, previous: bytes, now: datetime) -> Entry:
    """That the mail server took it."""
    return entry(
        notice.stream,
        4,
        previous,
        "uk.police-complaints.notice.sent.v1",
        notice.data(attempts=1, uncertain=False),
        source="notifications",
        actor="mail",
        rule="R11",
        now=now,
        topic=NOTICES,
        sequence=2,
    )


# The mail

TEXT: Final = Template((FOLDER / "mail.txt").read_text(encoding="utf-8"))
HTML: Final = Template((FOLDER / "mail.html").read_text(encoding="utf-8"))


def mail(notice: Notice, date: str) -> bytes:
    """The acknowledgement, built from its text and its HTML."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Resolution Team <resolution.team@{MAIL_DOMAIN}>"
    message["Reply-To"] = f"Resolution Team <resolution.team@{MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Loop-Id"] = MAIL_DOMAIN
    message["Content-Language"] = "en-GB"
    message["To"] = notice.recipient
    message["Subject"] = f"We have your message: reference {notice.reference}"
    message["Date"] = date
    message["Message-ID"] = notice.message_id
    message.set_content(TEXT.substitute(reference=notice.reference), cte="quoted-printable")
    message.add_alternative(
        HTML.substitute(reference=notice.reference), subtype="html", cte="quoted-printable"
    )
    message.set_boundary(f"=_{notice.token}")
    return message.as_bytes()
