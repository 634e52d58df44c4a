"""No right of a complainant is lost on the way, whoever does what when (domain 3, 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from stepping import Story

from complaints_contracts.codes import CriterionAnswer, Route, WithheldReason
from complaints_contracts.notices import NoticeSent, NoticeWithheld
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]

NO, NOT_SURE, YES = CriterionAnswer.NO, CriterionAnswer.NOT_SURE, CriterionAnswer.YES
LEADER = "team-leader-1"
WORDS = "They looked into it, and this is what they found."
IOPC: dict[str, Any] = {"review_body": "IOPC", "review_limb": "REG_32_C"}
PROPOSED: dict[str, Any] = {"words": WORDS, "methods": ["APOLOGY"]}


async def has_its_outcome(story: Story, day: str = "2026-04-02", **more: Any) -> None:
    await story.says(
        "outcome-issued", outcome="SERVICE_ACCEPTABLE", words="No.", issued_on=day, **more
    )


# Recording.


async def test_recording_is_asked_for_while_it_is_under_way_and_asks_for_nothing_twice(
    story: Story,
) -> None:
    """Invariant 2 of domain 6: from every state that is not recorded."""
    for _ in range(2):
        await story.step("RECORDING_REQUESTED")
    assert (await story.status(), await story.to_do()) == ("RECORDING", ["RECORD"])
    clocks = (await story.get("/clocks"))["clocks"]
    assert [one["kind"] for one in clocks] == ["RECORD"]


@pytest.mark.parametrize("route", [Route.STAFF_COMPLAINT, Route.REVIEW])
async def test_what_is_for_somebody_else_is_passed_on_and_can_still_be_recorded(
    story: Story, route: Route
) -> None:
    await story.assess(NO, route=route)
    await story.step("REDIRECTED", LEADER, note="For the others.", words="They write to you.")
    assert await story.status() == "CLOSED_REDIRECTED"
    await story.step("RECORDING_REQUESTED", LEADER)
    assert await story.status() == "RECORDING"


# Recovery.


async def test_the_second_look_is_taken_before_recovery_ends_not_only_before_it_starts(
    story: Story,
) -> None:
    """R45."""
    await story.recovers()
    await story.assess(NO, second_look=True)
    refused = await story.refused("RESOLUTION_PROPOSED", **PROPOSED)
    assert "team leader has to look" in refused["detail"]
    await story.step("LOOKED_AGAIN", LEADER, note="I agree.")
    await story.step("RESOLUTION_PROPOSED", **PROPOSED)


async def test_three_attempts_in_a_minute_are_no_reason_to_give_up(story: Story) -> None:
    """Domain 3.1, 3.3."""
    await story.assess(NO)
    await story.reach()
    await story.step("SERVICE_RECOVERY_STARTED", note="x")
    for _ in range(3):
        await story.reach(made=False)
    await story.step("OFFERED", words=WORDS)
    await story.told_by_mail("OFFERED")
    await story.comes(20)
    ending = {"note": "No answer.", "words": WORDS}
    refused = await story.refused("NO_ENGAGEMENT", LEADER, **ending)
    assert "on two days" in refused["detail"]
    await story.reach(made=False)
    await story.step("NO_ENGAGEMENT", LEADER, **ending)
    # Who answers by telephone is heard as well as who writes (R33).
    await story.step("REOPENED", note="She called.")
    assert await story.status() == "SR_OPEN"


async def test_a_letter_of_ours_is_no_answer_of_theirs(story: Story) -> None:
    await story.recovers()
    await story.step("OFFERED", words=WORDS)
    await story.told_by_mail("OFFERED")
    await story.step("UPDATED", words=WORDS)
    step_id = dict(await story.untold())["UPDATED"]
    assert (await story.post("told", {"step_id": step_id, "how": "LETTER"})).is_success
    assert (await story.clock("OFFER"))["state"] == "RUNNING"
    await story.reach()
    assert (await story.clock("OFFER"))["state"] == "MET"


async def test_an_email_about_anything_is_not_the_outcome(story: Story) -> None:
    """L30."""
    await story.goes_to_the_force()
    await has_its_outcome(story)
    await story.reach(how="EMAIL")
    await story.reach(how="EMAIL")
    assert await story.to_do() == ["TELL_OUTCOME"]


# The end.


async def test_a_case_is_on_the_list_until_they_were_told_how_it_ended(story: Story) -> None:
    await story.recovers()
    await story.step("RESOLUTION_PROPOSED", **PROPOSED)
    await story.step("RESOLVED", note="x", words="We put it right.")
    assert (await story.casework.case(story.event.contact_id)).is_open
    await story.told_by_mail("RESOLVED")
    assert not (await story.casework.case(story.event.contact_id)).is_open


@pytest.mark.parametrize("reason", [WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT])
@pytest.mark.parametrize("recorded", [False, True])
async def test_a_case_ends_also_where_nobody_can_be_told(
    story: Story, reason: WithheldReason, recorded: bool
) -> None:
    if recorded:
        await story.goes_to_the_force()
        await has_its_outcome(story)
        await story.step("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    else:
        await story.recovers()
        await story.step("RESOLUTION_PROPOSED", **PROPOSED)
        await story.step("RESOLVED", note="x", words="We put it right.")
    for step_id in dict(await story.untold()).values():
        await story.casework.hear(story.notice(NoticeWithheld, step_id, reason=reason))
    await story.comes(1, 5)
    assert await story.status() == ("CLOSED_SCH3" if recorded else "CLOSED_SR")
    clock = await story.clock("OUTCOME_NOTICE")
    assert clock["state"] == "NOT_CONTACTABLE"


async def test_a_case_waits_for_a_review_that_was_asked_for_before_the_letter(
    story: Story,
) -> None:
    """Domain 3.4: none pending."""
    await story.goes_to_the_force()
    await has_its_outcome(story)
    await story.asks_for_a_review()
    await story.step("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    await story.told_by_mail("OUTCOME_LETTER")
    await story.comes(1, 6)
    assert await story.status() == "OUTCOME_GIVEN"


async def test_a_letter_that_was_put_right_gives_the_whole_time_again(story: Story) -> None:
    """L33: from the information, which was wrong before."""
    await story.goes_to_the_force()
    await has_its_outcome(story)
    await story.step("OUTCOME_LETTER", words="They fond…", review_body="LPB")
    await story.told_by_mail("OUTCOME_LETTER")
    await story.comes(20)
    await story.step("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    await story.told_by_mail("OUTCOME_LETTER")
    await story.comes(18, 5)
    assert await story.status() == "OUTCOME_GIVEN"
    await story.comes(19, 5)
    assert await story.status() == "CLOSED_SCH3"


async def test_the_last_day_is_the_one_in_the_letter_however_late_its_sending_is_heard_of(
    story: Story,
) -> None:
    """Domain 6, 8: what was told is not counted again."""
    await story.goes_to_the_force()
    await has_its_outcome(story)
    await story.step("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    step_id = dict(await story.untold())["OUTCOME_LETTER"]
    written = story.casework.clock.now()
    await story.comes(4)
    sent = story.notice(NoticeSent, step_id, medium="EMAIL", attempts=1, told_at=written)
    await story.casework.hear(sent)
    assert (await story.clock("REVIEW_PERIOD"))["clock"]["due_on"] == "2026-04-30"


# Who reviews it (L31, L32).


@pytest.mark.parametrize("answer", [YES, NOT_SURE])
async def test_who_reviews_is_what_happened_then_what_the_force_says_then_the_answers(
    story: Story, answer: CriterionAnswer
) -> None:
    await story.assess(answer)
    await story.goes_to_the_force()
    await has_its_outcome(story)
    by_us = await story.refused("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    assert "human rights" in by_us["detail"]
    nobody = await story.refused("OUTCOME_LETTER", words=WORDS, review_body="NONE")
    assert "there is a right of review" in nobody["detail"]
    bare = await story.refused("OUTCOME_LETTER", words=WORDS, review_body="IOPC")
    assert "the paragraph of regulation 32" in bare["detail"]
    await story.step("OUTCOME_LETTER", words=WORDS, **IOPC)


async def test_who_reviews_is_not_other_than_the_force_says(story: Story) -> None:
    await story.goes_to_the_force()
    await has_its_outcome(story, review_body="IOPC")
    wrong = await story.refused("OUTCOME_LETTER", words=WORDS, review_body="LPB")
    assert "Ask the force first" in wrong["detail"]
    await story.step("OUTCOME_LETTER", words=WORDS, **IOPC)


@pytest.mark.parametrize("mode", ["IOPC_DIRECTED", "IOPC_INDEPENDENT"])
async def test_nobody_reviews_what_the_iopc_handled_and_it_keeps_them_informed(
    story: Story, mode: str
) -> None:
    """L28, L32."""
    await story.reach()
    await story.goes_to_the_force()
    await story.step("UPDATED", words=WORDS)
    await story.told_by_mail("UPDATED")
    await story.advances("REFERRED")
    await story.advances(mode)
    for kind in ("NEXT_UPDATE", "FORCE_PROGRESS"):
        assert (await story.clock(kind))["state"] == "DROPPED"
    await story.comes(1, 9)
    facts = await story.casework.facts(story.event.contact_id)
    assert "casework.clock-breach-noted" not in facts
    await has_its_outcome(story, "2026-09-01")
    wrong = await story.refused("OUTCOME_LETTER", words=WORDS, **IOPC)
    assert "no right of review" in wrong["detail"]
    await story.step("OUTCOME_LETTER", words=WORDS, review_body="NONE")


# What the force says, in whatever order.


async def test_what_is_suspended_is_referred_and_decided_all_the_same(story: Story) -> None:
    await story.goes_to_the_force()
    await story.advances("HANDLING_SUSPENDED")
    await story.advances("MUST_BE_REFERRED")
    await story.advances("REFERRED")
    assert (await story.status(), await story.to_do()) == ("AT_IOPC", [])
    assert (await story.clock("REFERRAL"))["state"] == "MET"
    await story.advances("IOPC_LOCAL")
    await story.advances("HANDLING_SUSPENDED")
    await has_its_outcome(story)
    assert (await story.status(), await story.to_do()) == ("OUTCOME_GIVEN", ["TELL_OUTCOME"])
    assert (await story.clock("OUTCOME_NOTICE"))["state"] == "RUNNING"


async def test_a_force_that_works_on_it_has_taken_it(story: Story) -> None:
    body = {"reason": "AA_DECIDES", "force": "cleveland", "note": "x"}
    assert (await story.post("recorded-complaint", body)).is_success
    await story.advances("INVESTIGATING")
    assert (await story.status(), await story.to_do()) == ("FORCE_INVESTIGATING", [])
    assert (await story.clock("REG_13"))["state"] == "RUNNING"
    await story.says("transfer-accepted", force_reference="DSE/1")
    assert (await story.status(), await story.to_do()) == ("FORCE_INVESTIGATING", [])


@pytest.mark.parametrize("day", ["0001-01-01", "2019-05-01", "2026-04-01"])
async def test_an_outcome_dated_before_it_was_recorded_still_has_to_be_told(
    story: Story, day: str
) -> None:
    await story.comes(20)
    await story.goes_to_the_force()
    await has_its_outcome(story, day)
    clock = await story.clock("OUTCOME_NOTICE")
    # Five working days after Monday 20 April.
    assert (clock["state"], clock["clock"]["due_on"]) == ("RUNNING", "2026-04-27")
    rows = await story.casework.rows("SELECT due_at FROM actions WHERE kind = 'TELL_OUTCOME'")
    assert [row.due_at.date() for row in rows] == [date(2026, 4, 27)]


# The assessment.


async def test_assessing_again_takes_no_second_look_and_no_restriction_back(
    story: Story,
) -> None:
    """R45, L57."""
    await story.reach()
    await story.assess(NO, second_look=True)
    await story.assess(NO)
    refused = await story.refused("SERVICE_RECOVERY_STARTED", note="x")
    assert "team leader has to look" in refused["detail"]
    await story.assess(NO, category="J1")
    await story.assess(NO)
    assert (await story.casework.case(story.event.contact_id)).restricted


@pytest.mark.parametrize("route", [Route.SPAM, Route.WITHDRAWAL, Route.FURTHER_INFORMATION])
async def test_what_is_no_matter_of_its_own_is_looked_at_and_set_aside(
    story: Story, route: Route
) -> None:
    await story.assess(route=route)
    assert await story.to_do() == ["LOOK"]
    await story.step("SET_ASIDE", LEADER, note="It belongs to another case.")
    assert (await story.status(), await story.to_do()) == ("CLOSED_REDIRECTED", [])
    await story.step("RECORDING_REQUESTED", LEADER)
    assert await story.status() == "RECORDING"


@pytest.mark.parametrize("answers", [(), (NO,)])
async def test_nothing_else_is_set_aside(
    story: Story, answers: tuple[CriterionAnswer, ...]
) -> None:
    await story.refused("SET_ASIDE", LEADER, note="x")
    await story.assess(*answers, route=Route.SEEK_VIEWS)
    await story.refused("SET_ASIDE", LEADER, note="x")
    await story.assess(NOT_SURE, route=Route.SPAM)
    assert await story.status() == "RECORDING"


@pytest.mark.parametrize(
    ("route", "by"),
    [
        (Route.POLICE_NOW, "2026-04-02T18:10"),
        (Route.CONDUCT_MATTER, "2026-04-02T18:10"),
        (Route.SIGNPOST, "2026-04-07T22:59"),
    ],
)
async def test_what_is_urgent_is_passed_on_within_hours(
    story: Story, route: Route, by: str
) -> None:
    await story.assess(NO, route=route)
    [row] = await story.casework.rows("SELECT due_at FROM actions WHERE kind = 'REDIRECT'")
    assert row.due_at.isoformat()[:16] == by


async def test_the_iopc_is_to_be_told_by_the_next_day_also_where_the_force_is_silent(
    story: Story,
) -> None:
    """L26: the office shows the countdown, and asks."""
    await story.assess(YES, criterion="MF6")
    await story.goes_to_the_force()
    clock = await story.clock("REFERRAL")
    assert (clock["state"], clock["clock"]["due_on"]) == ("RUNNING", "2026-04-03")
    await story.comes(4)
    assert "CHASE_FORCE" in await story.to_do()
    await story.advances("REFERRED")
    assert (await story.clock("REFERRAL"))["state"] == "MISSED"


async def test_a_date_before_the_law_costs_no_later_clock(
    casework: Casework, web: Web, contact: Contact
) -> None:
    """A mistyped year is for a person to look at; what comes later is counted all the same."""
    event = contact(made_at=datetime(2016, 4, 1, 9, tzinfo=UTC))
    await casework.hear(event)
    story = Story(casework, web, event)
    await story.recovers()
    assert (await story.clock("SERVICE_RECOVERY"))["clock"]["rule"] == "R36"
    assert "CHECK_DATES" in await story.to_do()
