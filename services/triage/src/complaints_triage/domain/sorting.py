"""Sorting on arrival: a suggested type, prompts, risks, urgency and queue (R8 to R10, R28, R29).

The type is a suggestion that a person confirms. Without a sign, or in doubt, a contact is a
COMPLAINT in the resolution queue; what looks like spam is marked and kept. What somebody declares
a contact to be goes before what its words suggest, but hides nothing serious in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    where the type stands all the same. An emergency is serious by itself. `declared_queue` is
    where it waits instead of in `queue` if somebody declared it to be of this type.
    """

    type: ContactType
    queue: Queue
    declared_queue: Queue | None
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
    """What the words, and the title where there is one, suggest.

    `type_reasons` are the signs found in the words, by type, or DISSATISFACTION or POLICING.
    `title_prompts` have their places in the title, all others in the words. `risks` are those that
    somebody must look at now, each once, in the order of their signs.
    """

    contact_type: ContactType
    type_reasons: tuple[Mention, ...]
    prompts: tuple[Prompt, ...]
    title_prompts: tuple[Prompt, ...]
    risk_signs: tuple[RiskSign, ...]
    risks: tuple[RiskFlag, ...]
    urgency: Urgency
    queue: Queue
    prompts_version: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in one text."""

    prompts: tuple[Prompt, ...]
    risk_signs: tuple[RiskSign, ...]
    signs: tuple[Mention, ...]


def sort(
    words: str,
    rules: Rules,
    *,
    channel: Channel,
    title: str = "",
    automatic: bool = False,
    declared: ContactType | None = None,
) -> Sorting:
    """Sorts one contact by its words. The same words and rules give the same answer; never raises.

    `automatic` says that a machine sent it (RFC 3834): an automatic message in which nothing is
    found is suspected of being spam. `declared` is what its sender, the mailbox it came to, or who
    took it says it is.
    """
    in_words, in_title = (_find(text, rules) for text in (words, title))
    prompts = (*in_words.prompts, *in_title.prompts)
    risk_signs = (*in_words.risk_signs, *in_title.risk_signs)
    signs = (*in_words.signs, *in_title.signs)

    urgency = _urgency(prompts, risk_signs, rules)
    contact_type = _type(
        declared,
        {sign.phrase_id for sign in signs if not sign.negated},
        rules,
        serious=urgency is not Urgency.ROUTINE,
        by_anyone=channel in rules.anyone_writes,
        nothing_from_machine=automatic and not (prompts or risk_signs or signs),
    )
    return Sorting(
        contact_type=contact_type,
        type_reasons=in_words.signs,
        prompts=in_words.prompts,
        title_prompts=in_title.prompts,
        risk_signs=in_words.risk_signs,
        risks=tuple(dict.fromkeys(sign.flag for sign in risk_signs if not sign.negated)),
        urgency=urgency,
        queue=_queue(contact_type, urgency, declared, rules),
        prompts_version=rules.version,
    )


def _find(text: str, rules: Rules) -> _Found:
    read = rules.language.read(text)
    mentions = rules.prompts.find(read, rules.language)
    return _Found(
        prompts_of(mentions, rules.bearings),
        risk_signs_of(mentions, rules.bearings),
        rules.signs.find(read, rules.language),
    )


def _urgency(prompts: Iterable[Prompt], risk_signs: Iterable[RiskSign], rules: Rules) -> Urgency:
    """Risk goes first (domain 3.1), then what the force must hear of at once (domain 3.4)."""
    if any(not sign.negated for sign in risk_signs):
        return Urgency.IMMEDIATE
    if any(not p.negated and p.criterion in rules.urgent_criteria for p in prompts):
        return Urgency.URGENT
    return Urgency.ROUTINE


def _type(
    declared: ContactType | None,
    suggested: Collection[str],
    rules: Rules,
    *,
    serious: bool,
    by_anyone: bool,
    nothing_from_machine: bool,
) -> ContactType:
    """What is declared, as long as it is no spam; else what the words suggest.

    OTHER declares nothing that we know.
    """

    def beside(kind: Kind) -> ContactType:
        # danger is what an emergency is about, not something beside it
        grave = serious and kind.type is not ContactType.CRIME_OR_EMERGENCY
        discontent = DISSATISFACTION in suggested
        return kind.beside if kind.beside and (grave or discontent) else kind.type

    possible = set(suggested)
    if not by_anyone or POLICING in suggested:
        # somebody has spoken to this person, or it may be about the police
        possible.discard(ContactType.SPAM_ABUSE)
    found = next((kind for kind in rules.kinds if kind.type in possible), None)
    if found:
        by_words = beside(found)
    else:
        spam = nothing_from_machine and by_anyone
        by_words = ContactType.SPAM_ABUSE if spam else ContactType.COMPLAINT
    if declared in (None, ContactType.OTHER) or by_words is ContactType.SPAM_ABUSE:
        return by_words
    kind = next((kind for kind in rules.kinds if kind.type is declared), None)
    return beside(kind) if kind else declared


def _queue(
    contact_type: ContactType, urgency: Urgency, declared: ContactType | None, rules: Rules
) -> Queue:
    if urgency is not Urgency.ROUTINE:
        return rules.urgent_queue
    kind = next((kind for kind in rules.kinds if kind.type is contact_type), None)
    if kind is None:
        return rules.default_queue
    return (kind.declared_queue if declared is contact_type else None) or kind.queue
