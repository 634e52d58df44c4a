"""A contact as triage knows it: sorted or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from complaints_contracts.cases import case_id
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Fact
from complaints_contracts.triage import ContactSorted, Prompt
from complaints_triage.domain.sorting import Sorting


@dataclass(frozen=True)
class Contact:
    """`sorted` holds the event that sorted it, once there is one."""

    sorted: ContactSorted | None = None


def decide(contact: Contact, received: ContactReceived, sorting: Sorting) -> tuple[Fact, ...]:
    """Sorts a contact on arrival, once (R28)."""
    if contact.sorted:
        return ()
    prompts = tuple(
        Prompt(
            criterion=prompt.criterion,
            phrase=prompt.phrase_id,
            words=received.words[prompt.start : prompt.end],
            start=prompt.start,
            end=prompt.end,
            negated=prompt.negated,
        )
        for prompt in sorting.prompts
    )
    return (
        ContactSorted(
            contact_id=received.contact_id,
            case_id=case_id(received.contact_id),
            reference=received.reference,
            channel=received.channel,
            received_at=received.received_at,
            made_at=received.made_at,
            persons=received.persons,
            anonymous=received.anonymous,
            title=received.title,
            words=received.words,
            words_file=received.words_file,
            attachments=received.attachments,
            contact_type=sorting.contact_type,
            queue=sorting.queue,
            urgency=sorting.urgency,
            risks=sorting.risks,
            prompts=prompts,
            prompts_version=sorting.prompts_version,
        ),
    )


def evolve(contact: Contact, fact: Fact) -> Contact:
    """What a contact is after one more event."""
    return replace(contact, sorted=fact) if isinstance(fact, ContactSorted) else contact
