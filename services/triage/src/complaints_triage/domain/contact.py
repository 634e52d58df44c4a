"""A contact as triage knows it: sorted or not, one matter or several, and what was added to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_contracts.cases import case_id
from complaints_contracts.codes import ContactType, Queue, Urgency
from complaints_contracts.contacts import ContactReceived, MessageAdded
from complaints_contracts.event import Fact
from complaints_contracts.parts import Matter
from complaints_contracts.triage import ContactSorted, MatterAssessed, MessageSorted, Prompt
from complaints_triage.domain.facts import AllegationDropped, AllegationHeard
from complaints_triage.domain.prompts import Prompt as Found
from complaints_triage.domain.sorting import Rules, Sorting, sort

_ABOUT_ANOTHER: Final = frozenset(
    {ContactType.REVIEW_APPLICATION, ContactType.FURTHER_INFO, ContactType.WITHDRAWAL}
)
"""What says something of a matter that is there already, and is no matter of its own."""
_SOONEST: Final = (Urgency.IMMEDIATE, Urgency.URGENT, Urgency.ROUTINE, Urgency.OTHER)


@dataclass(frozen=True)
class Contact:
    """`sorted` holds the events that sorted it, one for each matter, once there are any."""

    sorted: tuple[ContactSorted, ...] = ()
    messages: Mapping[UUID, MessageSorted] = field(default_factory=lambda: MappingProxyType({}))
    """What was added since, by the id of the message."""
    assessed: Mapping[str, MatterAssessed] = field(default_factory=lambda: MappingProxyType({}))
    """The last assessment of each matter."""
    raised: Mapping[str, Mapping[str, AllegationHeard]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The allegations, by number, that casework found in a matter and nobody has assessed yet."""
    heard: Mapping[str, Mapping[str, AllegationHeard]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """All that it ever found there, by the number under which casework raised them."""

    def next_allegation(self, matter: str) -> str:
        """The number of an allegation that comes up in a matter now."""
        assessed = self.assessed.get(matter)
        numbers = {each.number for each in assessed.allegations} if assessed else set()
        numbers |= {heard.number for heard in self.heard.get(matter, {}).values()}
        return str(max(map(int, numbers), default=1) + 1)

    def matter(self, number: str) -> ContactSorted | None:
        """How a matter was sorted, where casework has it."""
        return next(
            (m for m in self.sorted if m.matter == number and m.queue is not Queue.REVIEWS), None
        )


def decide(contact: Contact, received: ContactReceived, rules: Rules) -> tuple[Fact, ...]:
    """Sorts a contact on arrival, once (R28): each of its matters by its own words.

    Its title speaks of all of it, and is read with the first.
    """
    if contact.sorted:
        return ()
    matters = received.matters or (Matter(number="1", words=received.words),)
    return tuple(
        _sorted(received, matter, rules, title=received.title if at == 0 else None)
        for at, matter in enumerate(matters)
    )


def _sorted(
    received: ContactReceived, matter: Matter, rules: Rules, *, title: str | None
) -> ContactSorted:
    sorting = sort(
        matter.words,
        rules,
        channel=received.channel,
        title=title or "",
        automatic=not received.answerable,
        declared=received.declared,
    )
    return ContactSorted(
        contact_id=received.contact_id,
        case_id=case_id(received.contact_id, matter.number),
        reference=received.reference,
        channel=received.channel,
        received_at=received.received_at,
        made_at=received.made_at,
        persons=received.persons,
        anonymous=received.anonymous,
        title=received.title,
        words=matter.words,
        words_file=received.words_file,
        attachments=received.attachments,
        contact_type=sorting.contact_type,
        queue=sorting.queue,
        urgency=sorting.urgency,
        risks=sorting.risks,
        prompts=prompts_of(sorting, matter.words, title or ""),
        prompts_version=sorting.prompts_version,
        matter=matter.number,
        declared=received.declared,
        mentions=received.mentions,
        review=received.review,
        unread=received.unread,
        taken_by=received.taken_by,
        dated_on=received.dated_on,
        force=received.force,
        force_reference=received.force_reference,
    )


def decide_message(contact: Contact, added: MessageAdded, rules: Rules) -> tuple[Fact, ...]:
    """Looks at what somebody added to a sorted contact, once: the same prompts and risks (R44).

    It belongs to the first matter that has a case; whoever has that has them all where that may
    be. Where reviews alone has the contact, what presses in a person's message is a matter of its
    own as well, so that an adviser gets a case of it (R28).
    """
    if added.message_id in contact.messages:
        return ()
    with_case = (matter for matter in contact.sorted if matter.queue is not Queue.REVIEWS)
    goes_with = next(with_case, contact.sorted[0])
    title = added.title or ""
    sorting = sort(
        added.words, rules, channel=added.channel, title=title, automatic=added.automatic
    )
    presses = sorting.urgency is not Urgency.ROUTINE and not added.automatic
    further = presses and goes_with.queue is Queue.REVIEWS
    return (
        *((_further(contact, added, sorting),) if further else ()),
        MessageSorted(
            contact_id=added.contact_id,
            case_id=goes_with.case_id,
            message_id=added.message_id,
            person_id=added.person_id,
            reference=goes_with.reference,
            channel=added.channel,
            received_at=added.received_at,
            automatic=added.automatic,
            title=added.title,
            words=added.words,
            words_file=added.words_file,
            attachments=added.attachments,
            unread=added.unread,
            queue=goes_with.queue,
            urgency=sorting.urgency,
            risks=sorting.risks,
            prompts=prompts_of(sorting, added.words, title),
            prompts_version=sorting.prompts_version,
        ),
    )


def split_off(
    contact: Contact, sorted_as: ContactSorted, words: str, rules: Rules
) -> ContactSorted:
    """What a person found to be another matter in one of a contact's, as a matter of its own.

    It keeps the day on which the contact came in, and how much the whole presses; what it is
    prompted by stands in its own words (R44).
    """
    number = _next_number(contact)
    sorting = sort(words, rules, channel=sorted_as.channel)
    urgency = min(sorted_as.urgency, sorting.urgency, key=_SOONEST.index)
    return sorted_as.model_copy(
        update={
            "matter": number,
            "case_id": case_id(sorted_as.contact_id, number),
            "words": words,
            "title": None,
            "contact_type": ContactType.COMPLAINT,
            "queue": rules.default_queue if urgency is Urgency.ROUTINE else rules.urgent_queue,
            "urgency": urgency,
            "risks": tuple(dict.fromkeys((*sorted_as.risks, *sorting.risks))),
            "prompts": prompts_of(sorting, words),
            "prompts_version": sorting.prompts_version,
            "declared": None,
            "review": None,
        }
    )


def _next_number(contact: Contact) -> str:
    return str(max(int(matter.matter) for matter in contact.sorted) + 1)


def _further(contact: Contact, added: MessageAdded, sorting: Sorting) -> ContactSorted:
    """A message as a further matter of its contact, which declares nothing: it opens a case."""
    first = contact.sorted[0]
    number = _next_number(contact)
    suggested = sorting.contact_type
    return ContactSorted(
        contact_id=first.contact_id,
        case_id=case_id(first.contact_id, number),
        reference=first.reference,
        channel=added.channel,
        received_at=added.received_at,
        persons=first.persons,
        anonymous=first.anonymous,
        title=added.title,
        words=added.words,
        words_file=added.words_file,
        attachments=added.attachments,
        contact_type=ContactType.COMPLAINT if suggested in _ABOUT_ANOTHER else suggested,
        queue=sorting.queue,
        urgency=sorting.urgency,
        risks=sorting.risks,
        prompts=prompts_of(sorting, added.words, added.title or ""),
        prompts_version=sorting.prompts_version,
        matter=number,
        unread=added.unread,
    )


def prompts_of(sorting: Sorting, words: str, title: str = "") -> tuple[Prompt, ...]:
    """What was found, with the words it was found by. Those of the title have no place (0 to 0)."""
    return (
        *(_prompt(p, words[p.start : p.end], p.start, p.end) for p in sorting.prompts),
        *(_prompt(p, title[p.start : p.end], 0, 0) for p in sorting.title_prompts),
    )


def _prompt(found: Found, words: str, start: int, end: int) -> Prompt:
    return Prompt(
        criterion=found.criterion,
        phrase=found.phrase_id,
        words=words,
        start=start,
        end=end,
        negated=found.negated,
    )


def evolve(contact: Contact, fact: Fact) -> Contact:
    """What a contact is after one more event."""
    match fact:
        case ContactSorted():
            return replace(contact, sorted=(*contact.sorted, fact))
        case MatterAssessed():
            return replace(
                contact,
                assessed=MappingProxyType({**contact.assessed, fact.matter: fact}),
                raised=MappingProxyType({**contact.raised, fact.matter: {}}),
            )
        case AllegationHeard():
            waiting = {**contact.raised.get(fact.matter, {}), fact.number: fact}
            raised = {**contact.raised, fact.matter: waiting}
            known = {**contact.heard.get(fact.matter, {}), fact.raised_as: fact}
            heard = {**contact.heard, fact.matter: known}
            return replace(contact, raised=MappingProxyType(raised), heard=MappingProxyType(heard))
        case AllegationDropped():
            waiting = {**contact.raised.get(fact.matter, {})}
            waiting.pop(fact.number, None)
            return replace(
                contact, raised=MappingProxyType({**contact.raised, fact.matter: waiting})
            )
        case MessageSorted():
            messages = {**contact.messages, fact.message_id: fact}
            return replace(contact, messages=MappingProxyType(messages))
        case _:
            return contact
