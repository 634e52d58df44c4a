"""What intake does about each record that a force sends, and what it answers (R6, S6, S17)."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from complaints_chassis import receipts
from complaints_chassis.aggregate import Needs
from complaints_chassis.receipts import RECEIPTS
from complaints_chassis.record import Record
from complaints_chassis.subscriptions import Afterwards
from complaints_chassis.work import Work
from complaints_contracts.foreign import Foreign
from complaints_intake.domain.contact import Redirected, decide
from complaints_intake.domain.redirected import contact_id, submission
from complaints_intake.handlers import new_reference
from complaints_intake.metrics import TRANSFER_LAG
from complaints_intake.repository import CONTACTS
from complaints_intake.tables import unfiled


def needs(record: Record, foreign: Foreign | None) -> Needs:
    """The record's receipt, and the contact that it makes."""
    receipt = RECEIPTS.stream(record.place_id)
    if foreign is None:
        return Needs(streams=(receipt,))
    return Needs(streams=(receipt, CONTACTS.stream(contact_id(foreign))))


def take(prefix: str, foreign: Foreign, record: Record, work: Work) -> Afterwards | None:
    """A force passed a contact on: accept it once, and answer however often it is sent.

    Raises:
        Unacceptable: the same source and id came before, with other content.
    """
    id = contact_id(foreign)
    contact = work.state(CONTACTS, id)
    receipts.refuse_other_content(contact.content_sha256, foreign, id)
    is_new = contact.received is None
    afterwards = _receive(prefix, foreign, record, work) if is_new else None
    received = work.state(CONTACTS, id).received
    assert received
    receipts.accept(record, received.reference, work)
    return afterwards


def _receive(prefix: str, foreign: Foreign, record: Record, work: Work) -> Afterwards | None:
    id = contact_id(foreign)
    first_at = work.state(RECEIPTS, record.place_id).first_at or work.now
    sent, long = submission(foreign, first_at, prefix, uuid4)
    reference = new_reference(prefix)
    facts = decide(work.state(CONTACTS, id), sent, id, reference, work.now, None)
    person_id = sent.persons[0].id
    digest = Redirected(person_id=person_id, content_sha256=foreign.digest)
    work.append(CONTACTS, id, *facts, digest, rule="R6")
    if sent.words_file and long:
        subject = str(person_id)
        work.copy(unfiled, sha256=sent.words_file.sha256, subject=subject, content=long)
    if sent.made_at is None:
        return None
    lag = (first_at - sent.made_at).total_seconds()
    return partial(TRANSFER_LAG.labels(sent.channel).observe, lag)
