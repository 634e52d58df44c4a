"""Allegations that casework finds in a matter later: they are assessed with the others (R43)."""

from __future__ import annotations

from complaints_contracts.allegations import AllegationRaised
from complaints_contracts.event import Fact
from complaints_triage.domain.contact import Contact, prompts_of
from complaints_triage.domain.facts import AllegationDropped, AllegationHeard
from complaints_triage.domain.sorting import Rules, sort


def hear(contact: Contact, raised: AllegationRaised, rules: Rules) -> tuple[Fact, ...]:
    """It waits to be assessed, once, with what its words prompt (R44)."""
    if raised.number in contact.heard.get(raised.matter, {}):
        return ()
    sorting = sort(raised.words, rules, channel=contact.sorted[0].channel)
    heard = AllegationHeard(
        matter=raised.matter,
        number=contact.next_allegation(raised.matter),
        raised_as=raised.number,
        person_id=raised.person_id,
        words=raised.words,
        prompts=prompts_of(sorting, raised.words),
        prompts_version=sorting.prompts_version,
    )
    return (heard,)


def drop(contact: Contact, matter: str, raised_as: str) -> tuple[Fact, ...]:
    """What casework took back waits no longer. What was assessed meanwhile stays assessed."""
    waiting = contact.raised.get(matter, {}).values()
    return tuple(
        AllegationDropped(matter=matter, number=heard.number)
        for heard in waiting
        if heard.raised_as == raised_as
    )
