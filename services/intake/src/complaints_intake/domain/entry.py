"""A contact that a member of staff enters: what they typed, what is wrong with it, what it makes.

Some words or a file are enough; everything else may be left out (R8).
"""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Final
from uuid import UUID

from complaints_contracts.codes import (
    Adjustment,
    Consent,
    ContactType,
    PersonRole,
    ReachBy,
    RepresentativeKind,
)
from complaints_contracts.event import Instant, Model
from complaints_contracts.parts import (
    FileRef,
    Matter,
    Person,
    Reach,
    Representation,
    ReviewAsked,
)
from complaints_intake.domain.contact import Submission
from complaints_intake.domain.reach import reached_by
from complaints_intake.domain.reference import references_in
from complaints_intake.domain.review import references_on_letter
from complaints_intake.domain.text import beginning
from complaints_intake.domain.typed_date import TypedDate
from complaints_intake.domain.ways import Way
from complaints_law.london import instant_on, london_day

MAX_MATTERS: Final = 10
"""What is typed beyond stays with the last one."""
MAIL_TIME: Final = time(12)
"""When something is taken to have come on an earlier day: post has no time of its own."""

MATTERS_BYTES: Final = 48 * 1024
"""Of all matters together: an event carries them besides the words, and is 256 KiB at most."""

_TIME: Final = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))? ?(am|pm)?", re.IGNORECASE)


class Opened(Model):
    """An entry's page from its opening on: it becomes one contact, however often it is sent."""

    contact_id: UUID
    person_id: UUID
    other_id: UUID
    at: Instant


class Entry(Model):
    """Everything that was typed, right or not. `other` is the person somebody acts for."""

    name: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""
    anonymous: bool = False
    matters: tuple[str, ...] = ("",)
    declared: ContactType | None = None
    review_reference: str = ""
    outcome_on: TypedDate = TypedDate()
    acting: RepresentativeKind | None = None
    other_name: str = ""
    other_telephone: str = ""
    other_email: str = ""
    other_address: str = ""
    consent: Consent | None = None
    consent_on: TypedDate = TypedDate()
    consent_scope: str = ""
    reach_by: ReachBy | None = None
    needs: tuple[Adjustment, ...] = ()
    interpreter_for: str = ""
    safe_contact: str = ""
    received_on: TypedDate = TypedDate()
    received_time: str = ""
    dated_on: TypedDate = TypedDate()

    @property
    def told(self) -> tuple[str, ...]:
        """The words of each matter."""
        return tuple(matter for matter in self.matters if matter)

    @property
    def words(self) -> str:
        """All that was said."""
        return "\n\n".join(self.told)

    @property
    def names_other(self) -> bool:
        """Whether anything is known of a person that somebody acts for."""
        return any((self.other_name, self.other_telephone, self.other_email, self.other_address))


def received_at(entry: Entry, way: Way, at: datetime, now: datetime) -> datetime | None:
    """When it reached us, as typed; a conversation else when its page was opened; None for now.

    On an earlier day without a time it is noon.

    Raises:
        ValueError: what was typed is no day or no time.
    """
    today = london_day(now)
    day = entry.received_on.value
    if day is None and entry.received_on != TypedDate():
        raise ValueError("no such day")
    if entry.received_time:
        return instant_on(day or today, _time(entry.received_time))
    if day is None or day == london_day(at) == today:
        return at if way.live else None
    return None if day == today else instant_on(day, MAIL_TIME)


def submission(
    entry: Entry,
    files: tuple[FileRef, ...],
    way: Way,
    opened: Opened,
    *,
    words: str,
    words_file: FileRef | None,
    prefix: str,
    taken_by: str,
    now: datetime,
) -> Submission:
    """What an entry without faults sends. `words` and `words_file` are its, cut where long."""
    mentions, force_reference = references_on_letter(prefix, entry.review_reference)
    outcome_on = entry.outcome_on.value
    about_review = entry.declared is ContactType.REVIEW_APPLICATION or mentions
    asked = ReviewAsked(force_reference=force_reference, outcome_on=outcome_on)
    return Submission(
        channel=way.channel,
        persons=_persons(entry, opened),
        words=words,
        words_file=words_file,
        attachments=files,
        received_at=received_at(entry, way, opened.at, now),
        anonymous=entry.anonymous,
        declared=entry.declared,
        mentions=tuple(dict.fromkeys((*mentions, *references_in(prefix, entry.words)))),
        matters=_matters(entry.told),
        review=asked if about_review or asked != ReviewAsked() else None,
        taken_by=taken_by,
        dated_on=entry.dated_on.value,
        began_at=opened.at,
    )


def _matters(told: tuple[str, ...]) -> tuple[Matter, ...]:
    """Each of several matters, cut where all of them are long: the words hold the whole."""
    if len(told) < 2:
        return ()
    share = MATTERS_BYTES // len(told)
    long = len("".join(told).encode()) > MATTERS_BYTES
    return tuple(
        Matter(number=str(number), words=beginning(words, share) if long else words)
        for number, words in enumerate(told, start=1)
    )


def _persons(entry: Entry, opened: Opened) -> tuple[Person, ...]:
    """Who got in touch, and whom they act for (L12, L55).

    The word on what is safe stands with both: it may be either who is in danger.
    """
    acts = entry.acting is not None or entry.names_other
    needs = dict.fromkeys(entry.needs)
    if entry.interpreter_for:
        needs[Adjustment.INTERPRETER] = None
    sender = Person(
        id=opened.person_id,
        role=PersonRole.REPRESENTATIVE if acts else PersonRole.COMPLAINANT,
        name=entry.name or None,
        email=entry.email or None,
        telephone=entry.telephone or None,
        address=entry.address or None,
        reach=Reach(
            preferred=reached_by(
                entry.reach_by,
                email=entry.email,
                telephone=entry.telephone,
                address=entry.address,
                safe_contact=entry.safe_contact,
                anonymous=entry.anonymous,
            ),
            needs=tuple(needs),
            safe_contact=entry.safe_contact or None,
            interpreter_for=entry.interpreter_for or None,
        ),
        representation=Representation(
            kind=entry.acting or RepresentativeKind.OTHER,
            consent=entry.consent or Consent.NONE,
            consent_on=entry.consent_on.value,
            scope=entry.consent_scope or None,
        )
        if acts
        else None,
    )
    if not acts:
        return (sender,)
    other = Person(
        id=opened.other_id,
        role=PersonRole.COMPLAINANT,
        name=entry.other_name or None,
        email=entry.other_email or None,
        telephone=entry.other_telephone or None,
        address=entry.other_address or None,
        reach=Reach(preferred=ReachBy.OTHER, safe_contact=entry.safe_contact or None),
    )
    return (sender, other)


def _time(typed: str) -> time:
    found = _TIME.fullmatch(typed)
    if found is None:
        raise ValueError("no such time")
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("no such time")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, int(found[2] or 0))
