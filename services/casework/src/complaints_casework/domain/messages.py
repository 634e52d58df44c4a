"""What people add to their contact once it has a case (reliability 2.2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded, MessageKept, MessageRead
from complaints_contracts.event import Fact
from complaints_contracts.triage import MessageSorted


def keep_message(case: Case, event: MessageSorted, due_at: datetime | None) -> tuple[Fact, ...]:
    """Keeps a message on the case, once, and has the adviser read it by `due_at`.

    A machine's is recorded, and asks nothing of anybody. A person's opens a closed case again,
    until somebody has read it and ends the case once more.
    """
    if any(message.message_id == event.message_id for message in case.messages):
        return ()
    kept = MessageKept(
        message_id=event.message_id,
        person_id=event.person_id,
        channel=event.channel,
        received_at=event.received_at,
        automatic=event.automatic,
        title=event.title,
        words=event.words,
        words_file=event.words_file,
        attachments=event.attachments,
        unread=event.unread,
        urgency=event.urgency,
        risks=event.risks,
        prompts=event.prompts,
        prompts_version=event.prompts_version,
    )
    if event.automatic:
        return (kept,)
    return (
        kept,
        ActionAdded(
            kind=ActionKind.READ_MESSAGE,
            reason=Reason.WROTE_AGAIN,
            due_at=due_at,
            message_id=event.message_id,
        ),
    )


def read_message(case: Case, message_id: UUID, now: datetime) -> tuple[Fact, ...]:
    """Says that somebody of ours read a message; nothing where it does not wait to be read."""
    if all(message.message_id != message_id for message in case.unread):
        return ()
    return (MessageRead(at=now, message_id=message_id),)
