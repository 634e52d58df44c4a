"""Pages for staff, with nothing personal on them: what came in last, and the receipt check."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from complaints_chassis.book import read_states
from complaints_chassis.service import Run, Running
from complaints_chassis.web import csrf_checked, render
from complaints_intake import queries
from complaints_intake.domain.contact import ReceiptCheck, check_receipt
from complaints_intake.domain.reference import NotAReference, parse_receipt_code, parse_reference
from complaints_intake.routes.api import STAFF
from complaints_intake.routes.common import office_of, prefix_of

router = APIRouter(dependencies=[STAFF], include_in_schema=False)


@router.get("/contacts", name="latest")
async def latest(request: Request, run: Run) -> HTMLResponse:
    """The contacts that came in last."""
    staff = {member.id: member.name for member in office_of(request).staff}
    return render(request, "latest.html", contacts=await queries.latest(run.engine), staff=staff)


@router.get("/contacts/receipt", name="receipt")
async def ask(request: Request) -> HTMLResponse:
    """The form for a reference and the receipt code that somebody gives with it."""
    return render(request, "receipt.html", reference="", faults={}, found=None)


@router.post("/contacts/receipt", dependencies=[csrf_checked])
async def check(
    request: Request,
    run: Run,
    reference: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Whether the code is that contact's; the page does not show it again."""
    faults: dict[str, str] = {}
    found = None
    try:
        reference = parse_reference(prefix_of(request), reference)
    except NotAReference as error:
        faults["reference"] = str(error)
    try:
        code = parse_receipt_code(code)
    except NotAReference as error:
        faults["code"] = str(error)
    if not faults:
        found = await _check(run, reference, code)
        if found is None:
            faults["reference"] = "No contact here has this reference. Ask for it again."
    status = 422 if faults else 200
    return render(
        request, "receipt.html", status=status, reference=reference, faults=faults, found=found
    )


async def _check(run: Running, reference: str, code: str) -> ReceiptCheck | None:
    row = await queries.by_reference(run.engine, reference)
    if row is None:
        return None
    async with run.engine.connect() as connection:
        states = await read_states(connection, run.book, [row.stream])
    return check_receipt(states[row.stream], code)
