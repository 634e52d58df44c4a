"""What is handed to a force: complaints that are recorded, and requests (domain 3.3, 3.4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import Case
from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import (
    CaseStep,
    Criterion,
    CriterionAnswer,
    RequestKind,
    Urgency,
    Wish,
)
from complaints_contracts.envelope import MAX_VALUE, encode
from complaints_contracts.event import Fact, Model
from complaints_contracts.forces import (
    CaseSupplemented,
    CaseTransferred,
    RequestAnswered,
    RequestMade,
    TransferredAllegation,
    TransferredMessage,
    TransferredRequest,
)
from complaints_contracts.foreign import Foreign
from complaints_contracts.personal import split

REQUESTS: Final = {
    CaseStep.TASK_SENT: RequestKind.TASK,
    CaseStep.EVIDENCE_REQUESTED: RequestKind.EVIDENCE,
    CaseStep.WITHDRAWAL_PASSED_ON: RequestKind.WITHDRAWAL,
}
"""The steps that ask something of the force."""

_URGENT: Final = frozenset({Criterion.MF2, Criterion.MF3, Criterion.MF5, Criterion.MF6})
"""With any of these it goes the urgent way (domain 3.4)."""

WITHDRAWS: Final = (
    "The complainant has told us that they want to withdraw this complaint. Please decide on it,"
    " and tell us what you decided."
)
"""What a force is asked where nobody wrote words for it; the note to a step stays here (L44)."""

ROOM: Final = MAX_VALUE - 16 * 1024
"""What an event may come to; the rest is for its headers and its place in the journal."""
LONGEST: Final = 80_000
"""Bytes of one text in UTF-8: 20,000 characters, the most that anybody is let write here."""
BEGINNING: Final = 4_000
"""Bytes of the complaint that stay in a pack whose words have to follow it."""

Handed = CaseTransferred | CaseSupplemented
Item = tuple[str, Model]
"""Part of what a force is given, with the field that it goes to."""


@dataclass(frozen=True)
class HandedOver:
    """What a force was given of a case. `force` is whose it is, once there is one."""

    force: str | None = None
    transferred: CaseTransferred | None = None
    urgency: Urgency = Urgency.ROUTINE
    wish: Wish = Wish.NOT_SAID
    assessed_at: datetime | None = None
    allegations: Mapping[str, TransferredAllegation] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The last assessment's, by number."""
    requests: Mapping[UUID, RequestMade] = field(default_factory=lambda: MappingProxyType({}))


def given(before: HandedOver, fact: Fact) -> HandedOver:
    """What the force was given after one more event."""
    match fact:
        case CaseTransferred():
            return _knows(replace(before, force=fact.force, transferred=fact), fact)
        case CaseSupplemented():
            return _knows(before, fact)
        case RequestMade():
            requests = {**before.requests, fact.request_id: fact}
            force = before.force if before.transferred else fact.force
            return replace(before, force=force, requests=MappingProxyType(requests))
        case _:
            return before


def _knows(before: HandedOver, fact: Handed) -> HandedOver:
    """What the force knows with that: one assessment may have come in several events."""
    known = replace(before, urgency=fact.urgency, wish=fact.wish or before.wish)
    if fact.assessed_at is None and not fact.allegations:
        return known
    allegations = {one.number: one for one in fact.allegations}
    if fact.assessed_at == before.assessed_at:
        allegations = {**before.allegations, **allegations}
    return replace(known, assessed_at=fact.assessed_at, allegations=MappingProxyType(allegations))


def may_say(handed: HandedOver, foreign: Foreign) -> bool:
    """Whether a force was given what it speaks of: the case, or the request that it answers."""
    event = foreign.event
    asked = handed.requests.get(event.request_id) if isinstance(event, RequestAnswered) else None
    return (asked.force if asked else handed.force) == foreign.force


def is_urgent(case: Case) -> bool:
    """Whether the force must hear of it at once: an answer, or the words, ask for that."""
    assessed = case.assessment.allegations if case.assessment else ()
    answered = any(
        allegation.answers.get(criterion) is not CriterionAnswer.NO
        for allegation in assessed
        for criterion in _URGENT
    )
    return answered or case.urgency is not Urgency.ROUTINE


def urgency_of(case: Case) -> Urgency:
    """How soon the force must look."""
    routine = case.urgency is Urgency.ROUTINE
    return Urgency.URGENT if routine and is_urgent(case) else case.urgency


def pack(case: Case, recorded: CaseMoved, handed: HandedOver) -> tuple[Handed, ...]:
    """Everything that the force needs to handle a recorded complaint (domain 3.4).

    However much that is, nothing keeps it from being handed over (L6): what is too much for one
    event follows in supplements.
    """
    opened, kept, assessed = case.opened, case.kept, case.assessment
    assert opened is not None
    assert kept is not None
    assert recorded.force is not None
    assert recorded.recorded_for is not None
    first = CaseTransferred(
        case_id=opened.case_id,
        force=recorded.force,
        contact_id=opened.contact_id,
        reference=opened.reference,
        received_at=opened.received_at,
        made_at=kept.made_at,
        recorded_at=recorded.at,
        reason_recorded=recorded.recorded_for,
        urgency=urgency_of(case),
        risks=case.risks,
        # How we restrict contact with somebody is for us alone to know (L57).
        persons=tuple(p.model_copy(update={"restriction": None}) for p in case.persons),
        anonymous=kept.anonymous,
        title=kept.title,
        words=kept.words,
        words_file=kept.words_file,
        attachments=kept.attachments,
        force_reference=kept.force_reference,
        wish=assessed.wish if assessed else None,
        assessed_at=assessed.assessed_at if assessed else None,
    )
    items = [*_allegations(case), *_evidence(handed), *_messages(case)]
    if _size(first) > ROOM:
        first = first.model_copy(update={"words": _beginning(kept.words, BEGINNING)})
        items.append(("messages", _first_words(case)))
    return _spread(first, _supplement(case, recorded.force), items)


def supplements(case: Case, handed: HandedOver) -> tuple[Handed, ...]:
    """What the force has to know of the last assessment, where it came after the transfer (R43).

    Nothing where the assessment says what the force knows already.
    """
    assessed = case.assessment
    assert assessed is not None
    assert handed.force is not None
    items = _allegations(case)
    same = [each for _, each in items] == [*handed.allegations.values()]
    if same and (assessed.wish, urgency_of(case)) == (handed.wish, handed.urgency):
        return ()
    more = _supplement(case, handed.force)
    return _spread(more, more, items)


def _supplement(case: Case, force: str) -> CaseSupplemented:
    """One that holds nothing yet."""
    opened, assessed = case.opened, case.assessment
    assert opened is not None
    return CaseSupplemented(
        case_id=opened.case_id,
        force=force,
        reference=opened.reference,
        person_id=opened.person,
        urgency=urgency_of(case),
        wish=assessed.wish if assessed else None,
        assessed_at=assessed.assessed_at if assessed else None,
    )


def _allegations(case: Case) -> list[Item]:
    return [
        (
            "allegations",
            TransferredAllegation(
                number=each.number,
                category=each.category,
                words=_beginning(each.words, LONGEST),
                answers=each.answers,
                advised=each.advised,
            ),
        )
        for each in (case.assessment.allegations if case.assessment else ())
    ]


def _evidence(handed: HandedOver) -> list[Item]:
    return [
        (
            "evidence",
            TransferredRequest(
                request_id=asked.request_id,
                force=asked.force,
                person_id=asked.person_id,
                words=_beginning(asked.words, LONGEST),
                made_at=asked.made_at,
            ),
        )
        for asked in handed.requests.values()
        if asked.kind is RequestKind.EVIDENCE
    ]


def _messages(case: Case) -> list[Item]:
    """What people wrote since; what machines sent is no part of a complaint."""
    return [
        (
            "messages",
            TransferredMessage(
                message_id=each.message_id,
                person_id=each.person_id,
                channel=each.channel,
                received_at=each.received_at,
                title=each.title,
                words=_beginning(each.words, LONGEST),
                words_file=each.words_file,
                attachments=each.attachments,
            ),
        )
        for each in case.messages
        if not each.automatic
    ]


def _first_words(case: Case) -> TransferredMessage:
    """The words of the complaint, for a pack that only has room for their beginning."""
    opened, kept = case.opened, case.kept
    assert opened is not None
    assert kept is not None
    return TransferredMessage(
        message_id=opened.contact_id,
        person_id=opened.person,
        channel=opened.channel,
        received_at=opened.received_at,
        words=_beginning(kept.words, LONGEST),
        words_file=kept.words_file,
    )


def _spread(first: Handed, more: CaseSupplemented, items: Sequence[Item]) -> tuple[Handed, ...]:
    """Puts the items into the first event, and what it has no room for into as many as it takes."""
    full: list[Handed] = []
    event, held, room = first, defaultdict[str, list[Model]](list), ROOM - _size(first)
    for name, item in items:
        cost = _size(more.model_copy(update={name: (item,)})) - _size(more)
        if cost > room:
            full.append(_holding(event, held))
            event, held, room = more, defaultdict(list), ROOM - _size(more)
        held[name].append(item)
        room -= cost
    return (*full, _holding(event, held))


def _holding(event: Handed, held: Mapping[str, list[Model]]) -> Handed:
    return event.model_copy(update={name: tuple(items) for name, items in held.items()})


def _size(event: Handed) -> int:
    """What it comes to in the journal, where texts that are personal stand beside it."""
    rest, parts = split(event)
    return len(encode(rest)) + sum(len(encode(part)) for part in parts.values())


def _beginning(words: str, most: int) -> str:
    return words.encode()[:most].decode(errors="ignore")


def request(case: Case, moved: CaseMoved, force: str, answer_by: datetime | None) -> RequestMade:
    """What a step asks of a force; the step's id is the request's."""
    opened = case.opened
    assert opened is not None
    return RequestMade(
        case_id=opened.case_id,
        force=force,
        request_id=moved.step_id,
        kind=REQUESTS[moved.step],
        reference=opened.reference,
        person_id=opened.person,
        words=moved.words or WITHDRAWS,
        made_at=moved.at,
        answer_by=answer_by,
    )


def concerns_recording(_: Fact) -> bool:
    """Nothing that happened meanwhile keeps a complaint from being recorded (L6)."""
    return False
