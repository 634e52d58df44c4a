"""What forces and we send each other: a set of topics for each force, which only it may use.

A force's record counts by itself: it has no sequence, and no stream of ours. The same `ce_source`
and `ce_id` mean the same record, however often it is sent.
"""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import Adjustment, Channel, PersonRole, ReachBy, ReceiptOutcome
from complaints_contracts.event import TYPE_PREFIX, Event, Instant, Model
from complaints_contracts.parts import Reference
from complaints_contracts.personal import Personal

FORCE_CONTACTS: Final = "force.{force}.contacts.v1"
FORCE_RECEIPTS: Final = "force.{force}.receipts.v1"
FORCE_KEY: Final = r"^[a-z0-9-]+$"
"""What stands for a force in the names of its topics."""
RECORD_ID: Final = r"^[A-Za-z0-9._:/-]{1,100}$"


def force_of(topic: str) -> str:
    """The key of the force whose topic this is."""
    return topic.split(".")[1]


class ForcePerson(Model):
    """Somebody in a contact that a force passes on; the first is the one who got in touch."""

    role: PersonRole = PersonRole.COMPLAINANT
    name: Personal[str | None] = Field(default=None, max_length=320)
    email: Personal[str | None] = Field(default=None, max_length=320)
    telephone: Personal[str | None] = Field(default=None, max_length=320)
    address: Personal[str | None] = Field(default=None, max_length=2000)
    reach_by: ReachBy | None = None
    needs: tuple[Adjustment, ...] = ()
    safe_contact: Personal[str | None] = Field(default=None, max_length=2000)


class ContactRedirected(Model):
    """A contact that was made to a force, its professional standards unit, 101 or a front desk.

    `made_at` is when it was made to them: the clocks run from there (domain 5.1, 8); without it
    `ce_time` counts. `channel` is one of FORCE_101, FORCE_STATION, FORCE_DSE, FORCE_WEB and IOPC
    (forwarded). `force_reference` is the force's own number for it.
    """

    topic: ClassVar[str] = FORCE_CONTACTS
    type: ClassVar[str] = f"{TYPE_PREFIX}.force.contact-redirected.v1"

    channel: Channel
    made_at: Instant | None = None
    force_reference: Personal[str | None] = Field(default=None, max_length=320)
    title: Personal[str | None] = Field(default=None, max_length=320)
    words: Personal[str] = Field(min_length=1)
    persons: tuple[ForcePerson, ...] = Field(default=(), max_length=10)
    anonymous: bool = False


class RecordAnswered(Event):
    """The receipt for one record that a force sent: accepted with our reference, or held and why.

    A held record may be accepted later: the receipt of the same `receipt_id` that comes last
    counts. `record_id` is the force's `ce_id`, where it could be read and is no longer than an id.
    """

    topic: ClassVar[str] = FORCE_RECEIPTS
    key: ClassVar[str] = "receipt_id"
    type: ClassVar[str] = f"{TYPE_PREFIX}.force.record-answered.v1"

    receipt_id: UUID
    force: str = Field(pattern=FORCE_KEY)
    outcome: ReceiptOutcome
    reason: str | None = None
    reference: Reference | None = None
    record_id: str | None = Field(default=None, pattern=RECORD_ID)
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    answered_at: Instant

    @property
    def topic_name(self) -> str:
        return self.topic.format(force=self.force)
