"""I1: no lost contact; I2: no doubled mail; and the final state of every contact."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from complaints_contracts.cases import CaseOpened
from complaints_contracts.codes import Purpose, Queue
from complaints_contracts.contacts import ContactReceived, MessageAdded
from complaints_contracts.triage import ContactSorted
from complaints_local.reconcile.evidence import Evidence, Notice, Outgoing, Row, SinkMail
from complaints_local.reconcile.ledger import Kind, Line, Outcome, tags_in
from complaints_local.reconcile.verdict import Verdict, judged
from complaints_notifications.domain.tokens import token_of

ACKNOWLEDGEMENTS: Final = (Purpose.ACKNOWLEDGEMENT, Purpose.REVIEW_ACKNOWLEDGEMENT)


def no_lost_contact(evidence: Evidence) -> Verdict:
    """I1: what was accepted is there once, and was sorted once, into a case or a review each."""
    contacts, messages = (
        _by_tag(evidence, ContactReceived.type),
        _by_tag(evidence, MessageAdded.type),
    )
    sortings, opened = _sortings(evidence), _opened(evidence)
    exceptions: list[str] = []
    counts: Counter[str] = Counter()
    for line in evidence.ledger:
        if line.kind is Kind.DUPLICATE:
            counts["duplicates"] += 1
            continue
        there = contacts[line.tag] + (messages[line.tag] if line.kind is Kind.REPLY else [])
        counts[line.outcome.value] += line.kind is not Kind.POISON
        if line.outcome is Outcome.UNKNOWN:
            counts["unknown, but there"] += bool(there)
        counts["contacts"] += len(contacts[line.tag])
        counts["messages"] += len(messages[line.tag])
        exceptions += _miscounted(line, len(there))
        for row in contacts[line.tag]:
            exceptions += _misrouted(line.tag, sortings[row.key], opened, evidence)
    told = {line.tag for line in evidence.ledger if line.kind is Kind.DUPLICATE}
    exceptions += [f"{tag}: a duplicate, and there by itself" for tag in told if contacts[tag]]
    return judged("I1", "no lost contact", counts, exceptions)


def _miscounted(line: Line, there: int) -> Iterator[str]:
    match line.outcome, line.kind:
        case _, Kind.POISON:
            least, most = 0, 0
        case Outcome.ACCEPTED, _:
            least, most = 1, 1
        case Outcome.REFUSED, _:
            least, most = 0, 0
        case _:
            least, most = 0, 1
    if not least <= there <= most:
        yield f"{line.tag}: {line.outcome.value} {line.kind.value}, and there {there} times"


def _misrouted(
    tag: str, sortings: list[Row], opened: Mapping[str, int], evidence: Evidence
) -> Iterator[str]:
    matters = Counter(row.data["matter"] for row in sortings)
    if not matters or max(matters.values()) > 1:
        yield f"{tag}: sorted {len(sortings)} times"
    for row in sortings:
        if row.data["queue"] == Queue.REVIEWS:
            if row.key not in evidence.tables.reviews:
                yield f"{tag}: sorted to reviews, which has none"
        elif opened[row.data["case_id"]] != 1 or row.data["case_id"] not in evidence.tables.cases:
            listed = "listed" if row.data["case_id"] in evidence.tables.cases else "not listed"
            yield f"{tag}: its case was opened {opened[row.data['case_id']]} times, and is {listed}"


def no_doubled_mail(evidence: Evidence) -> Verdict:
    """I2: one mail for each notice, and a second one only where the notice says `uncertain`."""
    notices = {notice.id: notice for notice in evidence.tables.notices}
    by_token = {notice.token: notice for notice in evidence.tables.notices}
    arrived: defaultdict[str, list[SinkMail]] = defaultdict(list)
    for mail in evidence.mails:
        arrived[mail.message_id].append(mail)
    exceptions: list[str] = []
    doubled = 0
    for message_id, mails in arrived.items():
        notice = by_token.get(token_of(message_id))
        if notice is None:
            exceptions += [f"mail {mail.name}: no notice has its Message-ID" for mail in mails]
            continue
        if len(mails) > 1:
            same = len({mail.digest for mail in mails}) == 1 and len(mails) == 2
            doubled += 1
            if not (same and notice.uncertain):
                exceptions.append(f"notice {notice.id}: {len(mails)} mails")
    exceptions += [
        f"notice {one.notice_id}: sent, and no mail arrived"
        for one in evidence.tables.outgoing
        if one.state == "accepted" and one.message_id not in arrived
    ]
    told = Counter(
        (notices[one.notice_id].contact_id, notices[one.notice_id].purpose, one.recipient.lower())
        for one in evidence.tables.outgoing
        if one.message_id in arrived and notices[one.notice_id].purpose in ACKNOWLEDGEMENTS
    )
    exceptions += [f"contact {contact}: told twice" for (contact, *_), n in told.items() if n > 1]
    acknowledged, silent = _acknowledged(evidence, notices, arrived.keys())
    counts = {
        "mails": len(evidence.mails),
        "notices": len(notices),
        "uncertain copies": doubled,
        "acknowledged": acknowledged,
    }
    return judged("I2", "no doubled mail", counts, [*exceptions, *silent])


def _acknowledged(
    evidence: Evidence, notices: Mapping[str, Notice], arrived: Any
) -> tuple[int, list[str]]:
    """How many accepted contacts were, and which were not; those that are lost I1 names."""
    contacts = _by_tag(evidence, ContactReceived.type)
    outgoing: defaultdict[str, list[Outgoing]] = defaultdict(list)
    for one in evidence.tables.outgoing:
        if notices[one.notice_id].purpose in ACKNOWLEDGEMENTS:
            outgoing[notices[one.notice_id].contact_id].append(one)
    done, silent = 0, []
    for line in evidence.ledger:
        if line.kind is not Kind.CONTACT or line.outcome is not Outcome.ACCEPTED:
            continue
        for row in contacts[line.tag] if line.recipient else ():
            sent = [one for one in outgoing[row.key] if one.message_id in arrived]
            if [one.recipient for one in sent] == [line.recipient]:
                done += 1
            else:
                silent.append(f"{line.tag}: {len(sent)} acknowledgements arrived")
    return done, silent


def final_state(evidence: Evidence) -> dict[str, Any]:
    """What became of each contact and reply, without ids and times: so runs can be compared."""
    contacts, messages = (
        _by_tag(evidence, ContactReceived.type),
        _by_tag(evidence, MessageAdded.type),
    )
    sortings = _sortings(evidence)
    notices: defaultdict[str, list[list[str]]] = defaultdict(list)
    for notice in evidence.tables.notices:
        notices[notice.contact_id].append([notice.purpose, notice.state])
    state = {}
    for tag in sorted({line.tag for line in evidence.ledger if line.kind is not Kind.DUPLICATE}):
        sorted_as = [row for contact in contacts[tag] for row in sortings[contact.key]]
        cases = [evidence.tables.cases.get(row.data["case_id"]) for row in sorted_as]
        state[tag] = {
            "contacts": len(contacts[tag]),
            "messages": len(messages[tag]),
            "sorted": sorted([row.data["contact_type"], row.data["queue"]] for row in sorted_as),
            "cases": sorted(case for case in cases if case),
            "notices": sorted(n for contact in contacts[tag] for n in notices[contact.key]),
        }
    return state


def _by_tag(evidence: Evidence, type: str) -> defaultdict[str, list[Row]]:
    """Intake's events of a type, by the tags in their words."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in evidence.services["intake"].rows:
        if row.type == type:
            for tag in tags_in(row.data["words"]):
                found[tag].append(row)
    return found


def _sortings(evidence: Evidence) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in evidence.services["triage"].rows:
        if row.type == ContactSorted.type:
            found[row.key].append(row)
    return found


def _opened(evidence: Evidence) -> Counter[str]:
    """How often each case was opened."""
    rows = evidence.services["casework"].rows
    return Counter(row.key for row in rows if row.type == CaseOpened.type)
