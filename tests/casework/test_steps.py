"""Steps on a case: who takes which, what is refused and why, and what time does (domain 3, 5)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from stepping import Story
from toy import record as record_of

from complaints_casework.forces import NOT_TRANSFERRED
from complaints_contracts.codes import (
    Channel,
    CriterionAnswer,
    Medium,
    Route,
    Subject,
    Urgency,
    Wish,
    WithheldReason,
)
from complaints_contracts.notices import NoticeRefused, NoticeSent, NoticeWithheld
from complaints_contracts.triage import (
    ContactSorted,
)
from complaints_law.office import Force

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]

SECRET = "Between ourselves: Penhallow sounded relieved"
WORDS = "We asked the unit, and they will call you on Friday."
LEADER = "team-leader-1"
NOT_SURE, YES, NO = CriterionAnswer.NOT_SURE, CriterionAnswer.YES, CriterionAnswer.NO


# What is possible, and what a refusal says.


async def test_a_refusal_names_the_rule_and_says_what_to_do(story: Story) -> None:
    refused = await story.refused("SERVICE_RECOVERY_STARTED", note="x")
    assert refused["rule"] == "R30"
    assert "`steps` says what can" in refused["detail"]
    await story.reach()
    refused = await story.refused("SERVICE_RECOVERY_STARTED", note="x")
    assert (refused["rule"], "assessed first" in refused["detail"]) == ("R30", True)
    await story.assess(NO, wish=Wish.NOT_SAID, route=Route.SEEK_VIEWS)
    refused = await story.refused("SERVICE_RECOVERY_STARTED", note="x")
    assert "Ask how they want it handled" in refused["detail"]
    await story.assess(NO, second_look=True)
    refused = await story.refused("SERVICE_RECOVERY_STARTED", note="x")
    assert "team leader has to look" in refused["detail"]
    await story.step("LOOKED_AGAIN", LEADER, note="I agree.")
    await story.step("SERVICE_RECOVERY_STARTED", note="x")
    assert await story.status() == "SR_OPEN"


async def test_what_is_recorded_is_not_recorded_again_and_the_refusal_says_so(
    story: Story,
) -> None:
    await story.goes_to_the_force()
    for step in ("RECORDING_REQUESTED", "SERIOUS_ISSUE_FOUND"):
        refused = await story.refused(step, note="x")
        assert "recorded already" in refused["detail"]


@pytest.mark.parametrize("answer", [YES, NOT_SURE, CriterionAnswer.OTHER])
@pytest.mark.parametrize("route", [Route.SERVICE_RECOVERY, Route.COMPLIMENT, Route.OTHER])
async def test_an_answer_that_is_not_no_leads_to_recording_whatever_route_is_named(
    story: Story, answer: CriterionAnswer, route: Route
) -> None:
    await story.reach()
    await story.assess(NO, answer, route=route)
    assert (await story.status(), await story.to_do()) == ("RECORDING", ["RECORD"])
    assert (await story.refused("SERVICE_RECOVERY_STARTED", note="x"))["rule"] == "R30"


async def test_the_advice_of_the_force_clears_what_was_not_sure_and_never_a_yes(
    story: Story,
) -> None:
    await story.reach()
    await story.assess(NOT_SURE, NO, advised=True)
    await story.step("SERVICE_RECOVERY_STARTED", note="x")
    await story.assess(YES, advised=True)
    assert await story.status() == "RECORDING"


async def test_an_assessment_of_a_route_that_is_not_known_is_looked_at(story: Story) -> None:
    await story.assess(NO, route=Route.OTHER)
    assert (await story.status(), await story.to_do()) == ("LOGGED", ["LOOK"])


async def test_what_is_not_about_the_force_is_not_recorded_for_it(story: Story) -> None:
    await story.assess(YES, route=Route.OTHER_BODY, subject=Subject.OTHER_FORCE)
    assert (await story.status(), await story.to_do()) == ("OUT_OF_REMIT", ["REDIRECT"])
    await story.assess(NO)
    assert (await story.status(), await story.to_do()) == ("ASSESSING", [])


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"step": "SERVICE_RECOVERY_STARTED"}, ["`note`: why it is done, for our own record"]),
        (
            {"step": "RESOLUTION_PROPOSED"},
            ["`methods`: how things are put right", "`words`: what the person"],
        ),
        ({"step": "TASK_SENT", "words": "Please call."}, ["`force`: the key of the force"]),
    ],
)
async def test_what_has_to_be_said_with_a_step_is_said_in_words(
    story: Story, given: dict[str, Any], missing: list[str]
) -> None:
    answer = await story.post("steps", given)
    assert answer.status_code == 422
    assert all(words in answer.json()["action"] for words in missing)


@pytest.mark.parametrize(
    "given",
    [
        {"step": "CONTACTED"},
        {"step": "ACCEPTED"},
        {"step": "CRITERION_MET"},
        {"step": "COMPLIMENT_FORWARDED", "note": "x"},
        {"step": "NONSENSE"},
        {"step": "SERVICE_RECOVERY_STARTED", "note": " "},
        {"step": "TASK_SENT", "words": "x", "force": "atlantis"},
        {"step": "RESOLUTION_PROPOSED", "words": "x", "methods": ["MAGIC"]},
    ],
)
async def test_what_cannot_be_meant_is_no_step(story: Story, given: dict[str, Any]) -> None:
    assert (await story.post("steps", given)).status_code == 422
    assert await story.status() == "LOGGED"


@pytest.mark.parametrize("step", ["NO_ENGAGEMENT", "LOOKED_AGAIN"])
async def test_what_a_team_leader_decides_no_adviser_does(story: Story, step: str) -> None:
    answer = await story.post("steps", {"step": step, "note": "x", "words": "x"})
    assert answer.status_code == 403
    assert answer.json()["rule"] in ("R34", "R45")


async def test_the_same_key_is_the_same_step(story: Story) -> None:
    await story.reach()
    await story.assess(NO)
    version = (await story.casework.case(story.event.contact_id)).version
    body = {"step": "SERVICE_RECOVERY_STARTED", "note": "x"}
    first = await story.post("steps", body, key="k", version=version)
    again = await story.post("steps", body, key="k", version=version)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (await story.casework.facts(story.event.contact_id)).count("case.moved.v1") == 2
    other = await story.post("steps", body | {"note": "y"}, key="k", version=version)
    assert other.status_code == 409
    assert "Idempotency-Key" in other.text


async def test_who_read_an_old_page_is_told_what_happened_since(story: Story) -> None:
    await story.recovers()
    version = (await story.casework.case(story.event.contact_id)).version
    await story.writes()
    body = {"step": "RESOLUTION_PROPOSED", "words": WORDS, "methods": ["APOLOGY"]}
    stale = await story.post("steps", body, version=version)
    assert stale.status_code == 409
    assert "they wrote again" in stale.json()["detail"]
    # Who asks for recording is heard whatever happened meanwhile (L6).
    wished = await story.post("steps", {"step": "RECORDING_REQUESTED"}, version=version)
    assert wished.status_code == 201


async def test_why_a_step_was_taken_is_in_no_published_record_and_no_log(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await story.reach()
    await story.assess(NO)
    await story.step("SERVICE_RECOVERY_STARTED", note=SECRET)
    await story.step("SERIOUS_ISSUE_FOUND", note=SECRET)
    given = {"recorded_for": "AA_DECIDES", "force": "cleveland"}
    await story.step("RECORDED", note=SECRET, **given)
    rows = await story.casework.rows(
        "SELECT j.topic, j.record, p.bytes FROM journal j LEFT JOIN personal p USING (event_id)"
    )
    assert not [row for row in rows if b"Penhallow" in row.record]
    kept = [row.topic for row in rows if row.bytes and b"Penhallow" in row.bytes]
    assert kept == [None] * 3
    assert "Penhallow" not in caplog.text


async def test_the_steps_that_are_shown_are_those_that_are_taken(story: Story) -> None:
    def names(found: list[dict[str, Any]]) -> set[str]:
        return {step["step"] for step in found}

    assert names(await story.get("/steps")) == {
        "MERGED",
        "LINKED",
        "LOOKED_AGAIN",
        "SERIOUS_ISSUE_FOUND",
        "RECORDING_REQUESTED",
        "EVIDENCE_REQUESTED",
        "UPDATED",
    }
    await story.recovers()
    found = await story.get("/steps")
    assert {"TASK_SENT", "OFFERED", "RESOLUTION_PROPOSED"} <= names(found)
    assert "NO_ENGAGEMENT" not in names(found)
    [task] = [step for step in found if step["step"] == "TASK_SENT"]
    assert task == {"step": "TASK_SENT", "rule": "R41", "needs": ["force", "words"]}
    elsewhere = {"RECORDING_REQUESTED", "SERIOUS_ISSUE_FOUND", "WITHDRAWAL_SIGNED"}
    for step in names(found) - {*elsewhere, "LINKED"}:
        given = {"note": "x", "words": WORDS, "methods": ["APOLOGY"], "force": "cleveland"}
        if step != "RESOLUTION_PROPOSED":
            await story.step(step, LEADER if step == "LOOKED_AGAIN" else "adviser-1", **given)
    assert await story.status() == "SR_OPEN"


async def test_every_clock_is_shown_with_its_rule_and_working(story: Story) -> None:
    await story.recovers()
    found = await story.get("/clocks")
    [recovery] = found["clocks"]
    assert (recovery["kind"], recovery["state"]) == ("SERVICE_RECOVERY", "RUNNING")
    # 28 days after Thursday 2 April 2026 (scenario S1).
    assert recovery["clock"]["due_on"] == "2026-04-30"
    assert recovery["clock"]["rule"] == "R36"
    assert recovery["clock"]["working"]


# Allegations, and what they are told.


async def test_nothing_goes_on_before_what_came_up_since_is_assessed(story: Story) -> None:
    await story.recovers()
    answer = await story.post("allegations", {"words": "And he swore at me."})
    assert answer.status_code == 201
    given: dict[str, Any] = {"words": WORDS, "methods": ["APOLOGY"]}
    refused = await story.refused("RESOLUTION_PROPOSED", **given)
    assert "every allegation" in refused["detail"]
    rows = await story.casework.rows(
        "SELECT record FROM journal WHERE type LIKE '%allegation.raised.v1'"
    )
    assert [json.loads(row.record)["data"]["number"] for row in rows] == ["2"]
    await story.assess(NO, NO)
    await story.step("RESOLUTION_PROPOSED", **given)
    await story.post("allegations", {"words": "And more."})
    await story.assess(NO, NO, NOT_SURE)
    assert await story.status() == "RECORDING"


async def test_an_assessment_made_before_triage_heard_of_an_allegation_does_not_answer_it(
    story: Story,
) -> None:
    """Two topics are read at two paces; whatever the numbers are, it is still to be assessed."""
    await story.recovers()
    assert (await story.post("allegations", {"words": "He broke my wrist."})).status_code == 201
    await story.assess(NO, NO, raised=())
    refused = await story.refused("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    assert "every allegation" in refused["detail"]
    await story.assess(NO, NO, NO, raised=("2",))
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])


async def test_nobody_decides_over_something_serious_that_is_not_read(story: Story) -> None:
    await story.recovers()
    message = await story.writes(Urgency.URGENT)
    given: dict[str, Any] = {"words": WORDS, "methods": ["APOLOGY"]}
    assert "may be serious" in (await story.refused("RESOLUTION_PROPOSED", **given))["detail"]
    assert (await story.post(f"messages/{message}/read", {})).status_code == 200
    await story.step("RESOLUTION_PROPOSED", **given)


async def test_an_outcome_is_told_in_writing(story: Story) -> None:
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    await story.step("RESOLVED", note="She is happy.", words="We put it right.")
    step_id = dict(await story.untold())["RESOLVED"]
    spoken = await story.post("told", {"step_id": step_id, "how": "TELEPHONE"})
    assert (spoken.status_code, spoken.json()["rule"]) == (409, "L30")
    written = await story.post("told", {"step_id": step_id, "how": "LETTER"})
    assert written.status_code == 201
    assert "RESOLVED" not in dict(await story.untold())
    again = await story.post("told", {"step_id": step_id, "how": "LETTER"})
    assert (again.status_code, again.json()["rule"]) == (409, "L29")


async def test_who_complained_by_telephone_may_be_told_so_unless_it_is_recorded(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(channel=Channel.PHONE)
    await casework.hear(event)
    story = Story(casework, web, event)
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    await story.step("RESOLVED", note="She is happy.", words="We put it right.")
    step_id = dict(await story.untold())["RESOLVED"]
    assert (await story.post("told", {"step_id": step_id, "how": "TELEPHONE"})).is_success


async def test_the_force_decides_and_the_outcome_letter_is_told_in_writing(story: Story) -> None:
    await story.goes_to_the_force()
    await story.says("outcome-issued", outcome="NFA", words="No.", issued_on="2026-04-02")
    assert await story.to_do() == ["TELL_OUTCOME"]
    await story.step("OUTCOME_LETTER", words="They found…", review_body="LPB")
    step_id = dict(await story.untold())["OUTCOME_LETTER"]
    spoken = await story.post("told", {"step_id": step_id, "how": "IN_PERSON"})
    assert (spoken.status_code, spoken.json()["rule"]) == (409, "L30")
    await story.told_by_mail("OUTCOME_LETTER")
    assert (await story.clock("OUTCOME_NOTICE"))["state"] == "MET"
    assert (await story.clock("REVIEW_PERIOD"))["clock"]["due_on"] == "2026-04-30"


async def test_an_update_counts_once_it_reached_them_and_the_next_is_due_from_then(
    story: Story,
) -> None:
    await story.recovers()
    await story.comes(20)
    await story.step("UPDATED", words=WORDS)
    promises = {p["kind"]: p for p in (await story.get())["promises"]}
    assert promises["FIRST_UPDATE"]["met_at"] is None
    await story.comes(21)
    await story.told_by_mail("UPDATED")
    promises = {p["kind"]: p for p in (await story.get())["promises"]}
    assert promises["FIRST_UPDATE"]["met_at"].startswith("2026-04-21")
    following = await story.clock("NEXT_UPDATE")
    assert (following["state"], following["clock"]["due_on"]) == ("RUNNING", "2026-05-19")
    await story.comes(20, 5)
    assert (await story.clock("NEXT_UPDATE"))["state"] == "MISSED"
    breaches = await story.casework.rows(
        "SELECT record FROM journal WHERE type = 'uk.police-complaints.ops.clock-breached.v1'"
    )
    assert [json.loads(row.record)["data"]["clock"] for row in breaches] == [
        "SERVICE_RECOVERY",
        "NEXT_UPDATE",
    ]


@pytest.mark.parametrize("refused", [True, False])
async def test_what_no_notice_told_somebody_tells(story: Story, refused: bool) -> None:
    await story.recovers()
    await story.step("UPDATED", words=WORDS)
    step_id = dict(await story.untold())["UPDATED"]
    notice = (
        story.notice(NoticeRefused, step_id, medium=Medium.EMAIL, attempts=3, instead=Medium.LETTER)
        if refused
        else story.notice(NoticeWithheld, step_id, reason=WithheldReason.SAFE_CONTACT)
    )
    await story.casework.hear(notice)
    # How they can be reached safely is for a person to judge.
    assert await story.to_do() == ["WRITE" if refused else "READ_FIRST"]
    told = await story.post("told", {"step_id": step_id, "how": "LETTER", "note": SECRET})
    assert told.status_code == 201
    assert (await story.to_do(), "UPDATED" in dict(await story.untold())) == ([], False)
    assert (await story.clock("NEXT_UPDATE"))["state"] == "RUNNING"


async def test_an_outcome_that_recording_overtook_ends_no_duty_to_keep_them_informed(
    story: Story,
) -> None:
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    await story.step("RESOLVED", note="x", words="We put it right.")
    await story.step("RECORDING_REQUESTED")
    await story.told_by_mail("RESOLVED")
    assert (await story.clock("NEXT_UPDATE"))["state"] == "RUNNING"


async def test_an_update_that_reaches_them_after_the_end_starts_no_clock(story: Story) -> None:
    await story.recovers()
    await story.step("UPDATED", words=WORDS)
    await story.step("WITHDRAWAL_SIGNED", note="Her letter of today.")
    await story.told_by_mail("UPDATED")
    clocks = (await story.get("/clocks"))["clocks"]
    assert [one["kind"] for one in clocks] == ["SERVICE_RECOVERY"]
    await story.comes(20, 6)
    facts = await story.casework.facts(story.event.contact_id)
    assert "casework.clock-breach-noted" not in facts


# What the force is asked.


async def test_a_force_answers_a_task_before_it_has_the_complaint(
    casework: Casework, web: Web, contact: Contact
) -> None:
    other = Force(key="durham", name="Durham Constabulary", professional_standards="PSD")
    office = casework.office.model_copy(update={"forces": (*casework.office.forces, other)})
    casework.use(office)
    event = contact()
    await casework.hear(event)
    story = Story(casework, web, event)
    await story.recovers()
    for words in ("Please call her.", "Please find the van."):
        await story.step("TASK_SENT", words=words, force="cleveland")
    rows = await casework.rows(
        "SELECT record, topic FROM journal WHERE type LIKE '%request-made.v1' ORDER BY seq"
    )
    assert {row.topic for row in rows} == {"force.cleveland.transfers.v1"}
    asked = [json.loads(row.record)["data"] for row in rows]
    # Five working days, of which Good Friday and Easter Monday are none.
    assert {one["answer_by"] for one in asked} == {"2026-04-13T22:59:00Z"}
    assert "TASK_SENT" not in dict(await story.untold()), "a task is for the force to read"
    id = asked[0]["request_id"]
    await story.says("request-answered", "durham", request_id=id, words="Not ours.")
    assert await casework.held() == ["UNREADABLE"]
    [receipt] = await casework.rows("SELECT record FROM journal WHERE topic LIKE '%receipts%'")
    assert json.loads(receipt.record)["data"]["reason"] == NOT_TRANSFERRED
    await story.says("request-answered", request_id=id, words="Called her.")
    found = [c for c in (await story.get("/clocks"))["clocks"] if c["kind"] == "FORCE_TASK"]
    # The other task is not answered by that.
    assert {c["about"] == id: c["state"] for c in found} == {True: "MET", False: "RUNNING"}
    assert await story.to_do() == ["LOOK"]
    assert await story.status() == "SR_OPEN"


async def test_an_answer_to_nothing_we_asked_is_kept(story: Story) -> None:
    await story.recovers()
    await story.step("TASK_SENT", words="Please call her.", force="cleveland")
    await story.says("request-answered", request_id=str(uuid4()), words="Done.")
    facts = await story.casework.facts(story.event.contact_id)
    assert "casework.force-answered" in facts
    assert (await story.clock("FORCE_TASK"))["state"] == "RUNNING"
    assert await story.to_do() == ["LOOK"]


async def test_evidence_is_asked_for_from_the_first_day_and_goes_with_the_transfer(
    story: Story,
) -> None:
    await story.step("EVIDENCE_REQUESTED", words="Keep the video.", force="cleveland")
    assert await story.status() == "LOGGED"
    [row] = await story.casework.rows(
        "SELECT record FROM journal WHERE type LIKE '%request-made.v1'"
    )
    asked = json.loads(row.record)["data"]
    assert (asked["kind"], asked["answer_by"]) == ("EVIDENCE", None)
    await story.says("request-answered", request_id=asked["request_id"], words="Kept.")
    assert "case.moved.v1" in await story.casework.facts(story.event.contact_id)
    await story.goes_to_the_force()
    given = await story.casework.rows(
        "SELECT p.bytes FROM journal j JOIN personal p USING (event_id)"
        " WHERE type LIKE '%case-transferred.v1'"
    )
    assert any(b"Keep the video." in row.bytes for row in given)


# What the force does.

PATHS = {
    "MUST_BE_REFERRED": ([], "FORCE_HANDLING"),
    "REFERRED": ([], "AT_IOPC"),
    "IOPC_LOCAL": (["REFERRED"], "FORCE_HANDLING"),
    "IOPC_RETURNED": (["REFERRED"], "FORCE_HANDLING"),
    "IOPC_DIRECTED": (["REFERRED"], "IOPC_HANDLING"),
    "IOPC_INDEPENDENT": (["REFERRED"], "IOPC_HANDLING"),
    "INVESTIGATING": ([], "FORCE_INVESTIGATING"),
    "HANDLED_OTHERWISE": ([], "FORCE_OTBI"),
    "HANDLING_SUSPENDED": ([], "SUSPENDED"),
    "PROCEEDINGS_ENDED": (["HANDLING_SUSPENDED"], "SUSPENDED"),
    "RESUMPTION_LETTER": (["HANDLING_SUSPENDED"], "SUSPENDED"),
    "HANDLING_RESUMED": (["HANDLING_SUSPENDED"], "FORCE_HANDLING"),
    "NOT_RESUMED": (["HANDLING_SUSPENDED"], "CLOSED_REG41"),
    "REG_13_RECEIVED": ([], "FORCE_HANDLING"),
    "WITHDRAWAL_LETTER": ([], "FORCE_HANDLING"),
    "COMPLAINT_CONTINUED": (["WITHDRAWAL_LETTER"], "FORCE_HANDLING"),
    "WITHDRAWAL_RECORDED": ([], "WITHDRAWN"),
}
ANY_TIME = ("WITHDRAWAL_LETTER", "COMPLAINT_CONTINUED", "WITHDRAWAL_RECORDED")
"""What follows also after the outcome (L44, L45)."""


@pytest.mark.parametrize("step", PATHS)
async def test_what_the_force_does_follows_from_where_the_case_stands(
    story: Story, step: str
) -> None:
    before, status = PATHS[step]
    await story.goes_to_the_force()
    for one in before:
        await story.advances(one)
    await story.advances(step)
    assert (await story.status(), await story.to_do()) == (status, [])


@pytest.mark.parametrize("step", [step for step in PATHS if step not in ANY_TIME])
async def test_what_does_not_follow_is_kept_and_looked_at(story: Story, step: str) -> None:
    await story.goes_to_the_force()
    await story.says("outcome-issued", outcome="NFA", words="No.", issued_on="2026-04-02")
    await story.advances(step)
    assert await story.status() == "OUTCOME_GIVEN"
    assert await story.to_do() == ["TELL_OUTCOME", "LOOK"]
    assert "casework.force-advanced" in await story.casework.facts(story.event.contact_id)
    assert await story.casework.held() == []


async def test_a_step_of_the_force_that_is_not_known_is_looked_at(story: Story) -> None:
    await story.goes_to_the_force()
    await story.advances("TELEPORTED")
    assert (await story.status(), await story.to_do()) == ("FORCE_HANDLING", ["LOOK"])


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (None, "FORCE_HANDLING"),
        ("INVESTIGATING", "FORCE_INVESTIGATING"),
        ("HANDLED_OTHERWISE", "FORCE_OTBI"),
    ],
)
async def test_what_was_suspended_goes_on_where_it_was(
    story: Story, first: str | None, status: str
) -> None:
    await story.goes_to_the_force()
    if first:
        await story.advances(first)
    await story.advances("HANDLING_SUSPENDED", "It waits for the trial.")
    assert await story.status() == "SUSPENDED"
    assert "HANDLING_SUSPENDED" in dict(await story.untold())
    # What the force writes goes to an adviser, who judges what of it may be told (L30b).
    assert await story.to_do() == ["TELL_PROGRESS"]
    await story.step("UPDATED", words=WORDS)
    await story.told_by_mail("UPDATED")
    assert (await story.clock("NEXT_UPDATE"))["state"] == "RUNNING", "also while suspended (6, 6)"
    await story.advances("HANDLING_RESUMED")
    assert await story.status() == status


# What time does.


async def test_recovery_that_takes_too_long_is_seen_once(story: Story) -> None:
    await story.recovers()
    await story.comes(30, hour=12)
    assert await story.to_do() == []
    await story.comes(1, 5)
    await story.comes(9, 5)
    assert await story.to_do() == ["EXPLAIN_DELAY"]
    steps = await story.casework.rows(
        "SELECT record FROM journal WHERE type LIKE '%case.moved.v1' ORDER BY seq"
    )
    moved = [json.loads(row.record)["data"] for row in steps]
    assert [one["step"] for one in moved].count("TARGET_MISSED") == 1
    assert moved[-1]["status"] == "SR_OPEN"


async def test_an_offer_that_nobody_answers_is_for_the_team_leader_to_decide(
    story: Story,
) -> None:
    await story.recovers()
    end = {"note": "Nobody answers.", "words": "We end this here."}
    assert "at least three times" in (await story.refused("NO_ENGAGEMENT", LEADER, **end))["detail"]
    for day in (7, 8, 9):
        await story.comes(day)
        await story.reach(made=False)
    assert "Offer them" in (await story.refused("NO_ENGAGEMENT", LEADER, **end))["detail"]
    await story.step("OFFERED", words="Tell us whether you want it recorded.")
    await story.told_by_mail("OFFERED")
    assert (await story.clock("OFFER"))["clock"]["due_on"] == "2026-04-23"
    await story.comes(23, hour=12)
    assert "Offer them" in (await story.refused("NO_ENGAGEMENT", LEADER, **end))["detail"]
    await story.comes(24)
    assert await story.to_do() == ["DECIDE_END"]
    await story.step("NO_ENGAGEMENT", LEADER, **end)
    assert (await story.status(), await story.to_do()) == ("SR_UNRESOLVED_NFA", [])
    # It opens again on any reply (domain 3.3).
    await story.writes()
    assert (await story.status(), await story.to_do()) == ("SR_OPEN", ["READ_MESSAGE"])


async def test_who_wrote_back_has_answered_the_offer(story: Story) -> None:
    await story.recovers()
    for day in (7, 8, 9):
        await story.comes(day)
        await story.reach(made=False)
    await story.step("OFFERED", words="Tell us whether you want it recorded.")
    await story.told_by_mail("OFFERED")
    await story.writes()
    await story.comes(27)
    refused = await story.refused("NO_ENGAGEMENT", LEADER, note="x", words="x")
    assert "Offer them" in refused["detail"]
    assert await story.to_do() == ["READ_MESSAGE"]


async def test_what_was_put_right_closes_once_they_could_have_come_back(story: Story) -> None:
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    await story.step("RESOLVED", note="x", words="We put it right.")
    await story.comes(13)
    assert await story.status() == "SR_RESOLVED", "nobody told them yet"
    await story.told_by_mail("RESOLVED")
    message = await story.writes()
    await story.comes(20, hour=12)
    assert await story.status() == "SR_RESOLVED"
    await story.comes(21)
    assert await story.status() == "CLOSED_SR"
    # What they wrote is still to be read, and can still ask for recording (R33).
    assert await story.to_do() == ["READ_MESSAGE"]
    assert (await story.post(f"messages/{message}/read", {})).is_success
    assert not (await story.casework.case(story.event.contact_id)).is_open
    await story.step("RECORDING_REQUESTED")
    assert (await story.status(), await story.to_do()) == ("RECORDING", ["RECORD"])
    assert (await story.clock("NEXT_UPDATE"))["state"] == "RUNNING"


@pytest.mark.parametrize("applies", [False, True])
async def test_what_has_its_outcome_closes_unless_a_review_is_asked_for(
    story: Story, applies: bool
) -> None:
    await story.goes_to_the_force()
    await story.says("outcome-issued", outcome="NFA", words="No.", issued_on="2026-04-02")
    await story.step("OUTCOME_LETTER", words="They found…", review_body="LPB")
    await story.told_by_mail("OUTCOME_LETTER")
    await story.comes(30, hour=12)
    assert await story.status() == "OUTCOME_GIVEN"
    if applies:
        await story.asks_for_a_review()
    await story.comes(1, 5)
    assert await story.status() == ("OUTCOME_GIVEN" if applies else "CLOSED_SCH3")


async def test_the_force_is_chased_for_what_it_did_not_do_in_time(story: Story) -> None:
    await story.recovers()
    await story.step("TASK_SENT", words="Please call her.", force="cleveland")
    await story.comes(14)
    assert await story.to_do() == ["CHASE_FORCE"]
    body = {"reason": "AA_DECIDES", "force": "cleveland", "note": "x"}
    assert (await story.post("recorded-complaint", body)).is_success
    assert await story.to_do() == []
    await story.comes(16)
    assert await story.to_do() == ["CHASE_FORCE"], "it did not say that it has the complaint"
    await story.says("transfer-accepted", force_reference="DSE/1")
    assert await story.to_do() == []
    await story.comes(26)
    assert await story.to_do() == ["CHASE_FORCE"], "no progress five days before the update"
    await story.says("progress-reported", words="At it.")
    assert await story.to_do() == ["TELL_PROGRESS"]
    await story.advances("MUST_BE_REFERRED")
    await story.comes(28)
    assert await story.to_do() == ["TELL_PROGRESS", "CHASE_FORCE"], "the IOPC was not told"


async def test_a_letter_that_is_due_again_and_again_is_missed_each_time(story: Story) -> None:
    await story.goes_to_the_force()
    await story.advances("INVESTIGATING")
    for day, month, year in ((3, 4, 2027), (3, 10, 2027), (3, 4, 2028)):
        await story.comes(day, month, year)
    rows = await story.casework.rows(
        "SELECT record FROM journal WHERE type = 'casework.clock-breach-noted' ORDER BY seq"
    )
    noted = [json.loads(row.record)["data"] for row in rows]
    # A year, then every six months (L30c), though nothing else happened in between.
    assert [one["due_at"][:10] for one in noted if one["clock"] == "REG_13"] == [
        "2027-04-02",
        "2027-10-02",
        "2028-04-02",
    ]


async def test_what_came_twice_is_one_step(story: Story) -> None:
    await story.recovers()
    await story.step("UPDATED", words=WORDS)
    step_id = dict(await story.untold())["UPDATED"]
    sent = record_of(story.notice(NoticeSent, step_id, medium=Medium.EMAIL, attempts=1))
    await story.casework.apply([sent, sent])
    assert (await story.casework.facts(story.event.contact_id)).count("casework.step-told") == 1


async def test_what_the_case_cannot_know_is_done_once_somebody_says_so(story: Story) -> None:
    await story.goes_to_the_force()
    await story.advances("IOPC_LOCAL")
    assert await story.to_do() == ["LOOK"]
    number = len((await story.get())["actions"])
    done = await story.post(f"actions/{number}/done", {"note": SECRET})
    assert done.status_code == 201
    assert await story.to_do() == []
    again = await story.post(f"actions/{number}/done", {"note": SECRET})
    assert (again.status_code, again.json()["rule"]) == (409, "R59")
    missing = await story.post("actions/99/done", {"note": SECRET})
    assert missing.status_code == 409


async def test_what_the_case_knows_by_itself_is_not_ticked_off(story: Story) -> None:
    await story.step("RECORDING_REQUESTED")
    assert await story.to_do() == ["RECORD"]
    number = len((await story.get())["actions"])
    assert (await story.post(f"actions/{number}/done", {"note": SECRET})).status_code == 409


async def test_a_review_of_what_was_referred_is_the_iopcs(story: Story) -> None:
    await story.goes_to_the_force()
    await story.advances("REFERRED")
    await story.advances("IOPC_LOCAL")
    await story.says("outcome-issued", outcome="NFA", words="No.", issued_on="2026-04-02")
    wrong = await story.refused("OUTCOME_LETTER", words="They found…", review_body="LPB")
    assert "IOPC" in wrong["detail"]
    iopc = {"review_body": "IOPC", "review_limb": "REG_32_D"}
    await story.step("OUTCOME_LETTER", words="They found…", **iopc)


async def test_the_outcome_letter_says_what_the_force_decided(story: Story) -> None:
    await story.goes_to_the_force()
    decided = {"outcome": "SERVICE_NOT_ACCEPTABLE", "words": "Sorry.", "issued_on": "2026-04-02"}
    await story.says("outcome-issued", **decided)
    await story.step("OUTCOME_LETTER", words="They found…", review_body="LPB")
    rows = await story.casework.rows(
        "SELECT record FROM journal WHERE type LIKE '%case.moved%' ORDER BY seq DESC LIMIT 1"
    )
    assert json.loads(rows[0].record)["data"]["outcome"] == "SERVICE_NOT_ACCEPTABLE"


@pytest.mark.parametrize("reason", [WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT])
async def test_who_cannot_be_told_is_nobodys_task_and_the_clock_says_so(
    story: Story, reason: WithheldReason
) -> None:
    await story.recovers()
    await story.step("UPDATED", words=WORDS)
    step_id = dict(await story.untold())["UPDATED"]
    await story.casework.hear(story.notice(NoticeWithheld, step_id, reason=reason))
    assert (await story.to_do(), "UPDATED" in dict(await story.untold())) == ([], False)


async def test_what_they_wrote_opens_again_what_ended_without_them_also_where_it_is_serious(
    story: Story,
) -> None:
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", words=WORDS, methods=["APOLOGY"])
    await story.step("NOT_RESOLVED", note="They want no record.", words=WORDS)
    await story.writes(Urgency.URGENT)
    assert await story.status() == "SR_OPEN"
    assert "READ_MESSAGE" in await story.to_do()


async def test_being_found_the_same_again_asks_for_nothing_more(story: Story) -> None:
    for _ in range(2):
        await story.assess(NO, route=Route.OTHER_BODY, subject=Subject.OTHER_FORCE)
    assert await story.to_do() == ["REDIRECT"]


async def test_a_criterion_that_is_met_on_a_merged_case_takes_it_out_again(
    story: Story, contact: Contact
) -> None:
    earlier = contact(received_at=story.event.received_at, reference="8A1B-2C3D-E")
    await story.casework.hear(earlier)
    await story.step("MERGED", note="The same.", about=str(earlier.case_id))
    await story.assess(YES, route=Route.RECORD)
    assert await story.status() == "RECORDING"


async def test_each_force_answers_what_it_was_asked_itself(story: Story) -> None:
    office = story.casework.office
    other = office.forces[0].model_copy(update={"key": "durham", "name": "Durham Constabulary"})
    story.casework.use(office.model_copy(update={"forces": (*office.forces, other)}))
    await story.recovers()
    await story.step("TASK_SENT", words="Please call her.", force="cleveland")
    [asked] = await story.casework.rows(
        "SELECT record FROM journal WHERE type LIKE '%request-made%'"
    )
    request = json.loads(asked.record)["data"]["request_id"]
    await story.says("request-answered", "durham", request_id=request, words="Not ours.")
    assert "casework.force-answered" not in await story.casework.facts(story.event.contact_id)
    await story.says("request-answered", request_id=request, words="We called.")
    assert "casework.force-answered" in await story.casework.facts(story.event.contact_id)
