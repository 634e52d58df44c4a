"""Scenarios S1, S2, S3 and S6 of the domain, to the last date and notice (domain.md, 6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
from aiokafka import AIOKafkaProducer
from httpx import AsyncClient
from journey import Journey, allegation, due

from complaints_chassis.web import Role
from complaints_local.system import System


@pytest.fixture
async def journey(system: System, client: AsyncClient) -> AsyncIterator[Journey]:
    """Nobody has written yet; the force's system is connected."""
    producer = AIOKafkaProducer(bootstrap_servers=system.bootstrap, acks="all")
    await producer.start()
    yield Journey(system, client, producer)
    await producer.stop()


async def test_s1_a_van_was_broken_into_and_nobody_called_over_easter(journey: Journey) -> None:
    journey.at(date(2026, 4, 2), 17, 10)
    await journey.send(
        {
            "words": "I reported my van being broken into six weeks ago. Three messages left,"
            " nobody has called. I just want to know if anyone is looking at it.",
            "persons": [
                {
                    "name": "Corwin Aldersley",
                    "email": "corwin@post.example",
                    "telephone": "01632 960101",
                    "reach_by": "TELEPHONE",
                }
            ],
        }
    )
    case = await journey.until(status="LOGGED")
    await journey.letter("Wednesday 8 April")
    assert journey.promise(case, "LOG")["due"]["do_by"] == "2026-04-07"
    assert journey.promise(case, "LOG")["met_at"]
    call = journey.promise(case, "CALL")["due"]
    assert (call["do_by"], call["due_at"]) == ("2026-04-08", "2026-04-08T15:30:00Z")  # 4:30pm
    assert journey.promise(case, "FIRST_UPDATE")["due"]["do_by"] == "2026-04-30"

    journey.at(date(2026, 4, 7))
    await journey.call()
    await journey.until(status="ASSESSING")
    await journey.letter("one person to deal with here")
    refused = await journey.ask("steps", {"step": "SERVICE_RECOVERY_STARTED", "note": "Simple."})
    assert (refused.status_code, refused.json()["rule"]) == (409, "R30"), "nobody has assessed it"
    assert (
        await journey.assess(
            allegation("A1", "Nobody acted on his report."),
            allegation("A3", "Nobody rang him back.", "2"),
        )
        == "SERVICE_RECOVERY"
    )
    await journey.step("SERVICE_RECOVERY_STARTED", note="A call and an answer will do.")
    await journey.letter("at any time to record your complaint formally", "28 days")
    await journey.step("TASK_SENT", force="cleveland", words="Who has the van, and what was done?")
    case = await journey.has(lambda case: any(r["kind"] == "FORCE_TASK" for r in case["clocks"]))
    run = journey.clock_of(case, "FORCE_TASK")
    assert due(run) == ("Tue 14 Apr 23:59", "2026-04-14", "RUNNING")

    journey.at(date(2026, 4, 10))
    await journey.force_says("task-answered.json", "request-answered", run["about"])
    case = await journey.has(lambda c: journey.clock_of(c, "FORCE_TASK")["state"] == "MET")

    journey.at(date(2026, 4, 13))
    said = "We are sorry that nobody rang you. Officers are looking at the film of two cameras."
    methods = ["UPDATE", "APOLOGY", "INFORMATION_EXPLANATION"]
    await journey.step("RESOLUTION_PROPOSED", words=said, methods=methods)
    await journey.letter(said)

    journey.at(date(2026, 4, 14))
    await journey.step("RESOLVED", note="He said that is fine, on the telephone.", words=said)
    await journey.letter(said, "no right to a review", "ask us at any time to record")
    case = await journey.until(status="SR_RESOLVED", untold=[])
    outcome = journey.clock_of(case, "OUTCOME_NOTICE")
    assert due(outcome) == ("Tue 21 Apr 23:59", "2026-04-21", "MET")
    recovery = journey.clock_of(case, "SERVICE_RECOVERY")
    assert due(recovery) == ("Thu 30 Apr 23:59", "2026-04-30", "MET")
    assert case["taken"]["working_days"] == 6

    journey.at(date(2026, 4, 22))
    case = await journey.until(status="CLOSED_SR", is_open=False)
    await journey.letter("whether you felt that we listened")
    journey.at(date(2026, 7, 1))
    assert (await journey.case())["status"] == "CLOSED_SR"
    assert journey.unread_letters() == 0
    assert all(promise["breached"] is False for promise in case["promises"])


async def test_s2_an_injury_is_alleged_by_way_of_101_on_a_bank_holiday_weekend(
    journey: Journey,
) -> None:
    journey.at(date(2026, 5, 23), 23, 45)
    await journey.redirect("redirected.json", "osric@post.example")
    case = await journey.until(status="LOGGED", urgency="URGENT", channel="FORCE_101")
    await journey.letter("Wednesday 27 May")
    call, update = (journey.promise(case, kind)["due"] for kind in ("CALL", "FIRST_UPDATE"))
    assert call["due_at"] == "2026-05-27T15:30:00Z"
    assert (update["due_at"][:10], update["do_by"]) == ("2026-06-20", "2026-06-19")

    wrist = allegation("B4", "Officers dragged him from his car and broke his wrist.", "1")
    wrist["answers"] |= {
        name: {"answer": said, "reason": "He says that it is broken."}
        for name, said in {"MF2": "YES", "MF3": "YES", "MF4": "YES", "MF6": "YES"}.items()
    }
    harsh = allegation("H5", "They were overbearing.", "2")
    assert await journey.assess(wrist, harsh, wish="CONTENT") == "RECORD_URGENTLY"
    await journey.until(status="RECORDING")
    refused = await journey.ask("steps", {"step": "SERVICE_RECOVERY_STARTED", "note": "He asks."})
    assert (refused.status_code, refused.json()["rule"]) == (409, "R30"), "whatever he wants"
    preserve = "Body-worn video, custody record, X-ray."
    await journey.step("EVIDENCE_REQUESTED", force="cleveland", words=preserve)
    asked = await journey.handed_over("request-made")
    await journey.step(
        "RECORDED",
        note="Serious injury alleged.",
        recorded_for="NATURE_OF_ALLEGATION",
        force="cleveland",
    )
    case = await journey.until(status="TRANSFERRED")
    await journey.letter("Schedule 3", "Cleveland Police")
    pack = await journey.handed_over("case-transferred")
    assert (pack["reason_recorded"], pack["urgency"]) == ("NATURE_OF_ALLEGATION", "URGENT")
    assert [(a["category"], a["answers"]["MF2"]) for a in pack["allegations"]] == [
        ("B4", "YES"),
        ("H5", "NO"),
    ]
    assert [one["words"] for one in pack["evidence"]] == [preserve]
    assert _is_to_do(case, "CALL_FORCE"), "not on Tuesday: whoever is on call there"
    urgent = journey.clock_of(case, "URGENT_FORCE_ACKNOWLEDGEMENT")
    assert due(urgent) == ("Sun 24 May 01:45", "2026-05-23", "RUNNING")
    await journey.force_says("must-be-referred.json", "case-advanced")
    case = await journey.has(lambda c: any(r["kind"] == "REFERRAL" for r in c["clocks"]))
    assert due(journey.clock_of(case, "REFERRAL"))[0] == "Sun 24 May 23:59"

    journey.at(date(2026, 5, 24), 2)
    case = await journey.has(lambda c: _is_to_do(c, "CHASE_FORCE"))
    assert journey.clock_of(case, "URGENT_FORCE_ACKNOWLEDGEMENT")["state"] == "MISSED"
    journey.at(date(2026, 5, 24), 9)
    await journey.force_says("accepted.json", "transfer-accepted")
    await journey.until(status="FORCE_HANDLING")
    await journey.force_says("evidence-preserved.json", "request-answered", asked["request_id"])
    await journey.force_says("referred.json", "case-advanced")
    case = await journey.until(status="AT_IOPC")
    await journey.letter("Independent Office for Police Conduct")
    assert due(journey.clock_of(case, "REFERRAL")) == ("Sun 24 May 23:59", "2026-05-23", "MET")

    journey.at(date(2026, 5, 26), 11)
    await journey.call()
    case = await journey.case()
    assert journey.promise(case, "CALL")["breached"] is False
    assert case["status"] == "AT_IOPC", "a call does not take it back"

    journey.at(date(2026, 6, 19), 9)
    case = await journey.case()
    assert journey.promise(case, "FIRST_UPDATE")["due"]["overdue"] is False
    await journey.step("UPDATED", words="The IOPC is deciding who investigates.")
    await journey.letter("is deciding who investigates", "Friday 17 July 2026")
    case = await journey.has(lambda c: any(r["kind"] == "NEXT_UPDATE" for r in c["clocks"]))
    assert journey.promise(case, "FIRST_UPDATE")["met_at"]
    assert due(journey.clock_of(case, "NEXT_UPDATE"))[0] == "Fri 17 Jul 23:59"
    journey.at(date(2026, 6, 22))
    await journey.force_says("left-to-the-force.json", "case-advanced")
    await journey.until(status="FORCE_HANDLING")
    await journey.letter("Independent Office for Police Conduct")

    journey.at(date(2026, 7, 13))
    await the_iopc_would_review_it(journey)


async def the_iopc_would_review_it(journey: Journey) -> None:
    """The outcome of what was referred, to the last day for asking for a review (L31, L33)."""
    await journey.force_says("outcome-in-july.json", "outcome-issued")
    await journey.until(status="OUTCOME_GIVEN")
    said = "More force was used than was needed. The force apologises."
    letter = {"step": "OUTCOME_LETTER", "words": said}
    wrong = await journey.ask("steps", letter | {"review_body": "LPB"})
    assert (wrong.status_code, wrong.json()["rule"]) == (409, "L30")
    await journey.step("OUTCOME_LETTER", words=said, review_body="IOPC", review_limb="REG_32_C")
    await journey.letter(said, "regulation 32(c)", "Monday 10 August 2026")
    case = await journey.until(untold=[])
    assert due(journey.clock_of(case, "OUTCOME_NOTICE"))[2] == "MET"
    assert due(journey.clock_of(case, "REVIEW_PERIOD"))[0] == "Mon 10 Aug 23:59"
    journey.at(date(2026, 8, 11), 1)
    await journey.until(status="CLOSED_SCH3")
    assert journey.unread_letters() == 0


async def test_s3_discrimination_is_alleged_and_nothing_formal_is_wished(journey: Journey) -> None:
    journey.at(date(2026, 6, 10), 9)
    await journey.send(
        {
            "channel": "EMAIL",
            "words": "Stopped and searched again. Officer said 'people like you' always carry. I"
            " don't want a fuss, just a word with him.",
            "persons": [
                {
                    "name": "Isaac Vanterpool",
                    "email": "isaac@post.example",
                    "telephone": "01632 960103",
                    "reach_by": "EMAIL",
                }
            ],
        },
        Role.ADVISER,
    )
    case = await journey.until(status="LOGGED")
    await journey.letter()
    assert journey.promise(case, "CALL")["due"]["do_by"] == "2026-06-12"
    race = allegation(
        "F6", "An officer said that people like him always carry.", MF4="YES", MF6="YES"
    )
    rude = allegation("H3", "The officer was disrespectful.", "2")
    search = allegation("B1", "He was stopped and searched again without reason.", "3")
    assert await journey.assess(race, rude, search, wish="CONTENT") == "RECORD_URGENTLY"
    case = await journey.until(status="RECORDING")
    assert _is_to_do(case, "SECOND_LOOK"), "the team leader looks at every F, G and J"

    journey.at(date(2026, 6, 10), 15)
    await journey.call()
    await journey.step(
        "RECORDED",
        note="What is alleged could be disciplinary, made worse by race.",
        recorded_for="NATURE_OF_ALLEGATION",
        force="cleveland",
    )
    case = await journey.until(status="TRANSFERRED")
    assert journey.promise(case, "CALL")["met_at"]
    assert case["recorded"]["reason"] == "NATURE_OF_ALLEGATION"
    assert (await journey.handed_over("case-transferred"))["wish"] == "CONTENT"
    await journey.letter("Schedule 3", "the law requires it")
    await journey.force_says("accepted.json", "transfer-accepted")
    await journey.force_says("must-be-referred-in-june.json", "case-advanced")
    case = await journey.has(lambda c: any(r["kind"] == "REFERRAL" for r in c["clocks"]))
    assert due(journey.clock_of(case, "REFERRAL"))[0] == "Thu 11 Jun 23:59"
    journey.at(date(2026, 6, 11), 16)
    await journey.force_says("referred-in-june.json", "case-advanced")
    case = await journey.until(status="AT_IOPC")
    assert journey.clock_of(case, "REFERRAL")["state"] == "MET"
    await journey.letter("Independent Office for Police Conduct")
    journey.at(date(2026, 6, 15))
    await journey.force_says("left-to-the-force-in-june.json", "case-advanced")
    await journey.until(status="FORCE_HANDLING")
    await journey.letter("Independent Office for Police Conduct")
    journey.at(date(2026, 7, 8))
    await journey.step("UPDATED", words="Both officers have been asked.")
    await journey.letter("Both officers have been asked")
    journey.at(date(2026, 7, 13))
    await the_iopc_would_review_it(journey)


async def test_s3_curtness_alone_can_be_put_right_once_the_team_leader_has_looked(
    journey: Journey,
) -> None:
    journey.at(date(2026, 6, 10), 9)
    person = {"name": "Isaac Vanterpool", "email": "isaac@post.example", "reach_by": "EMAIL"}
    await journey.send({"words": "The officer was curt with me.", "persons": [person]})
    await journey.until(status="LOGGED")
    await journey.call()
    curt = allegation("F6", "An officer was curt; he wonders whether that was his race.")
    assert await journey.assess(curt) == "SERVICE_RECOVERY"
    await journey.has(lambda case: _is_to_do(case, "SECOND_LOOK"))
    start = {"step": "SERVICE_RECOVERY_STARTED", "note": "An apology."}
    refused = await journey.ask("steps", start)
    assert "team leader" in refused.json()["detail"]
    look = {"step": "LOOKED_AGAIN", "note": "I agree."}
    assert (await journey.ask("steps", look)).status_code == 403
    await journey.step("LOOKED_AGAIN", note="I agree.", role=Role.TEAM_LEADER)
    await journey.step("SERVICE_RECOVERY_STARTED", note="An apology.")
    assert not _is_to_do(await journey.until(status="SR_OPEN"), "SECOND_LOOK")


async def test_s6_a_door_was_damaged_and_compensation_claimed(journey: Journey) -> None:
    journey.at(date(2026, 3, 2), 11)
    await journey.send(
        {
            "channel": "LETTER",
            "words": "Officers forced the wrong flat door. I want 900 pounds and an apology.",
            "persons": [
                {
                    "name": "Ottilie Marchbanks",
                    "email": "ottilie@post.example",
                    "address": "4 Pellew Rents",
                    "reach_by": "EMAIL",
                }
            ],
        },
        Role.ADVISER,
    )
    case = await journey.until(status="LOGGED")
    assert journey.promise(case, "FIRST_UPDATE")["due"]["do_by"] == "2026-03-30"
    await journey.letter()
    await journey.split("I want 900 pounds.")
    await journey.until("2", status="LOGGED")
    assert await journey.assess(matter="2", contact_type="COMPENSATION_CLAIM") == "SIGNPOST"
    await journey.until("2", status="OUT_OF_REMIT")
    where = (
        "Cleveland Police Legal Services decide on claims. Citizens Advice can help you with one."
    )
    await journey.step("REDIRECTED", "2", note="A claim.", words=where)
    await journey.until("2", status="CLOSED_REDIRECTED")
    await journey.letter("Legal Services", "Citizens Advice")

    journey.at(date(2026, 3, 3))
    await journey.call()
    await journey.letter("one person to deal with here")
    door = allegation("B2", "Officers forced the door of the wrong flat.")
    damage = allegation("C", "Her door was damaged.", "2")
    assert await journey.assess(door, damage) == "SERVICE_RECOVERY"
    await journey.step("SERVICE_RECOVERY_STARTED", note="She is content with an apology.")
    await journey.letter("at any time to record your complaint formally")

    journey.at(date(2026, 3, 13))
    await journey.step("RECORDING_REQUESTED")
    case = await journey.until(status="RECORDING")
    assert due(journey.clock_of(case, "RECORD")) == ("Fri 13 Mar 23:59", "2026-03-13", "RUNNING")
    await journey.step(
        "RECORDED", note="She rang and asked.", recorded_for="COMPLAINANT_WISHES", force="cleveland"
    )
    case = await journey.until(status="TRANSFERRED")
    assert case["recorded"]["reason"] == "COMPLAINANT_WISHES"
    await journey.letter("Schedule 3", "Friday 13 March 2026")
    assert due(journey.clock_of(case, "FORCE_ACKNOWLEDGEMENT"))[0] == "Mon 16 Mar 23:59"
    journey.at(date(2026, 3, 16))
    await journey.force_says("accepted.json", "transfer-accepted")
    await journey.until(status="FORCE_HANDLING")
    journey.at(date(2026, 3, 18))
    await journey.force_says("otherwise.json", "case-advanced")
    await journey.until(status="FORCE_OTBI")
    text = await journey.letter("without a formal investigation")
    assert "An inspector" not in text, "what the force writes is told by an adviser"
    assert _is_to_do(await journey.case(), "TELL_PROGRESS")
    journey.at(date(2026, 3, 27))
    await journey.step("UPDATED", words="The inspector has spoken with both officers.")
    await journey.letter("has spoken with both officers")

    journey.at(date(2026, 4, 1))
    await journey.force_says("outcome.json", "outcome-issued")
    await journey.until(status="OUTCOME_GIVEN")
    said = "The service was not acceptable. The address was not checked. The force apologises."
    await journey.step("OUTCOME_LETTER", words=said, review_body="LPB")
    await journey.letter(said, "not acceptable", "Commissioner", "Wednesday 29 April 2026")
    case = await journey.until(untold=[])
    assert due(journey.clock_of(case, "OUTCOME_NOTICE")) == (
        "Fri 10 Apr 23:59",
        "2026-04-10",
        "MET",
    )
    assert due(journey.clock_of(case, "REVIEW_PERIOD"))[0] == "Wed 29 Apr 23:59"
    journey.at(date(2026, 4, 30), 1)
    case = await journey.until(status="CLOSED_SCH3")
    assert journey.unread_letters() == 0


def _is_to_do(case: dict[str, object], kind: str) -> bool:
    actions = case["actions"]
    assert isinstance(actions, list)
    return any(action["kind"] == kind and not action["done"] for action in actions)
