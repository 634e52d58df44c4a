"""One case: a page, and the same for programs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from complaints_casework import queries, wording
from complaints_casework.domain.codes import How
from complaints_casework.domain.marking import marked
from complaints_casework.routes.common import Office, Staff, office_of, read_case, viewer
from complaints_casework.story import coming, nothing_coming
from complaints_casework.timeline import force_name, timeline, who
from complaints_casework.views import CaseView, listed
from complaints_chassis.service import Run, running
from complaints_chassis.web import Principal, render
from complaints_chassis.web.filters import london, words
from complaints_law.criteria import load_criteria
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

router = APIRouter()


@router.get("/api/cases/{case_id}", tags=["cases"])
async def api_case(
    case_id: UUID, run: Run, office: Office, principal: Staff, response: Response
) -> CaseView:
    """A case with its clocks and their working. The ETag is its version, for `If-Match`."""
    case, _ = await read_case(run, office, principal, case_id)
    response.headers["ETag"] = f'"{case.version}"'
    return case


@router.get("/cases/{case_id}", name="case", include_in_schema=False)
async def page(request: Request, case_id: UUID, principal: Staff) -> HTMLResponse:
    """A case, what was promised, what is to do, what happened."""
    return await show(request, principal, case_id)


async def show(
    request: Request,
    principal: Principal,
    case_id: UUID,
    *,
    status: int = 200,
    sent: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    news: list[str] | None = None,
) -> HTMLResponse:
    """The page of a case; after a form that was not taken, with what was sent and why not."""
    run, office = running(request), office_of(request)
    case, happened = await read_case(run, office, principal, case_id)
    others = await queries.find(
        run.engine, viewer(principal, office), contact_id=case.contact_id, reference=None
    )
    titles = {criterion.id: criterion.title for criterion in load_criteria().criteria}
    return render(
        request,
        "case.html",
        status=status,
        case=case,
        facts=_facts(case, office, run.clock.now()),
        needs=lambda person: wording.needs_words(person.reach.needs, london_day(run.clock.now())),
        named=[who(id, office) for id in case.named_staff],
        others=[listed(row, run.clock.now()) for row in others.rows if row.case_id != case_id],
        marked=marked,
        unread=wording.UNREAD,
        agent=lambda kind: wording.agent_words(kind, london_day(run.clock.now())),
        consents=wording.CONSENTS,
        obstacles=wording.OBSTACLES,
        criteria=titles,
        lines=timeline(happened, office),
        hows=[(how.value, wording.HOWS[how]) for how in How],
        day=wording.day_words,
        once=uuid4(),
        sent=sent or {},
        faults=faults or {},
        news=news or [],
    )


def _facts(case: CaseView, office: OfficeProfile, now: datetime) -> list[tuple[str, str]]:
    """What stands beside a case: what is next, who has it, what it is."""
    following = coming(case, now)
    next_up = f"{following.words} by {following.due.by}" if following else nothing_coming(case)
    return [
        ("Next", next_up),
        ("Adviser", who(case.adviser_id, office) if case.adviser_id else "Nobody yet"),
        ("Status", words(case.status)),
        ("Sorted as", words(case.contact_type)),
        *([("Declared as", words(case.declared))] if case.declared else []),
        ("Queue", words(case.queue)),
        ("Came by", words(case.channel)),
        *([("Passed on by", _passed_on(case, office))] if case.force else []),
        *([("Taken by", _taken_by(case.taken_by, office))] if case.taken_by else []),
        *([("Date on the letter", wording.day_words(case.dated_on))] if case.dated_on else []),
        ("Received", london(case.received_at)),
        *([("Made", london(case.made_at))] if case.made_at else []),
        ("Acknowledgement", wording.ACKNOWLEDGEMENTS[case.acknowledgement]),
        *([("Failed attempts to reach them", str(case.attempts))] if case.attempts else []),
    ]


def _passed_on(case: CaseView, office: OfficeProfile) -> str:
    """The force that the contact was made to, with its own number for it."""
    name = force_name(case.force, office) if case.force else None
    return ", ".join(filter(None, (name, case.force_reference)))


def _taken_by(id: str, office: OfficeProfile) -> str:
    """A member of staff by name, or by register id once they have left."""
    return next((member.name for member in office.staff if member.id == id), id)
