"""Sorting on arrival: a suggested type, prompts, risks, urgency and queue (R8 to R10, R28, R29).

The type is a suggestion that a person confirms. Without a sign, or in doubt, a contact is a
COMPLAINT in the resolution queue; what looks like spam is marked and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from complaints_contracts.codes import Channel, ContactType, Criterion, Queue, RiskFlag, Urgency
from complaints_triage.domain.language import Language
from complaints_triage.domain.phrases import Mention, PhraseBook
from complaints_triage.domain.prompts import (
    Bearing,
    Prompt,
    RiskSign,
    prompts_of,
    risk_signs_of,
)

DISSATISFACTION: Final = "DISSATISFACTION"
"""The phrase id of words that do not sound content. They choose no type by themselves."""

POLICING: Final = "POLICING"
"""The phrase id of words about the police or a complaint: what has one is not spam."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A contact type that words can suggest.

    `beside` is the type where there is dissatisfaction, or something serious, beside it; None
    where the type stands all the same. An emergency is serious by itself.
    """

    type: ContactType
    queue: Queue
    beside: ContactType | None
    why: str


@dataclass(frozen=True)
class Rules:
    """Everything that a sorting goes by. `kinds` are in order of precedence."""

    version: str
    language: Language
    prompts: PhraseBook
    bearings: Mapping[str, Bearing]
    signs: PhraseBook
    kinds: tuple[Kind, ...]
    urgent_criteria: frozenset[Criterion]
    urgent_queue: Queue
    default_queue: Queue
    anyone_writes: frozenset[Channel]


@dataclass(frozen=True, slots=True)
class Sorting:
    """What the words suggest.

    `type_reasons` are the signs found, by type, or DISSATISFACTION or POLICING.
    """

    contact_type: ContactType
    type_reasons: tuple[Mention, ...]
    prompts: tuple[Prompt, ...]
    risk_signs: tuple[RiskSign, ...]
    urgency: Urgency
    queue: Queue
    prompts_version: str

    @property
    def risks(self) -> tuple[RiskFlag, ...]:
        """The risks that somebody must look at now, each once, in the order of their signs."""
        return tuple(dict.fromkeys(sign.flag for sign in self.risk_signs if not sign.negated))


def sort(words: str, rules: Rules, *, channel: Channel, automatic: bool = False) -> Sorting:
    """Sorts one contact by its words. The same words and rules give the same answer; never raises.

    `automatic` says that a machine sent it (RFC 3834): an automatic message in which nothing is
    found is suspected of being spam.
    """
    read = rules.language.read(words)
    mentions = rules.prompts.find(read, rules.language)
    prompts = prompts_of(mentions, rules.bearings)
    risk_signs = risk_signs_of(mentions, rules.bearings)
    signs = rules.signs.find(read, rules.language)

    urgency = _urgency(prompts, risk_signs, rules)
    contact_type = _suggest(
        signs,
        rules,
        serious=urgency is not Urgency.ROUTINE,
        by_anyone=channel in rules.anyone_writes,
        nothing_from_machine=automatic and not mentions and not signs,
    )
    return Sorting(
        contact_type=contact_type,
        type_reasons=signs,
        prompts=prompts,
        risk_signs=risk_signs,
        urgency=urgency,
        queue=_queue(contact_type, urgency, rules),
        prompts_version=rules.version,
    )


def _urgency(prompts: Iterable[Prompt], risk_signs: Iterable[RiskSign], rules: Rules) -> Urgency:
    """Risk goes first (domain 3.1), then what the force must hear of at once (domain 3.4)."""
    if any(not sign.negated for sign in risk_signs):
        return Urgency.IMMEDIATE
    if any(not p.negated and p.criterion in rules.urgent_criteria for p in prompts):
        return Urgency.URGENT
    return Urgency.ROUTINE


def _suggest(
    signs: tuple[Mention, ...],
    rules: Rules,
    *,
    serious: bool,
    by_anyone: bool,
    nothing_from_machine: bool,
) -> ContactType:
    suggested = {sign.phrase_id for sign in signs if not sign.negated}
    for kind in rules.kinds:
        if kind.type is ContactType.SPAM_ABUSE and (not by_anyone or POLICING in suggested):
            continue  # somebody has spoken to this person, or it may be about the police
        if kind.type in suggested:
            # danger is what an emergency is about, not something beside it
            grave = serious and kind.type is not ContactType.CRIME_OR_EMERGENCY
            discontent = DISSATISFACTION in suggested
            return kind.beside if kind.beside and (grave or discontent) else kind.type
    if nothing_from_machine and by_anyone:
        return ContactType.SPAM_ABUSE
    return ContactType.COMPLAINT


def _queue(contact_type: ContactType, urgency: Urgency, rules: Rules) -> Queue:
    if urgency is not Urgency.ROUTINE:
        return rules.urgent_queue
    queues = {kind.type: kind.queue for kind in rules.kinds}
    return queues.get(contact_type, rules.default_queue)
