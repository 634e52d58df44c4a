"""What a letter about a step says: the catalogue's paragraphs, filled in for office and notice.

Everything is text here; the templates decide how a page and a plain mail show it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Final, NamedTuple

from complaints_contracts.codes import CaseStatus, ContactType
from complaints_law.office import Force, OfficeProfile, StaffMember
from complaints_law.procedure import load_procedure
from complaints_law.rule_sets import ClockKind
from complaints_notifications.domain.catalogue import (
    Catalogue,
    Entry,
    Paragraph,
    Recording,
    Required,
    day_of,
    days_of,
)
from complaints_notifications.domain.facts import NOT_ASSESSED, NoticeOpened, StepToTell
from complaints_notifications.domain.naming import day_in_words
from complaints_notifications.domain.promise import Promise

SOME_FORCE: Final = "the police force"
"""Where nobody said which one of several."""
_NO_COMPLAINT: Final = frozenset(
    {
        *(CaseStatus.COMPLIMENT, CaseStatus.CONCERN),
        *(CaseStatus.STAFF_COMPLAINT, CaseStatus.REVIEW_APPLICATION),
    }
)
_OPENED_AS_NONE: Final = frozenset(
    {
        *(ContactType.COMPLIMENT, ContactType.COMMUNITY_CONCERN),
        *(ContactType.STAFF_COMPLAINT, ContactType.REVIEW_APPLICATION),
    }
)
_LINE_ENDS: Final = ("\r\n", "\r", "\x0b", "\x0c", "\u0085", "\u2028", "\u2029")
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns the direction of the text behind it, ours too."""


class Look(StrEnum):
    """How a piece of a text is shown on a page."""

    PLAIN = "plain"
    STRONG = "strong"
    MAIL = "mail"
    TELEPHONE = "telephone"
    LINK = "link"


class Piece(NamedTuple):
    """Some words of a text."""

    text: str
    look: Look = Look.PLAIN


Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Block:
    """A paragraph as it is said; `words` are the paragraphs, each of lines, that somebody wrote."""

    heading: Pieces = ()
    text: Pieces = ()
    items: tuple[Pieces, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()


class Said(NamedTuple):
    """A letter about a step; the adviser is who they deal with, where that is known."""

    subject: str
    blocks: tuple[Block, ...]
    adviser: StaffMember | None


def say(
    catalogue: Catalogue,
    office: OfficeProfile,
    opened: NoticeOpened,
    promise: Promise,
    at: datetime,
) -> Said:
    """The letter of a notice, sent at `at`.

    Raises LookupError where the step has no letter, or the letter needs what is not known.
    """
    told = opened.told
    if told is None:
        raise LookupError("the notice tells of no step")
    entry = catalogue.steps[told.step]
    adviser = next((m for m in office.staff if m.id == told.adviser_id), None)
    values = _values(office, opened, told, promise, at)
    if lacking := entry.missing(told) | _unknown(entry, office, told, adviser):
        raise LookupError(f"the letter needs what is not known: {', '.join(sorted(lacking))}")
    if adviser:
        values |= {
            "adviser": Piece(adviser.name),
            "adviser_telephone": Piece(adviser.telephone, Look.TELEPHONE),
            "adviser_email": Piece(adviser.email, Look.MAIL),
        }
    if told.review_limb and told.review_limb in catalogue.review_limbs:
        values["limb"] = Piece(catalogue.review_limbs[told.review_limb])
    parts = [*catalogue.to_representatives] if told.to_representative else []
    parts += entry.parts_for(told)
    if entry.recording is Recording.OFFERED and _can_be_recorded(told):
        parts += catalogue.recording
    parts += catalogue.reply
    parts = [part for part in parts if part.only_where <= values.keys()]
    blocks = (_block(part, values, told.words) for part in parts)
    subject = "".join(piece.text for piece in _fill(entry.subject, values))
    return Said(subject, tuple(block for block in blocks if block), adviser)


def lines_of(words: str) -> tuple[tuple[str, ...], ...]:
    """What somebody wrote, in paragraphs of lines, without characters that only steer machines."""
    for end in _LINE_ENDS:
        words = words.replace(end, "\n")
    plain = "".join(c for c in words if c in "\n\t" or not _steers(c))
    paragraphs: list[tuple[str, ...]] = [()]
    for line in (line.rstrip() for line in plain.split("\n")):
        if line:
            paragraphs[-1] = (*paragraphs[-1], line)
        elif paragraphs[-1]:
            paragraphs.append(())
    return tuple(paragraph for paragraph in paragraphs if paragraph)


def _steers(character: str) -> bool:
    return character in _TURNS or unicodedata.category(character) == "Cc"


def _values(
    office: OfficeProfile,
    opened: NoticeOpened,
    told: StepToTell,
    promise: Promise,
    at: datetime,
) -> dict[str, Piece]:
    """What stands for each placeholder."""
    force = _force(office, told.force)
    days = {"received_day": opened.received_at, "step_day": told.at, "sent_day": at}
    last = {day_of(ClockKind(clock.kind.value)): clock.due_at for clock in promise.dates}
    reviews = office.links.iopc_reviews
    return {
        "reference": Piece(opened.reference),
        "team": Piece(office.team_name),
        "office": Piece(office.name),
        "telephone": Piece(office.telephone, Look.TELEPHONE),
        "reviews_email": Piece(office.addresses.reviews, Look.MAIL),
        "iopc_guidance": Piece(str(office.links.iopc_guidance), Look.LINK),
        **({"iopc_reviews": Piece(str(reviews), Look.LINK)} if reviews else {}),
        "force": Piece(force.name if force else SOME_FORCE),
        "standards": Piece(force.professional_standards if force else SOME_FORCE),
        "open_reference": Piece(told.open_reference or "", Look.STRONG),
        **{name: Piece(day_in_words(day)) for name, day in days.items()},
        **{name: Piece(day_in_words(day), Look.STRONG) for name, day in last.items()},
        **{days_of(kind): Piece(str(length)) for kind, length in promise.lengths.items()},
    }


def _force(office: OfficeProfile, key: str | None) -> Force | None:
    """The force that was named; where none was, the only one that the office deals with."""
    if key is None:
        return office.forces[0] if len(office.forces) == 1 else None
    return next((force for force in office.forces if force.key == key), None)


def _unknown(
    entry: Entry, office: OfficeProfile, told: StepToTell, adviser: StaffMember | None
) -> frozenset[Required]:
    """What was said and is not known to the office: somebody who left, a force of elsewhere."""
    here = {Required.ADVISER: adviser, Required.FORCE: _force(office, told.force)}
    return frozenset(need for need, found in here.items() if need in entry.requires and not found)


def _can_be_recorded(told: StepToTell) -> bool:
    """Whether it is a complaint, as far as we know, that is not recorded (R33)."""
    state = load_procedure().states.get(told.status)
    recorded = told.status is CaseStatus.RECORDING or (state is not None and state.recorded)
    none = told.status in _NO_COMPLAINT or (
        told.status in NOT_ASSESSED and told.opened_as in _OPENED_AS_NONE
    )
    return not recorded and not none


def _block(part: Paragraph, values: Mapping[str, Piece], words: str | None) -> Block | None:
    """The paragraph as it is said; None for a place of words where there are none."""
    if part.words is not None and words is None:
        return None
    return Block(
        heading=_fill(part.heading or "", values),
        text=_fill(part.text or part.words or "", values),
        items=tuple(_fill(item, values) for item in part.items),
        words=lines_of(words or "") if part.words is not None else (),
    )


def _fill(text: str, values: Mapping[str, Piece]) -> Pieces:
    """A text with its placeholders filled in. What is filled in is not looked at again."""
    return tuple(_pieces(text, values))


def _pieces(text: str, values: Mapping[str, Piece]) -> Iterable[Piece]:
    for literal, name, _, _ in Formatter().parse(text):
        if literal:
            yield Piece(literal)
        if name is not None:
            yield values[name]
