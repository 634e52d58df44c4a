"""The names that our mail goes by outside: they come back in what machines say about it."""

from __future__ import annotations

from complaints_contracts.contacts import MailReturned


def token_of(message_id: str) -> str:
    """The token in a Message-ID of ours, like `<token@office.example>`."""
    return message_id.strip("<>").partition("@")[0]


def tokens_in(event: MailReturned) -> tuple[str, ...]:
    """What may be tokens of ours in a report; the one that it was sent to comes first.

    Nobody can make one, so one that is ours says which notice it is about (reliability 2.2).
    """
    named = (token_of(message_id) for message_id in event.message_ids)
    return tuple(dict.fromkeys((*([event.token] if event.token else []), *named)))
