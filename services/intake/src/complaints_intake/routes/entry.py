"""Entering what reaches staff by telephone, in person, on paper or through somebody else.

One page that posts itself: every button keeps what was typed, and only one of them saves.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from complaints_chassis.book import read_states
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal, Problem, csrf_checked, redirect, render, url
from complaints_intake import queries
from complaints_intake.attachments import keep_words
from complaints_intake.data import load_ways
from complaints_intake.domain.aloud import aloud
from complaints_intake.domain.contact import Contact, Submission, decide
from complaints_intake.domain.entry import MAX_MATTERS, Entry, Opened, submission
from complaints_intake.domain.entry_faults import faults
from complaints_intake.domain.paper import Paper
from complaints_intake.domain.promise import first_call_by
from complaints_intake.domain.ways import Way
from complaints_intake.handlers import receive
from complaints_intake.repository import CONTACTS
from complaints_intake.routes.common import office_of, prefix_of
from complaints_intake.routes.entry_files import (
    ENTERING,
    keep_added,
    kept_before,
    text_asked_for,
)
from complaints_intake.routes.entry_page import (
    Shown,
    channel_label,
    earlier,
    entry_page,
    read_entry,
)
from complaints_intake.routes.sealed import seal, unseal

router = APIRouter(prefix="/entry", include_in_schema=False)

Staff = Annotated[Principal, ENTERING]


@router.get("", name="entry")
async def choose(request: Request, run: Run, _: Staff) -> Response:
    """How it came: a link for each way."""
    ways = [(way, channel_label(run, way)) for way in load_ways().values()]
    return render(request, "entry-start.html", ways=ways)


@router.get("/saved/{contact_id}", name="entry_saved")
async def saved(request: Request, run: Run, contact_id: UUID, _: Staff) -> Response:
    """The reference, to be read out, and what happens next."""
    received = (await _contact(run, contact_id)).received
    if received is None or received.taken_by is None:
        raise Problem(404)
    return render(
        request,
        "entry-saved.html",
        received=received,
        aloud=aloud(received.reference),
        way=next((way for way in load_ways().values() if way.channel is received.channel), None),
        reach_by=received.persons[0].reach.preferred,
        call_by=first_call_by(received.received_at, office_of(request)),
        office=office_of(request),
    )


@router.get("/{path}", name="entry_form")
async def open_form(
    request: Request, run: Run, principal: Staff, path: str, opened: str = ""
) -> Response:
    """An empty page; its address makes it one contact, also for whoever goes back to it."""
    way = _way(path)
    begun = unseal(run, opened, Opened)
    if begun is None:
        address = url(request, "entry_form", path=path)
        return RedirectResponse(f"{address}?opened={seal(run, _open(run))}", 303)
    if await queries.by_id(run.engine, begun.contact_id):
        return redirect(request, "entry_saved", contact_id=begun.contact_id)
    entry = Entry(acting=way.acting, consent=way.consent)
    return entry_page(request, run, principal, way, begun, entry, Shown())


@router.post("/{path}", dependencies=[csrf_checked])
async def enter(
    request: Request, run: Run, principal: Staff, path: str, opened: str = ""
) -> Response:
    """Keeps what was typed and added; looks, adds, takes off or saves, as the button says."""
    way = _way(path)
    begun = unseal(run, opened, Opened) or _open(run)
    form = await request.form()
    entry = read_entry(form)
    added = await keep_added(request, run, form, kept_before(run, form))
    text = added.text if not entry.told else await text_asked_for(request, run, form, added.papers)
    if text:
        entry = entry.model_copy(update={"matters": _with(entry.matters, text)})
    found = {"files": "\n".join(added.refused)} if added.refused else {}
    match form.get("then"):
        case "save" if not found and not text:
            return await _save(request, run, principal, way, begun, entry, added.papers)
        case "matter" if len(entry.matters) < MAX_MATTERS:
            entry = entry.model_copy(update={"matters": (*entry.matters, "")})
        case "look":
            shown = Shown(added.papers, found, await earlier(run, entry), bool(text))
            return entry_page(request, run, principal, way, begun, entry, shown)
    shown = Shown(added.papers, found, read=bool(text), status=422 if found else 200)
    return entry_page(request, run, principal, way, begun, entry, shown)


async def _save(
    request: Request,
    run: Running,
    principal: Principal,
    way: Way,
    opened: Opened,
    entry: Entry,
    papers: tuple[Paper, ...],
) -> Response:
    """Makes it a contact, once; what is wrong, or was changed since, is shown instead."""
    now = run.clock.now()
    files = tuple(paper.file for paper in papers)
    found = faults(entry, files, way, opened.at, now)
    if not found:
        words, words_file = await keep_words(run, entry.words)
        sent = submission(
            entry,
            files,
            way,
            opened,
            words=words,
            words_file=words_file,
            prefix=prefix_of(request),
            taken_by=principal.subject,
            now=now,
        )
        receipt = await receive(
            run, opened.contact_id, sent, prefix=prefix_of(request), actor=principal.subject
        )
        if receipt.is_new or _is_same(await _contact(run, opened.contact_id), sent):
            return redirect(request, "entry_saved", contact_id=opened.contact_id)
        opened = _open(run).model_copy(update={"at": opened.at})
        found["save"] = (
            f"This was saved as {receipt.reference} already, without what you changed since. "
            "To save what stands here as another contact, save again."
        )
    shown = Shown(papers, found, status=422)
    return entry_page(request, run, principal, way, opened, entry, shown)


def _is_same(contact: Contact, sent: Submission) -> bool:
    """Whether a contact is what is sent now, and so was sent twice."""
    before = contact.received
    if before is None:
        return False
    at = sent.received_at or before.received_at
    (again, *_) = decide(Contact(), sent, before.contact_id, before.reference, at, None)
    return again == before


async def _contact(run: Running, contact_id: UUID) -> Contact:
    stream = CONTACTS.stream(contact_id)
    async with run.engine.connect() as connection:
        states = await read_states(connection, run.book, [stream])
    contact: Contact = states.get(stream, Contact())
    return contact


def _open(run: Running) -> Opened:
    return Opened(contact_id=uuid4(), person_id=uuid4(), other_id=uuid4(), at=run.clock.now())


def _way(path: str) -> Way:
    try:
        return load_ways()[path]
    except KeyError:
        raise Problem(404) from None


def _with(matters: tuple[str, ...], text: str) -> tuple[str, ...]:
    """The words with what was read from a file after the last of them."""
    return (*matters[:-1], "\n\n".join(filter(None, (matters[-1], text))))
