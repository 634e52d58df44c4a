"""The demo's second half: some sample complaints are put right, others go to a force in a box."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from complaints_chassis.web import Role
from complaints_law.criteria import load_criteria
from complaints_law.procedure import load_procedure
from complaints_local.force_box.box import Box
from complaints_local.force_box.scenario import read_scenario
from complaints_local.target import Target

RECOVERED: Final = ("web/break-in.yaml", "mail/plain.eml")
"""The samples that service recovery puts right."""
TRANSFERRED: Final = ("api/custody.json", "api/injury.json")
"""The samples that are recorded and go to the force."""
ENDS: Final = frozenset({"SR_RESOLVED", "CLOSED_SR", "OUTCOME_GIVEN", "CLOSED_SCH3"})
"""Where they stay, once there is nothing more to do."""
BY_A_PERSON: Final = frozenset({"CALL", "WRITE", "REACH", "READ_FIRST"})
GIVE_UP_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 0.2
SORRY: Final = (
    "We are sorry that nobody came back to you. Officers are looking at the film, and somebody will"
    " ring you this week."
)
DECIDED: Final = "The force says that the service was not acceptable, and apologises."
COLUMNS: Final = ("Sample", "Reference", "Stands at", "As they read it", "Not told yet")

Case = dict[str, Any]


class Command(NamedTuple):
    """What staff do next: the service and the path below its case or contact, and what is sent."""

    path: str
    body: dict[str, Any]


async def handle(target: Target, references: Mapping[str, str], console: Console) -> bool:
    """Handles the samples to their ends, each from wherever it stands; whether all got there."""
    plans = {name: recover for name in RECOVERED} | {name: transfer for name in TRANSFERRED}
    box = Box(read_scenario("demo"), {"bootstrap_servers": target.bootstrap}, lambda _: None)
    playing = asyncio.create_task(box.play(GIVE_UP_SECONDS))
    try:
        async with httpx.AsyncClient(base_url=target.url, timeout=30) as client:
            known = {name: plan for name, plan in plans.items() if name in references}
            cases = await asyncio.gather(
                *(
                    _to_its_end(target, client, references[name], plan)
                    for name, plan in known.items()
                )
            )
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    ended = dict(zip(known, cases, strict=True))
    console.print(_table(references, ended))
    return all(case["status"] in ENDS for case in cases)


def recover(case: Case) -> Command | None:
    """The next thing to do for a complaint that is put right; None once it is."""
    match case["status"]:
        case "LOGGED":
            return _case(case, "contact-attempts", made=True, how="TELEPHONE")
        case "ASSESSING" if case["assessment"] is None:
            return _assess(case, category="A1")
        case "ASSESSING":
            why = "A call and an answer will do."
            return _step(case, "SERVICE_RECOVERY_STARTED", note=why)
        case "SR_OPEN":
            methods = ["APOLOGY", "UPDATE"]
            return _step(case, "RESOLUTION_PROPOSED", words=SORRY, methods=methods)
        case "SR_PROPOSED":
            return _step(case, "RESOLVED", note="They said so on the telephone.", words=SORRY)
    return None


def transfer(case: Case) -> Command | None:
    """The next thing to do for one that is recorded; None while the force is at it, or done."""
    asked = {action["kind"] for action in case["actions"] if not action["done"]}
    match case["status"]:
        case "LOGGED" | "ASSESSING":
            return _assess(case, category="B5", met="MF4")
        case "RECORDING":
            given = {"recorded_for": "NATURE_OF_ALLEGATION", "force": "cleveland"}
            return _step(case, "RECORDED", note="What is alleged must be.", **given)
        case "OUTCOME_GIVEN" if "TELL_OUTCOME" in asked:
            return _step(case, "OUTCOME_LETTER", words=DECIDED, review_body="LPB")
    return None


async def _to_its_end(
    target: Target,
    client: httpx.AsyncClient,
    reference: str,
    plan: Callable[[Case], Command | None],
) -> Case:
    """Does what there is to do until the case has got to where it stays."""
    end = time.monotonic() + GIVE_UP_SECONDS
    while True:
        case = await _read(target, client, reference)
        command = plan(case)
        if time.monotonic() > end or (command is None and case["status"] in ENDS and _told(case)):
            return case
        if command:
            await _do(target, client, case, command)
        await asyncio.sleep(LOOK_SECONDS)


def _told(case: Case) -> bool:
    """Whether they know it all, or a person has to tell them."""
    asked = {action["kind"] for action in case["actions"] if not action["done"]}
    return not case["untold"] or bool(asked & BY_A_PERSON)


async def _read(target: Target, client: httpx.AsyncClient, reference: str) -> Case:
    headers = await target.as_staff(Role.TEAM_LEADER)
    listed = await client.get(
        "/casework/api/cases", params={"reference": reference}, headers=headers
    )
    first = listed.raise_for_status().json()["cases"][0]
    found = await client.get(f"/casework/api/cases/{first['case_id']}", headers=headers)
    case: Case = found.raise_for_status().json()
    return case


async def _do(target: Target, client: httpx.AsyncClient, case: Case, command: Command) -> None:
    """Gives the command; what happened meanwhile is seen at the next look."""
    headers = await target.as_staff(Role.TEAM_LEADER)
    version = f'"{case["version"]}"'
    if command.path.startswith("/triage"):
        read = await client.get(command.path, headers=headers)
        version = read.raise_for_status().headers["etag"]
    proof = {"If-Match": version, "Idempotency-Key": f"demo {command.path} {version}"}
    answer = await client.post(command.path, json=command.body, headers={**headers, **proof})
    if answer.status_code != httpx.codes.CONFLICT:
        answer.raise_for_status()


def _case(case: Case, what: str, **body: Any) -> Command:
    return Command(f"/casework/api/cases/{case['case_id']}/{what}", body)


def _step(case: Case, step: str, **given: Any) -> Command:
    return _case(case, "steps", step=step, **given)


def _assess(case: Case, category: str, met: str = "") -> Command:
    answers = {
        criterion.id: {"answer": "YES" if criterion.id == met else "NO", "reason": "As it is told."}
        for criterion in load_criteria().criteria
    }
    allegation = {
        "number": "1",
        "category": category,
        "words": "As it is told.",
        "answers": answers,
    }
    path = f"/triage/api/contacts/{case['contact_id']}/matters/{case['matter']}/assessment"
    given = {"contact_type": "COMPLAINT", "eligibility": "ELIGIBLE", "wish": "CONTENT"}
    return Command(path, given | {"allegations": [allegation]})


def _table(references: Mapping[str, str], ended: Mapping[str, Case]) -> Table:
    states = load_procedure().states
    table = Table(*COLUMNS, title="How some of them were handled", title_justify="left")
    for name, case in ended.items():
        untold = ", ".join(one["step"].replace("_", " ").lower() for one in case["untold"])
        table.add_row(
            name,
            references[name],
            case["status"],
            states[case["status"]].public,
            untold or "nothing",
        )
    return table
