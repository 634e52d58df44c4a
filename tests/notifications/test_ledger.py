"""The send ledger's rules, whatever a mail server answers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from notices import THURSDAY

from complaints_notifications.domain.ledger import (
    GIVE_UP_AFTER,
    RETRY_AFTER,
    Entry,
    MailState,
    Reply,
    ReplyKind,
    next_state,
)


@given(st.lists(st.sampled_from(ReplyKind), min_size=400, max_size=400))
def test_nobody_gets_more_than_two_copies_and_every_mail_ends(replies: list[ReplyKind]) -> None:
    now, lost, copies = THURSDAY, 0, 0
    for attempts, kind in enumerate(replies, start=1):
        copies += kind in (ReplyKind.ACCEPTED, ReplyKind.LOST)
        entry = Entry(attempts, lost, THURSDAY)
        state, now = next_state(entry, Reply(kind), now)
        lost += kind is ReplyKind.LOST
        if state in (MailState.ACCEPTED, MailState.REFUSED):
            break
    else:
        raise AssertionError("it never ended")
    assert copies <= 2
    assert now - THURSDAY <= GIVE_UP_AFTER + RETRY_AFTER[-1]


def test_attempts_come_further_and_further_apart() -> None:
    waits = []
    for attempts in range(1, 8):
        entry = Entry(attempts, 0, THURSDAY)
        _, next_at = next_state(entry, Reply(ReplyKind.LATER, 451), THURSDAY)
        waits.append((next_at - THURSDAY) // timedelta(seconds=1))
    assert waits == [5, 30, 120, 300, 900, 900, 900]
