"""The archive of example messages: complete, unchanged, readable."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from complaints_contracts.allegations import AllegationRaised
from complaints_contracts.cases import CaseMoved, case_id
from complaints_contracts.codes import (
    Adjustment,
    CaseStatus,
    CaseStep,
    Channel,
    ClockKind,
    Consent,
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    ForceStep,
    MatchedBy,
    PersonRole,
    Purpose,
    Queue,
    ReachBy,
    ReceiptOutcome,
    RecoveryMethod,
    RepresentativeKind,
    RequestKind,
    RestrictionMeasure,
    ReturnKind,
    ReviewBody,
    ReviewGround,
    Route,
    Subject,
    Unread,
    Urgency,
    Vulnerability,
    Wish,
)
from complaints_contracts.contacts import ContactReceived, MailReturned, MessageAdded
from complaints_contracts.data import data_folder
from complaints_contracts.envelope import Envelope, decode
from complaints_contracts.examples import Example, examples, read_example
from complaints_contracts.forces import (
    CaseAdvanced,
    CaseSupplemented,
    CaseTransferred,
    OutcomeIssued,
    RecordAnswered,
    RequestAnswered,
    RequestMade,
)
from complaints_contracts.foreign import Foreign, decode_foreign
from complaints_contracts.notices import NoticeEvent, NoticePrepared
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.reviews import ReviewMatched, ReviewReceived, review_id
from complaints_contracts.schemas import short_type
from complaints_contracts.triage import ContactSorted, MatterAssessed, MessageSorted

FOLDER = data_folder("examples")


def _read(name: str) -> Envelope:
    example = read_example(FOLDER / f"{name}.record")
    return decode(example.key, example.value, example.headers, example.topic)


def _read_sent(name: str, short: str = "force.contact-redirected.v1") -> Foreign:
    example = read_example(FOLDER / short / f"{name}.record")
    return decode_foreign(example.value, example.headers, example.topic)


def test_no_archived_byte_changes_and_no_file_is_unlisted() -> None:
    """A new example gets a new line. A line that is there is never changed."""
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    on_disk = {
        file.relative_to(FOLDER).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in FOLDER.glob("*/*")
    }
    assert on_disk == listed


def test_every_event_type_has_an_example_and_every_folder_an_event_type() -> None:
    types = {short_type(name) for name in (*EVENTS, *FROM_FORCES)}
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} == types
    assert {example.name.split("/")[0] for example in examples()} == types


def test_every_value_has_a_record_beside_it() -> None:
    values = {file.with_suffix("") for file in FOLDER.glob("*/*.json")}
    assert values == {file.with_suffix("") for file in FOLDER.glob("*/*.record")}


def test_an_example_is_readable_and_says_nothing_twice(example: Example) -> None:
    envelope = decode(example.key, example.value, example.headers, example.topic)
    attributes = dict(example.headers)
    short = short_type(envelope.event.type)
    assert example.name.startswith(f"{short}/")
    assert attributes[b"ce_dataschema"].decode() == f"urn:police-complaints:schema:{short}"
    assert attributes[b"ce_subject"] == example.key
    assert len(attributes) == len(example.headers)


def _with_moments(value: Any) -> Any:
    """The same JSON with moments as such: 10.6 and 10.600000 are the same second."""
    match value:
        case dict():
            return {name: _with_moments(item) for name, item in value.items()}
        case list():
            return [_with_moments(item) for item in value]
        case str() if value[10:11] == "T" and value[:4].isdigit():
            return datetime.fromisoformat(value)
    return value


def test_what_an_example_says_is_what_the_event_holds(example: Example) -> None:
    event = decode(example.key, example.value, example.headers, example.topic).event
    held = event.model_dump(mode="json", exclude_unset=True)
    same = _with_moments(held) == _with_moments(json.loads(example.value))
    assert same is not example.name.endswith("/from-the-future")


def test_what_a_force_sent_is_readable_and_is_what_its_event_holds(sent: Example) -> None:
    record = decode_foreign(sent.value, sent.headers, sent.topic)
    assert sent.name.startswith(f"{short_type(record.event.type)}/")
    said = json.loads(sent.value)
    held = record.event.model_dump(mode="json", exclude_unset=True)
    same = _with_moments(held) == _with_moments(said.get("data", said))
    assert same is not sent.name.endswith("/from-the-future")


def test_a_web_contact_reads_as_it_was_sent() -> None:
    envelope = _read("contact.received.v1/web-two-attachments")
    event = envelope.event
    assert isinstance(event, ContactReceived)
    assert (envelope.sequence, envelope.source) == (1, "urn:police-complaints:intake")
    assert event.channel is Channel.WEB
    assert event.persons[0].name == "Moira Tansley-Okonjo"
    assert event.words.endswith("It cost me £1,250.")
    assert [file.size for file in event.attachments] == [2481930, 90211]


def test_an_automatic_mail_from_an_mp_reads_as_one() -> None:
    event = _read("contact.received.v1/automatic-email-mp-representative").event
    assert isinstance(event, ContactReceived)
    assert not event.answerable
    assert [person.role for person in event.persons] == [
        PersonRole.COMPLAINANT,
        PersonRole.REPRESENTATIVE,
    ]


def test_codes_from_the_future_are_other_and_fields_from_the_future_are_left_out() -> None:
    event = _read("contact.received.v1/from-the-future").event
    assert isinstance(event, ContactReceived)
    assert event.channel is Channel.OTHER
    assert event.persons[0].role is PersonRole.OTHER
    assert event.persons[0].reach.preferred is ReachBy.OTHER
    assert [need.value for need in event.persons[0].reach.needs] == ["BSL", "OTHER"]
    kept = event.model_dump_json()
    assert not [name for name in ("language", "transcript", "pronouns", "scanned") if name in kept]
    sorted_ = _read("triage.contact-sorted.v1/from-the-future").event
    assert isinstance(sorted_, ContactSorted)
    assert sorted_.prompts[0].criterion is Criterion.OTHER


def test_a_call_about_two_matters_reads_as_one_contact_and_is_sorted_into_two_cases() -> None:
    event = _read("contact.received.v1/phone-two-matters").event
    assert isinstance(event, ContactReceived)
    assert (event.channel, event.declared) == (Channel.PHONE, ContactType.COMPLAINT)
    assert event.taken_by == "adviser-2"
    assert event.persons[0].reach.interpreter_for == "Polish"
    for name, matter in zip(("first", "second"), event.matters, strict=True):
        sorted_ = _read(f"triage.contact-sorted.v1/{name}-matter-of-a-call").event
        assert isinstance(sorted_, ContactSorted)
        assert (sorted_.matter, sorted_.words) == (matter.number, matter.words)
        assert sorted_.case_id == case_id(event.contact_id, matter.number)


@pytest.mark.parametrize("stage", [ContactReceived, ContactSorted])
def test_a_letter_from_an_mp_says_whom_it_is_for_and_whether_they_agreed(
    stage: type[ContactReceived | ContactSorted],
) -> None:
    event = _read(f"{short_type(stage.type)}/letter-from-an-mp").event
    assert isinstance(event, stage)
    constituent, member = event.persons
    assert (constituent.role, constituent.representation) == (PersonRole.COMPLAINANT, None)
    assert member.representation
    assert member.representation.kind is RepresentativeKind.MP
    assert member.representation.consent is Consent.REQUESTED
    assert event.dated_on
    assert event.dated_on.isoformat() == "2026-11-12"


def test_an_application_for_a_review_leads_to_a_review_and_to_no_case() -> None:
    event = _read("contact.received.v1/review-application").event
    assert isinstance(event, ContactReceived)
    assert event.declared is ContactType.REVIEW_APPLICATION
    assert event.review
    assert event.review.grounds == (
        ReviewGround.EVIDENCE_NOT_CONSIDERED,
        ReviewGround.ALLEGATION_MISSED,
    )
    sorted_ = _read("triage.contact-sorted.v1/review-application").event
    assert isinstance(sorted_, ContactSorted)
    assert (sorted_.queue, sorted_.review) == (Queue.REVIEWS, event.review)
    asked = _read("review.received.v1/by-web-form").event
    assert isinstance(asked, ReviewReceived)
    assert (asked.review_id, asked.declared) == (review_id(event.contact_id), True)
    matched = _read("review.matched.v1/by-reference-and-person").event
    assert isinstance(matched, ReviewMatched)
    assert matched.by is MatchedBy.REFERENCE_AND_PERSON
    assert (matched.stream, event.mentions) == (asked.stream, (matched.case_reference,))


def test_what_a_force_passed_on_reads_as_a_contact_of_ours_and_is_answered() -> None:
    sent = _read_sent("letter-to-the-chief-constable")
    assert (sent.id, sent.source) == ("DSE/2026/0533", "/force/cleveland/dse")
    assert sent.force == "cleveland"
    event = _read("contact.received.v1/force-redirect").event
    assert isinstance(event, ContactReceived)
    assert (event.channel, event.made_at) == (sent.event.channel, sent.event.made_at)
    assert (event.words, event.force) == (sent.event.words, sent.force)
    assert event.force_reference == sent.event.force_reference
    receipt = _read("force.record-answered.v1/accepted").event
    assert isinstance(receipt, RecordAnswered)
    assert (receipt.outcome, receipt.record_id) == (ReceiptOutcome.ACCEPTED, sent.id)
    assert receipt.reference == event.reference


def test_a_force_may_send_in_structured_mode_without_a_name_or_with_codes_of_its_own() -> None:
    call = _read_sent("call-to-101-structured")
    assert call.id == "101:20261121:2212:0093"
    assert call.time.isoformat() == "2026-11-21T22:31:40+00:00"
    assert call.event.persons[0].needs == (Adjustment.TEXT_RELAY,)
    desk = _read_sent("front-desk-without-a-name").event
    assert (desk.persons, desk.anonymous, desk.made_at) == ((), True, None)
    later = _read_sent("from-the-future").event
    assert (later.channel, later.persons[0].reach_by) == (Channel.OTHER, ReachBy.OTHER)
    assert later.persons[0].needs == (Adjustment.BSL, Adjustment.OTHER)


def test_a_reply_reads_the_same_before_and_after_sorting() -> None:
    added = _read("contact.message-added.v1/reply-with-a-photo").event
    sorted_ = _read("triage.message-sorted.v1/reply-that-tells-of-an-injury").event
    assert isinstance(added, MessageAdded)
    assert isinstance(sorted_, MessageSorted)
    shared = added.model_dump()
    assert {name: getattr(sorted_, name) for name in shared} == {
        name: getattr(added, name) for name in shared
    }
    for prompt in sorted_.prompts:
        assert sorted_.words[prompt.start : prompt.end] == prompt.words


def test_mail_that_could_not_be_read_or_came_back_says_why() -> None:
    locked = _read("contact.received.v1/locked-mail").event
    assert isinstance(locked, ContactReceived)
    assert locked.unread is Unread.ENCRYPTED
    assert [file.quarantined for file in locked.attachments] == [False, True]
    bounced = _read("contact.mail-returned.v1/bounced").event
    assert isinstance(bounced, MailReturned)
    assert (bounced.kind, bounced.status) == (ReturnKind.BOUNCED, "5.1.1")
    read = _read("contact.mail-returned.v1/read-receipt").event
    assert isinstance(read, MailReturned)
    assert (read.kind, read.token, read.status) == (ReturnKind.READ, None, None)


def test_what_a_machine_a_review_or_a_receipt_may_say_one_day_is_other_too() -> None:
    returned = _read("contact.mail-returned.v1/from-the-future").event
    assert isinstance(returned, MailReturned)
    assert returned.kind is ReturnKind.OTHER
    matched = _read("review.matched.v1/from-the-future").event
    assert isinstance(matched, ReviewMatched)
    assert matched.by is MatchedBy.OTHER
    answered = _read("force.record-answered.v1/from-the-future").event
    assert isinstance(answered, RecordAnswered)
    assert answered.outcome is ReceiptOutcome.OTHER


def test_an_allegation_that_came_up_is_assessed_and_handed_to_the_force_with_its_answers() -> None:
    raised = _read("allegation.raised.v1/pushed-against-a-wall").event
    assert isinstance(raised, AllegationRaised)
    assert raised.case_id == case_id(raised.contact_id, raised.matter)
    assessed = _read("triage.matter-assessed.v1/hurt-in-a-stop").event
    assert isinstance(assessed, MatterAssessed)
    assert (assessed.case_id, assessed.person) == (raised.case_id, raised.person)
    assert (assessed.route, assessed.second_look) == (Route.RECORD_URGENTLY, True)
    came_up = assessed.allegations[-1]
    assert (came_up.number, came_up.words) == (raised.number, raised.words)
    assert came_up.answers[Criterion.MF3] is CriterionAnswer.YES
    given = _read("force.case-transferred.v1/hurt-in-a-stop").event
    assert isinstance(given, CaseTransferred)
    assert [one.model_dump() for one in given.allegations] == [
        one.model_dump() for one in assessed.allegations
    ]
    assert (given.wish, given.assessed_at) == (assessed.wish, assessed.assessed_at)


def test_a_force_is_handed_what_it_was_asked_to_preserve_and_what_they_wrote_since() -> None:
    given = _read("force.case-transferred.v1/hurt-in-a-stop").event
    asked = _read("force.request-made.v1/keep-the-video").event
    wrote = _read("triage.message-sorted.v1/reply-that-tells-of-an-injury").event
    assert isinstance(given, CaseTransferred)
    assert isinstance(asked, RequestMade)
    assert isinstance(wrote, MessageSorted)
    ((evidence,), (message,)) = (given.evidence, given.messages)
    assert {name: getattr(asked, name) for name in evidence.model_dump()} == dict(evidence)
    assert {name: getattr(wrote, name) for name in message.model_dump()} == dict(message)


def test_what_is_assessed_after_a_transfer_is_told_to_the_force_that_has_it() -> None:
    before = _read("force.case-transferred.v1/call-to-101").event
    known = _read("force.case-supplemented.v1/assessed-after-recording")
    assert isinstance(before, CaseTransferred)
    assert isinstance(known.event, CaseSupplemented)
    assert (known.event.stream, known.event.topic_name) == (before.stream, before.topic_name)
    assert (known.sequence, known.event.person) == (2, before.person)
    assert (before.urgency, known.event.urgency) == (Urgency.ROUTINE, Urgency.URGENT)
    assert known.event.allegations[1].advised == (Criterion.MF4,)


def test_every_assessment_that_is_archived_answers_every_criterion() -> None:
    found = [one for one in examples() if one.type == "triage.matter-assessed.v1"]
    for one in found:
        event = decode(one.key, one.value, one.headers, one.topic).event
        assert isinstance(event, MatterAssessed)
        assert event.case_id == case_id(event.contact_id, event.matter)
        for allegation in event.allegations:
            assert set(allegation.answers) >= set(Criterion) - {Criterion.OTHER}
            assert set(allegation.advised) <= set(allegation.answers)


@pytest.mark.parametrize(
    ("asked", "answered", "moved"),
    [
        ("keep-the-video", "video-kept", "evidence-preserved"),
        ("a-visit-that-happens", "visit-agreed", None),
    ],
)
def test_a_request_is_answered_by_its_id_and_the_case_moves_on_about_it(
    asked: str, answered: str, moved: str | None
) -> None:
    request = _read(f"force.request-made.v1/{asked}").event
    assert isinstance(request, RequestMade)
    answer = _read_sent(answered, "force.request-answered.v1").event
    assert isinstance(answer, RequestAnswered)
    assert (answer.case_id, answer.request_id) == (request.case_id, request.request_id)
    assert (request.answer_by is None) is (request.kind is RequestKind.EVIDENCE)
    if moved:
        step = _read(f"case.moved.v1/{moved}").event
        assert isinstance(step, CaseMoved)
        assert (step.case_id, step.about) == (request.case_id, request.request_id)


def test_a_case_that_moved_says_where_it_stands_and_only_what_goes_with_the_step() -> None:
    handed = _read("case.moved.v1/handed-to-the-force").event
    assert isinstance(handed, CaseMoved)
    assert (handed.step, handed.status) == (CaseStep.TRANSFERRED, CaseStatus.TRANSFERRED)
    assert (handed.words, handed.force) == (None, "cleveland")
    proposed = _read("case.moved.v1/resolution-proposed").event
    assert isinstance(proposed, CaseMoved)
    assert proposed.words
    assert proposed.methods == (RecoveryMethod.APOLOGY, RecoveryMethod.UPDATE)
    decided = _read_sent("case-to-answer", "force.outcome-issued.v1").event
    assert isinstance(decided, OutcomeIssued)
    issued = _read("case.moved.v1/outcome-issued").event
    assert isinstance(issued, CaseMoved)
    assert (issued.case_id, issued.outcome) == (decided.case_id, decided.outcome)
    assert issued.review_body is decided.review_body is ReviewBody.IOPC
    advanced = _read_sent("referred", "force.case-advanced.v1").event
    assert isinstance(advanced, CaseAdvanced)
    assert advanced.step is ForceStep.REFERRED


def test_a_person_says_what_care_they_need_and_how_contact_is_restricted_until_when() -> None:
    event = _read("case.moved.v1/reached-by-telephone-only").event
    assert isinstance(event, CaseMoved)
    (person,) = event.persons
    assert person.vulnerabilities == (Vulnerability.BEREAVED, Vulnerability.LITERACY)
    assert person.restriction
    assert person.restriction.channel is ReachBy.TELEPHONE
    assert person.restriction.measures[0] is RestrictionMeasure.ONE_CHANNEL
    assert person.restriction.holds_on(event.at.date())


@pytest.mark.parametrize(
    ("notice", "moved"),
    [
        ("notice.prepared.v1/told-of-the-referral", "told-of-the-referral"),
        ("notice.sent.v1/told-of-the-referral", "told-of-the-referral"),
        ("notice.prepared.v1/outcome-letter", "outcome-letter"),
        ("notice.returned.v1/outcome-letter-delivered", "outcome-letter"),
        ("notice.withheld.v1/no-address-for-progress", "progress-told"),
    ],
)
def test_a_notice_of_a_step_names_it_and_its_case(notice: str, moved: str) -> None:
    told = _read(notice).event
    step = _read(f"case.moved.v1/{moved}").event
    assert isinstance(told, NoticeEvent)
    assert isinstance(step, CaseMoved)
    assert told.purpose is Purpose.CASE_STEP
    assert step.words
    assert (told.case_id, told.step_id) == (step.case_id, step.step_id)
    assert (told.contact_id, told.reference) == (step.contact_id, step.reference)


def test_a_letter_says_until_when_they_may_ask_for_a_review() -> None:
    letter = _read("notice.prepared.v1/outcome-letter").event
    assert isinstance(letter, NoticePrepared)
    assert [date.kind for date in letter.dates] == [ClockKind.REVIEW_PERIOD]


def test_what_an_assessment_or_a_step_may_be_one_day_is_other_too() -> None:
    assessed = _read("triage.matter-assessed.v1/from-the-future").event
    assert isinstance(assessed, MatterAssessed)
    assert (assessed.subject, assessed.eligibility) == (Subject.OTHER, Eligibility.OTHER)
    assert (assessed.wish, assessed.route) == (Wish.OTHER, Route.OTHER)
    (allegation,) = assessed.allegations
    assert allegation.answers[Criterion.MF3] is CriterionAnswer.OTHER
    assert allegation.advised == (Criterion.OTHER,)
    moved = _read("case.moved.v1/from-the-future").event
    assert isinstance(moved, CaseMoved)
    assert (moved.step, moved.status) == (CaseStep.OTHER, CaseStatus.OTHER)
    assert moved.methods == (RecoveryMethod.OTHER, RecoveryMethod.APOLOGY)
    advanced = _read_sent("from-the-future", "force.case-advanced.v1").event
    assert isinstance(advanced, CaseAdvanced)
    assert advanced.step is ForceStep.OTHER


@pytest.mark.parametrize("text", ["", "key: k\ntopic: t\n", "topic: t\nkey\n", "topic: t\n"])
def test_a_record_file_of_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.record"
    file.write_text(text)
    file.with_suffix(".json").write_text("{}")
    with pytest.raises(ValueError, match=r"unpack|must start"):
        read_example(file)
