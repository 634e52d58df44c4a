"""Every step of a case is told once, by mail or by a person, and to nobody who is gone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4, uuid5

import pytest
from notices import THURSDAY, Desk, person, received
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import record

from complaints_contracts.cases import CaseMoved, CaseOpened, CasePersonErased, case_id
from complaints_contracts.codes import (
    Adjustment,
    CaseStatus,
    CaseStep,
    Consent,
    ContactType,
    HandlingOutcome,
    Medium,
    PersonRole,
    Purpose,
    Queue,
    ReachBy,
    RecordingReason,
    RepresentativeKind,
    RestrictionMeasure,
    RestrictionStage,
    ReturnKind,
    ReviewBody,
    ReviewLimb,
    Urgency,
    Vulnerability,
    WithheldReason,
)
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_contracts.notices import (
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.parts import (
    ContactRestriction,
    Person,
    Reach,
    Representation,
)
from complaints_local.mailbox import Fault, Mail, Mailbox
from complaints_notifications.domain.ledger import MAX_STEPS_PER_DAY
from complaints_notifications.domain.notice import Notice, NoticeState

ROBIN, ALEX = "robin@people.example", "alex@people.example"
PHONE, HOME = "01632 960184", "14 Larkspur Rise"
WORDS = "We listened to your call again.\nNobody rang you back."
CANARY = "heliotrope-canary-4711"


def moved(
    contact: ContactReceived,
    step: CaseStep = CaseStep.UPDATED,
    *,
    matter: str = "1",
    nth: int = 1,
    **fields: object,
) -> CaseMoved:
    """A step on the case of a contact, with everything that a letter can need."""
    case = case_id(contact.contact_id, matter)
    given: dict[str, object] = {
        "case_id": case,
        "step_id": uuid5(case, f"{step}-{nth}"),
        "contact_id": contact.contact_id,
        "reference": contact.reference,
        "received_at": contact.received_at,
        "persons": contact.persons,
        "adviser_id": "adviser-1",
        "step": step,
        "status": CaseStatus.SR_OPEN,
        "at": THURSDAY,
        "procedure_version": "1",
        "words": WORDS,
        "recorded_for": RecordingReason.COMPLAINANT_WISHES,
        "force": "cleveland",
        "outcome": HandlingOutcome.SERVICE_ACCEPTABLE,
        "review_body": ReviewBody.LPB,
    }
    return CaseMoved.model_validate(given | fields)


def case_opened(contact: ContactReceived, kind: ContactType = ContactType.COMPLAINT) -> CaseOpened:
    return CaseOpened(
        case_id=case_id(contact.contact_id),
        contact_id=contact.contact_id,
        reference=contact.reference,
        channel=contact.channel,
        received_at=contact.received_at,
        contact_type=kind,
        queue=Queue.RESOLUTION,
        urgency=Urgency.ROUTINE,
        persons=contact.persons,
        clocks=(),
    )


async def told(desk: Desk, event: CaseMoved) -> Notice:
    return await desk.notice(event.step_id, Purpose.CASE_STEP)


async def acknowledged(desk: Desk, lead: AsyncConnection, *persons: Person) -> ContactReceived:
    """A contact that was acknowledged before anything else happens."""
    contact = received(*persons)
    await desk.apply(contact)
    await desk.work(lead)
    return contact


def plain_of(mail: Mail) -> str:
    plain = mail.message.get_body(("plain",))
    assert plain
    content: str = plain.get_content()
    return content.replace("\r\n", "\n")


def letters(smtp: Mailbox) -> list[Mail]:
    """The mails about steps."""
    return [m for m in smtp.mails() if not m.message["Subject"].startswith("We have your message")]


def speaker(**fields: object) -> Person:
    """Somebody who speaks for the complainant, with their consent."""
    acts = Representation(kind=RepresentativeKind.FRIEND_FAMILY, consent=Consent.HELD)
    given: dict[str, object] = {
        "role": PersonRole.REPRESENTATIVE,
        "email": ALEX,
        "representation": acts,
    }
    return person(**given | fields)


async def test_a_step_is_told_once_and_what_is_said_of_it_names_case_and_step(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    event = moved(contact)
    first = record(event)
    await desk.applier.apply([first, first])
    await desk.applier.apply([first])
    await desk.work(lead)
    await desk.applier.apply([record(event, 2)])
    await desk.work(lead)
    [mail] = letters(smtp)
    assert mail.recipients == (ROBIN,)
    assert mail.message["Subject"] == f"Where things stand: reference {contact.reference}"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert WORDS in plain_of(mail)
    notice = await told(desk, event)
    assert isinstance(notice.end, NoticeSent)
    assert notice.prepared
    for said in (notice.prepared, notice.end):
        assert said.purpose is Purpose.CASE_STEP
        assert (said.case_id, said.step_id) == (event.case_id, event.step_id)
    assert notice.composed
    assert notice.composed.catalogue_version == "1"


async def test_the_day_that_a_letter_tells_is_kept_as_told(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    desk.clock.set(datetime(2026, 4, 1, 9, 30, tzinfo=UTC), frozen=True)
    contact = await acknowledged(desk, lead)
    event = moved(contact, CaseStep.OUTCOME_LETTER, status=CaseStatus.OUTCOME_GIVEN)
    smtp.program(ROBIN, Fault.CLOSE_AFTER_DOT)  # nobody knows whether it was taken
    await desk.apply(event)
    await desk.work(lead)
    desk.pass_time(hours=20)
    await desk.work(lead)
    one, other = letters(smtp)
    assert one.content == other.content
    assert "The last day to apply is Wednesday 29 April 2026" in plain_of(one)
    prepared = (await told(desk, event)).prepared
    assert prepared
    [clock] = prepared.dates
    assert clock.kind == "REVIEW_PERIOD"
    assert clock.due_at == datetime(2026, 4, 29, 22, 59, tzinfo=UTC)
    assert clock.calendar_version == prepared.calendar_version
    assert clock.rules_version == prepared.rules_version == "2020-02-01"
    [row] = await desk.rows("SELECT * FROM notices WHERE step_id IS NOT NULL")
    assert row.last_day.isoformat() == "2026-04-29"
    assert (row.case_id, row.step_id, row.step) == (event.case_id, event.step_id, event.step)


async def test_a_letter_that_nobody_took_counts_from_the_day_it_is_taken(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    """L33: from when it is provided; what was only tried on a day before was not."""
    desk.clock.set(datetime(2026, 4, 1, 9, 30, tzinfo=UTC), frozen=True)
    contact = await acknowledged(desk, lead)
    event = moved(contact, CaseStep.OUTCOME_LETTER, status=CaseStatus.OUTCOME_GIVEN)
    smtp.program(ROBIN, *["451 4.7.1 Try later"] * 2, Fault.CLOSE_AFTER_DOT)
    await desk.apply(event)
    await desk.work(lead)
    [kept] = await desk.rows("SELECT message FROM mails WHERE is_step")
    desk.pass_time(hours=1)
    await desk.work(lead)
    assert await desk.rows("SELECT message FROM mails WHERE is_step") == [kept], "the same day"
    desk.pass_time(hours=19)
    await desk.work(lead)
    desk.pass_time(days=1)
    await desk.work(lead)
    one, other = letters(smtp)
    assert one.content == other.content, "it may have been taken: its dates stay"
    for said in ("The last day to apply is Thursday 30 April", "Thursday 2 April 2026, the date"):
        assert said in " ".join(plain_of(one).split())
    assert "Wednesday 29 April" not in plain_of(one)
    notice = await told(desk, event)
    assert notice.prepared
    assert notice.prepared.dates[0].due_at == datetime(2026, 4, 30, 22, 59, tzinfo=UTC)
    assert isinstance(notice.end, NoticeSent)
    [row] = await desk.rows("SELECT last_day FROM notices WHERE step_id IS NOT NULL")
    assert row.last_day.isoformat() == "2026-04-30"


async def test_an_acknowledgement_that_is_late_stays_as_it_was_written(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    smtp.program(ROBIN, "451 4.7.1 Try later")
    await desk.apply(received())
    await desk.work(lead)
    [kept] = await desk.rows("SELECT message FROM mails")
    desk.pass_time(hours=20)
    await desk.work(lead)
    assert await desk.rows("SELECT message FROM mails") == [kept]
    assert len(smtp.mails()) == 1


async def test_a_step_that_overtakes_its_contact_waits_for_it(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(moved(contact))
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["WAITING"]
    await desk.apply(contact)
    await desk.work(lead)
    assert await desk.rows("SELECT kind FROM held") == []
    assert len(letters(smtp)) == 1


async def test_a_contact_that_was_taken_for_a_review_is_told_of_its_case_too(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received(declared=ContactType.REVIEW_APPLICATION)
    await desk.apply(contact, moved(contact))
    await desk.work(lead)
    assert await desk.rows("SELECT kind FROM held") == []
    assert len(letters(smtp)) == 1


async def test_a_step_that_cannot_be_read_costs_itself_only(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    one = await acknowledged(desk, lead)
    other = await acknowledged(desk, lead, person(email=ALEX))
    await desk.applier.apply([replace(record(moved(one)), value=b"{"), record(moved(other))])
    await desk.work(lead)
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["UNREADABLE"]
    assert [mail.recipients for mail in letters(smtp)] == [(ALEX,)]


@pytest.mark.parametrize("step", [CaseStep.ACCEPTED, CaseStep.TASK_SENT, CaseStep.CRITERION_MET])
async def test_a_step_that_tells_nothing_sends_nothing(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, step: CaseStep
) -> None:
    contact = await acknowledged(desk, lead)
    words = "Please call back." if step is CaseStep.TASK_SENT else None
    await desk.apply(moved(contact, step, words=words))
    await desk.apply(moved(received(), CaseStep.ACCEPTED, words=None))  # it waits for nothing
    await desk.work(lead)
    assert letters(smtp) == []
    assert await desk.rows("SELECT * FROM notices WHERE step_id IS NOT NULL") == []
    assert await desk.rows("SELECT kind FROM held") == []


@pytest.mark.parametrize(
    "event",
    [
        lambda contact: moved(contact, words=None),
        lambda contact: moved(contact, CaseStep.OUTCOME_LETTER, review_body="A_NEW_BODY"),
        lambda contact: moved(contact, CaseStep.OUTCOME_LETTER, outcome="A_NEW_OUTCOME"),
        lambda contact: moved(contact, CaseStep.OUTCOME_LETTER, review_body=ReviewBody.IOPC),
        lambda contact: moved(contact, CaseStep.CONTACTED, adviser_id=None),
        lambda contact: moved(contact, CaseStep.CONTACTED, adviser_id="somebody-who-left"),
        lambda contact: moved(contact, CaseStep.RECORDED, force="elsewhere"),
        lambda contact: moved(contact, CaseStep.MERGED, about=uuid4()),
        lambda contact: moved(contact, CaseStep("A_STEP_OF_LATER")),
        lambda contact: moved(contact, CaseStep.PROCEEDINGS_ENDED),
    ],
)
async def test_what_no_letter_can_say_is_left_to_a_person_and_not_dropped(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    event: Callable[[ContactReceived], CaseMoved],
) -> None:
    step = event(await acknowledged(desk, lead, person(telephone=PHONE)))
    await desk.apply(step)
    await desk.work(lead)
    assert letters(smtp) == []
    end = (await told(desk, step)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.OTHER, Medium.TELEPHONE)
    assert (end.case_id, end.step_id) == (step.case_id, step.step_id)


async def test_an_unknown_step_without_words_says_nothing(
    desk: Desk, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    await desk.apply(moved(contact, CaseStep("A_STEP_OF_LATER"), words=None))
    assert await desk.rows("SELECT * FROM notices WHERE step_id IS NOT NULL") == []


async def test_nobody_is_written_to_who_must_not_be_and_their_words_are_not_kept(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    careful = Reach(preferred=ReachBy.TELEPHONE, safe_contact="Only ring me at work.")
    by_phone = Reach(preferred=ReachBy.TELEPHONE, needs=(Adjustment.PHONE_ONLY,))
    unknown = Reach(preferred=ReachBy("SEMAPHORE"))
    silent = Reach(preferred=ReachBy.NOT_AT_ALL)
    both = {"email": None, "telephone": PHONE, "address": HOME}
    cases = [
        (received(anonymous=True), WithheldReason.ANONYMOUS, None),
        (received(answerable=False), WithheldReason.AUTOMATIC_MAIL, Medium.OTHER),
        (received(person(reach=silent)), WithheldReason.DO_NOT_CONTACT, None),
        (received(person(reach=silent), answerable=False), WithheldReason.DO_NOT_CONTACT, None),
        (received(person(reach=careful)), WithheldReason.SAFE_CONTACT, Medium.AS_ASKED),
        (received(person(reach=unknown)), WithheldReason.SAFE_CONTACT, Medium.AS_ASKED),
        (
            received(person(telephone=PHONE, reach=by_phone)),
            WithheldReason.NO_ADDRESS,
            Medium.TELEPHONE,
        ),
        (received(person(email=None, address=HOME)), WithheldReason.NO_ADDRESS, Medium.LETTER),
        (received(person(**both)), WithheldReason.NO_ADDRESS, Medium.TELEPHONE),
        (received(person(email=None)), WithheldReason.NO_ADDRESS, Medium.OTHER),
    ]
    await desk.apply(*(contact for contact, _, _ in cases))
    await desk.apply(*(moved(contact) for contact, _, _ in cases))
    await desk.work(lead)
    assert smtp.mails() == []
    for contact, reason, instead in cases:
        end = (await told(desk, moved(contact))).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)
    assert await desk.rows("SELECT * FROM mails") == []
    assert await desk.rows("SELECT * FROM personal") == []


@pytest.mark.parametrize(
    ("changed", "reason", "instead"),
    [
        ({"restriction": ReachBy.LETTER}, WithheldReason.RESTRICTED, Medium.LETTER),
        ({"restriction": ReachBy.TELEPHONE}, WithheldReason.RESTRICTED, Medium.TELEPHONE),
        ({"needs": Adjustment.BRAILLE}, WithheldReason.FORMAT, Medium.AS_ASKED),
        ({"needs": Adjustment.INTERPRETER}, WithheldReason.FORMAT, Medium.AS_ASKED),
        ({"needs": Adjustment.EASY_READ}, WithheldReason.FORMAT, Medium.AS_ASKED),
        ({"needs": Adjustment.AUDIO}, WithheldReason.FORMAT, Medium.AS_ASKED),
        ({"needs": Adjustment.BSL}, WithheldReason.FORMAT, Medium.AS_ASKED),
        ({"needs": Adjustment.OTHER}, WithheldReason.FORMAT, Medium.AS_ASKED),
    ],
)
async def test_who_is_not_reached_by_email_any_more_is_told_by_a_person(
    desk: Desk,
    lead: AsyncConnection,
    changed: dict[str, ReachBy | Adjustment],
    reason: WithheldReason,
    instead: Medium,
) -> None:
    contact = await acknowledged(desk, lead, person(email=ROBIN, telephone=PHONE, address=HOME))
    first = contact.persons[0]
    channel, need = changed.get("restriction"), changed.get("needs")
    known = first.model_copy(
        update={
            "restriction": _restricted_to(channel) if isinstance(channel, ReachBy) else None,
            "reach": first.reach.model_copy(update={"needs": (need,) if need else ()}),
        }
    )
    event = moved(contact, persons=(known,))
    await desk.apply(event)
    end = (await told(desk, event)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (reason, instead)


@pytest.mark.parametrize(
    "known",
    [
        {"email": None},
        {"reach": Reach(preferred=ReachBy.EMAIL, safe_contact="Ring me at work")},
        {"reach": Reach(preferred=ReachBy.EMAIL, needs=(Adjustment.BRAILLE,))},
    ],
)
async def test_whom_mail_does_not_reach_nobody_surveys(
    desk: Desk, lead: AsyncConnection, known: dict[str, object]
) -> None:
    """R71: whoever wants to hear nothing more need not."""
    contact = await acknowledged(desk, lead, person(email=ROBIN, telephone=PHONE))
    someone = contact.persons[0].model_copy(update=known)
    event = moved(contact, persons=(someone,), step=CaseStep.SURVEYED, words=None)
    await desk.apply(event)
    end = (await told(desk, event)).end
    assert isinstance(end, NoticeWithheld)
    assert end.instead is None


@pytest.mark.parametrize(
    ("known", "reason", "instead"),
    [
        ({"reach": Reach(preferred=ReachBy.LETTER)}, WithheldReason.FORMAT, Medium.LETTER),
        (
            {"reach": Reach(preferred=ReachBy.LETTER, needs=(Adjustment.BRAILLE,))},
            WithheldReason.FORMAT,
            Medium.AS_ASKED,
        ),
        (
            {"reach": Reach(preferred=ReachBy.TELEPHONE, needs=(Adjustment.LARGE_PRINT,))},
            WithheldReason.FORMAT,
            Medium.AS_ASKED,
        ),
    ],
)
async def test_who_wants_paper_or_large_print_is_told_by_a_person(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    known: dict[str, Reach],
    reason: WithheldReason,
    instead: Medium,
) -> None:
    wants = person(telephone=PHONE, address=HOME, **known)
    contact = await acknowledged(desk, lead, wants)
    await desk.apply(moved(contact))
    await desk.work(lead)
    assert letters(smtp) == []
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (reason, instead)


@pytest.mark.parametrize(
    "reach",
    [
        Reach(preferred=ReachBy.LETTER),  # where, nobody knows
        Reach(preferred=ReachBy.EMAIL, needs=(Adjustment.LARGE_PRINT,)),  # who reads it enlarges it
        Reach(preferred=ReachBy.EMAIL, needs=(Adjustment.TEXT_RELAY, Adjustment.EXTRA_TIME)),
    ],
)
async def test_whom_an_email_serves_gets_one(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, reach: Reach
) -> None:
    contact = await acknowledged(desk, lead, person(reach=reach))
    await desk.apply(moved(contact))
    await desk.work(lead)
    assert len(letters(smtp)) == 1


async def test_who_is_reached_by_email_only_is_not_called_where_mail_cannot_go(
    desk: Desk, lead: AsyncConnection
) -> None:
    """L48: the restriction says how, and nobody may choose another way by themselves."""
    known = person(email=None, telephone=PHONE, address=HOME)
    only = known.model_copy(update={"restriction": _restricted_to(ReachBy.EMAIL)})
    contact = await acknowledged(desk, lead, only)
    await desk.apply(moved(contact))
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.NO_ADDRESS, Medium.OTHER)


@pytest.mark.parametrize(
    "careful",
    [
        {"reach": Reach(preferred=ReachBy.EMAIL, safe_contact="He reads this mailbox: ring me.")},
        {"vulnerabilities": (Vulnerability.SAFETY_RISK,)},
        {"vulnerabilities": (Vulnerability.DOMESTIC_ABUSE,)},
        {"vulnerabilities": (Vulnerability.SAFETY_RISK,), "email": None, "telephone": PHONE},
    ],
)
async def test_what_is_not_neutral_goes_to_nobody_who_may_be_harmed_by_it(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, careful: dict[str, object]
) -> None:
    contact = await acknowledged(desk, lead, person(**careful))
    await desk.apply(moved(contact))
    await desk.work(lead)
    assert letters(smtp) == []
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.SAFE_CONTACT, Medium.AS_ASKED)


async def test_nor_are_they_called_for_any_other_reason_before_somebody_read_it(
    desk: Desk, lead: AsyncConnection
) -> None:
    careful = person(vulnerabilities=(Vulnerability.SAFETY_RISK,), telephone=PHONE)
    contact = received(careful, answerable=False)
    await desk.apply(contact, moved(contact))
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.AUTOMATIC_MAIL, Medium.AS_ASKED)


UNCONSENTED = [
    *(Consent.NONE, Consent.REQUESTED, Consent.WITHDRAWN, Consent("A_NEW_CONSENT")),
    None,
]


def acts(consent: Consent | None, **fields: object) -> Person:
    """Somebody who acts for the complainant, with or without their consent."""
    kind = RepresentativeKind.FRIEND_FAMILY
    representation = Representation(kind=kind, consent=consent) if consent else None
    return speaker(representation=representation, **fields)


@pytest.mark.parametrize("consent", UNCONSENTED)
async def test_a_step_is_not_told_to_whom_the_complainant_did_not_let_speak_for_them(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, consent: Consent | None
) -> None:
    """L12. The complainant is told, also where they come second, and also where not by mail."""
    unreached = await acknowledged(
        desk, lead, person(email=None, telephone=PHONE, address=HOME), acts(consent)
    )
    second = await acknowledged(desk, lead, acts(consent), person())
    alone = await acknowledged(desk, lead, acts(consent, telephone=PHONE))
    before = len(smtp.mails())
    fields = {"step": CaseStep.OUTCOME_LETTER, "status": CaseStatus.OUTCOME_GIVEN}
    events = [moved(contact, **fields) for contact in (unreached, second, alone)]
    await desk.apply(*events)
    await desk.work(lead)
    assert [mail.recipients for mail in smtp.mails()[before:]] == [(ROBIN,)]
    for event, reason, instead in (
        (events[0], WithheldReason.NO_ADDRESS, Medium.LETTER),
        (events[2], WithheldReason.OTHER, Medium.OTHER),
    ):
        end = (await told(desk, event)).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)


async def test_a_consent_that_is_not_there_yet_is_a_task_and_a_wish_for_nothing_is_none(
    desk: Desk, lead: AsyncConnection
) -> None:
    silent = person(reach=Reach(preferred=ReachBy.NOT_AT_ALL))
    for consent, reason, instead in (
        (Consent.REQUESTED, WithheldReason.OTHER, Medium.OTHER),
        (Consent.WITHDRAWN, WithheldReason.DO_NOT_CONTACT, None),
    ):
        contact = await acknowledged(desk, lead, silent, acts(consent))
        await desk.apply(moved(contact))
        end = (await told(desk, moved(contact))).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)


@pytest.mark.parametrize(
    ("consent", "recipient"), [(Consent.HELD, ALEX), (Consent.NOT_REQUIRED, ROBIN)]
)
async def test_who_complains_comes_first_unless_they_consented_to_another(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, consent: Consent, recipient: str
) -> None:
    contact = await acknowledged(desk, lead, acts(consent), person())
    await desk.apply(moved(contact))
    await desk.work(lead)
    [mail] = letters(smtp)
    assert mail.recipients == (recipient,)
    begins = "because you act for the person whose complaint has this reference" in plain_of(mail)
    assert begins is (recipient == ALEX)


async def test_the_paragraph_of_a_review_by_the_iopc_reaches_the_letter(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    limb = {"review_body": ReviewBody.IOPC, "review_limb": ReviewLimb.REG_32_C}
    fields = {"step": CaseStep.OUTCOME_LETTER, "status": CaseStatus.OUTCOME_GIVEN}
    await desk.apply(moved(contact, **fields | limb))
    await desk.work(lead)
    [mail] = letters(smtp)
    assert "under regulation 32(c) of the" in " ".join(plain_of(mail).split())


@pytest.mark.parametrize("known_by", ["the case", "what they declared"])
async def test_a_compliment_is_not_contacted_as_a_complaint(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, known_by: str
) -> None:
    declared = ContactType.COMPLIMENT if known_by == "what they declared" else None
    contact = received(declared=declared)
    await desk.apply(contact)
    await desk.work(lead)
    event = moved(contact, CaseStep.CONTACTED, status=CaseStatus.ASSESSING)
    if not declared:
        await desk.apply(case_opened(contact, ContactType.COMPLIMENT))
        await desk.applier.apply([record(event, 2)])
    else:
        await desk.apply(event)
    await desk.work(lead)
    [mail] = letters(smtp)
    assert "your thanks reach those who earned them" in plain_of(mail)
    assert "formally" not in plain_of(mail)


async def test_the_words_of_a_force_are_neither_mailed_nor_kept(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    """L30b: an adviser has the task to tell of them what does no harm."""
    contact = await acknowledged(desk, lead)
    steps = (CaseStep.INVESTIGATING, CaseStep.WITHDRAWAL_PASSED_ON)
    for nth, step in enumerate(steps, 1):
        await desk.apply(moved(contact, step, matter=str(nth), words=CANARY))
    await desk.work(lead)
    assert len(letters(smtp)) == len(steps)
    assert not [mail for mail in letters(smtp) if CANARY in plain_of(mail)]
    assert await anywhere(desk, CANARY) == []


async def test_a_corrected_address_is_used(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    contact = await acknowledged(desk, lead, person(telephone=PHONE))
    mended = contact.persons[0].model_copy(update={"email": ALEX})
    await desk.apply(moved(contact, persons=(mended,)))
    await desk.work(lead)
    assert [mail.recipients for mail in letters(smtp)] == [(ALEX,)]


async def test_an_address_that_does_not_exist_is_not_tried_for_somebody_else_either(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    contact = await acknowledged(desk, lead, person(email=ROBIN), speaker(email=ROBIN))
    await desk.apply(moved(contact, persons=contact.persons[1:]))
    await desk.work(lead)
    assert letters(smtp) == []


async def test_who_reported_our_mail_is_not_written_to_at_another_address(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    token = smtp.mails()[0].sender.removeprefix("bounces+").partition("@")[0]
    await desk.apply(
        MailReturned(
            contact_id=uuid4(),
            kind=ReturnKind.REPORTED,
            received_at=THURSDAY,
            token=token,
        )
    )
    other = contact.persons[0].model_copy(update={"email": ALEX})
    await desk.apply(moved(contact, persons=(other,)))
    await desk.work(lead)
    assert letters(smtp) == []
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert end.reason is WithheldReason.OTHER


async def test_who_could_not_be_called_is_written_to(desk: Desk, lead: AsyncConnection) -> None:
    contact = await acknowledged(desk, lead, person(email=None, telephone=PHONE, address=HOME))
    event = moved(contact, CaseStep.UNREACHABLE, words=None)
    await desk.apply(event)
    end = (await told(desk, event)).end
    assert isinstance(end, NoticeWithheld)
    assert end.instead is Medium.LETTER


async def test_a_restriction_that_is_over_or_a_warning_restricts_nothing(
    desk: Desk, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead, person(email=ROBIN))
    over = _restricted_to(ReachBy.LETTER).model_copy(update={"review_on": date(2026, 4, 1)})
    warned = _restricted_to(ReachBy.LETTER).model_copy(update={"stage": RestrictionStage.WARNING})
    for nth, restriction in enumerate((over, warned)):
        known = contact.persons[0].model_copy(update={"restriction": restriction})
        event = moved(contact, matter=str(nth + 1), persons=(known,))
        await desk.apply(event)
        assert (await told(desk, event)).state is NoticeState.QUEUED


def _restricted_to(channel: ReachBy) -> ContactRestriction:
    return ContactRestriction(
        stage=RestrictionStage.RESTRICTED,
        measures=(RestrictionMeasure.ONE_CHANNEL,),
        channel=channel,
        authorised_by="team-leader-1",
        starts_on=date(2026, 3, 1),
        review_on=date(2026, 9, 1),
    )


async def test_an_outcome_is_told_by_letter_rather_than_by_a_call(
    desk: Desk, lead: AsyncConnection
) -> None:
    """L30: in writing."""
    contact = await acknowledged(desk, lead, person(email=None, telephone=PHONE, address=HOME))
    outcome = moved(contact, CaseStep.OUTCOME_LETTER, status=CaseStatus.OUTCOME_GIVEN)
    await desk.apply(outcome)
    end = (await told(desk, outcome)).end
    assert isinstance(end, NoticeWithheld)
    assert end.instead is Medium.LETTER


async def test_who_the_person_deals_with_is_told_once_for_a_contact(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    one, other = (moved(contact, CaseStep.CONTACTED, matter=matter) for matter in "12")
    await desk.apply(one, other)
    await desk.apply(moved(contact, CaseStep.CONTACTED, matter="3"))
    await desk.apply(moved(contact, matter="4"), moved(contact, matter="5"))
    await desk.work(lead)
    subjects = [mail.message["Subject"].partition(":")[0] for mail in letters(smtp)]
    assert sorted(subjects) == ["Where things stand", "Where things stand", "Who you can talk to"]
    [contacted] = [m for m in letters(smtp) if "talk to" in m.message["Subject"]]
    assert "Marta Hollins" in plain_of(contacted)


@pytest.mark.parametrize("together", [True, False])
async def test_a_merged_case_names_the_reference_that_is_open(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, together: bool
) -> None:
    contact = await acknowledged(desk, lead)
    other = received(reference="4TTB-8W2C-H")
    events = [
        case_opened(other),
        moved(contact, CaseStep.MERGED, about=case_id(other.contact_id), words=None),
    ]
    for batch in [events] if together else [[event] for event in events]:
        await desk.apply(*batch)
    await desk.work(lead)
    [mail] = letters(smtp)
    assert "The reference that is open is 4TTB-8W2C-H." in plain_of(mail)


async def test_a_case_may_move_often_within_an_hour_but_not_without_end(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    events = [moved(contact, nth=n) for n in range(MAX_STEPS_PER_DAY + 1)]
    await desk.apply(*(replaced(event, n) for n, event in enumerate(events)))
    await desk.work(lead)
    assert len(letters(smtp)) == MAX_STEPS_PER_DAY
    [task] = await desk.rows("SELECT * FROM notices WHERE is_task")
    assert (task.reason, task.instead) == ("TOO_MANY", "OTHER")
    await desk.apply(received())
    await desk.work(lead)
    assert len(smtp.mails()) == MAX_STEPS_PER_DAY + 2, "letters about steps keep no answer back"


def replaced(event: CaseMoved, n: int) -> CaseMoved:
    """The same on a case of its own, as each record here is the first of its stream."""
    return event.model_copy(update={"case_id": uuid5(event.case_id, str(n))})


async def test_a_letter_that_is_refused_or_comes_back_names_its_step(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead, person(telephone=PHONE))
    first, second = moved(contact), moved(contact, matter="2")
    await desk.apply(first)
    await desk.work(lead)
    token = letters(smtp)[0].sender.removeprefix("bounces+").partition("@")[0]
    report = MailReturned(
        contact_id=uuid4(),
        kind=ReturnKind.BOUNCED,
        received_at=THURSDAY,
        status="5.1.1",
        token=token,
    )
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    await desk.apply(report, second)
    await desk.work(lead)
    [returned] = (await told(desk, first)).returned
    refused = (await told(desk, second)).end
    assert isinstance(returned, NoticeReturned)
    assert isinstance(refused, NoticeRefused)
    for said, event in ((returned, first), (refused, second)):
        assert (said.case_id, said.step_id) == (event.case_id, event.step_id)
        assert said.instead is Medium.TELEPHONE


async def test_an_address_that_the_acknowledgement_did_not_reach_is_not_tried_again(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    contact = await acknowledged(desk, lead, person(telephone=PHONE))
    await desk.apply(moved(contact))
    await desk.work(lead)
    assert smtp.mails() == []
    end = (await told(desk, moved(contact))).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.NO_ADDRESS, Medium.TELEPHONE)


def by_intake(contact: ContactReceived, person_id: UUID) -> ContactPersonErased:
    return ContactPersonErased(contact_id=contact.contact_id, person_id=person_id)


def by_casework(contact: ContactReceived, person_id: UUID) -> CasePersonErased:
    return CasePersonErased(case_id=case_id(contact.contact_id), person_id=person_id)


@pytest.mark.parametrize("road", ["contacts", "cases", "contacts, at once", "cases, at once"])
async def test_an_erased_person_is_not_told_and_nothing_of_the_words_stays(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, road: str
) -> None:
    contact = await acknowledged(desk, lead)
    event = moved(contact, words=CANARY)
    erase = by_intake if road.startswith("contacts") else by_casework
    erased = record(erase(contact, contact.person), 2)
    if road.endswith("at once"):
        await desk.applier.apply([record(event), erased])
    else:
        smtp.program(ROBIN, "451 4.7.1 Try later")
        await desk.apply(event)
        await desk.work(lead)
        [kept] = await desk.rows("SELECT message FROM mails WHERE is_step")
        assert CANARY.encode() in bytes(kept.message)
        await desk.applier.apply([erased])
    desk.pass_time(hours=1)
    await desk.work(lead)
    assert letters(smtp) == []
    assert (await told(desk, event)).state is NoticeState.CANCELLED
    assert await desk.rows("SELECT * FROM mails WHERE is_step") == []
    assert await anywhere(desk, CANARY) == []


async def test_a_step_that_comes_after_the_erasure_is_not_told(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    event = moved(contact, words=CANARY)
    await desk.applier.apply([record(by_intake(contact, contact.person), 2)])
    await desk.apply(event)
    await desk.work(lead)
    assert letters(smtp) == []
    end = (await told(desk, event)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.DO_NOT_CONTACT, None)
    assert await anywhere(desk, CANARY) == []


async def test_a_step_about_somebody_who_is_erased_in_it_is_told_to_nobody(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    gone = contact.persons[0].model_copy(update={"name": "[erased]", "email": "[erased]"})
    event = moved(contact, persons=(gone,), words="[erased]")
    await desk.apply(event)
    end = (await told(desk, event)).end
    assert isinstance(end, NoticeWithheld)
    assert end.reason is WithheldReason.DO_NOT_CONTACT


@pytest.mark.parametrize("erase", [by_intake, by_casework])
@pytest.mark.parametrize("sent", [True, False])
async def test_words_about_a_complainant_go_from_the_letter_to_who_speaks_for_them(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    erase: Callable[[ContactReceived, UUID], ContactPersonErased | CasePersonErased],
    sent: bool,
) -> None:
    contact = await acknowledged(desk, lead, person(email=None), speaker())
    event = moved(contact, words=CANARY)
    if not sent:
        smtp.program(ALEX, "451 4.7.1 Try later")
    await desk.apply(event)
    await desk.work(lead)
    assert [mail.recipients for mail in letters(smtp)] == ([(ALEX,)] if sent else [])
    await desk.applier.apply([record(erase(contact, contact.person), 2)])
    desk.pass_time(hours=1)
    await desk.work(lead)
    assert len(letters(smtp)) == int(sent)
    state = (await told(desk, event)).state
    assert state is (NoticeState.SENT if sent else NoticeState.CANCELLED)
    assert await anywhere(desk, CANARY) == []
    [kept] = await desk.rows("SELECT recipient FROM mails")
    assert kept.recipient == ALEX, "the acknowledgement was for somebody else, and stays"


async def test_who_speaks_for_an_erased_complainant_is_told_what_needs_no_words(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead, person(email=None), speaker())
    await desk.applier.apply([record(by_intake(contact, contact.person), 2)])
    missed = moved(contact, CaseStep.TARGET_MISSED, words=CANARY)
    await desk.apply(missed, moved(contact, matter="2", words=CANARY))
    await desk.work(lead)
    [mail] = letters(smtp)
    assert "taking longer" in mail.message["Subject"]
    assert CANARY not in plain_of(mail)
    [task] = await desk.rows("SELECT * FROM notices WHERE is_task")
    assert (task.step, task.reason) == ("UPDATED", "OTHER")


async def test_erasing_somebody_else_changes_nothing(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = await acknowledged(desk, lead)
    await desk.apply(moved(contact))
    stranger = uuid4()
    await desk.applier.apply([record(by_intake(contact, stranger), 2)])
    await desk.applier.apply([record(by_casework(contact, stranger), 2)])
    await desk.work(lead)
    assert len(letters(smtp)) == 1


async def test_no_log_line_header_or_subject_repeats_the_words(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, caplog: pytest.LogCaptureFixture
) -> None:
    one = await acknowledged(desk, lead)
    other = await acknowledged(desk, lead, person(email=ALEX))
    with caplog.at_level(logging.DEBUG, "complaints_notifications"):
        smtp.program(ROBIN, "451 4.7.1 Try later", "550 5.1.1 Nobody here")
        await desk.apply(
            moved(one, words=CANARY),
            moved(other, words=CANARY),
            moved(other, CaseStep.RECORDED, matter="2", force="elsewhere", words=CANARY),
        )
        await desk.work(lead)
        desk.pass_time(minutes=1)
        await desk.work(lead)
    assert any("a letter failed" in line.getMessage() for line in caplog.records)
    assert CANARY not in caplog.text
    assert not [line for line in caplog.records if CANARY in str(vars(line))]
    [mail] = letters(smtp)
    assert CANARY in plain_of(mail)
    head = mail.content.partition(b"\r\n\r\n")[0]
    assert CANARY.encode() not in head
    assert CANARY not in mail.sender
    published = await desk.rows("SELECT convert_from(record, 'UTF8') AS record FROM journal")
    assert not [row for row in published if CANARY in row.record]


async def anywhere(desk: Desk, canary: str) -> list[str]:
    """The tables in which a word is still found."""
    tables = await desk.rows(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found = []
    async with desk.engine.connect() as connection:
        for (table,) in tables:
            for row in (await connection.execute(text(f"SELECT * FROM {table}"))).all():  # noqa: S608
                raw = b"".join(
                    bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row
                )
                if canary.encode() in raw:
                    found.append(table)
    return found
