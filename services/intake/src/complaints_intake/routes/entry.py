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
from complaints_contracts.contacts import ContactReceived
from complaints_intake.attachments import keep_on, keep_words
from complaints_intake.data import load_ways
from complaints_intake.domain.aloud import aloud
from complaints_intake.domain.contact import Contact, Submission, decide
from complaints_intake.domain.entry import MAX_MATTERS, Entry, Opened, submission
from complaints_intake.domain.entry_faults import faults
from complaints_intake.domain.promise import first_call_by, first_call_due
from complaints_intake.domain.unsaved import Paper, Unsaved
from complaints_intake.domain.ways import Way
from complaints_intake.entries import change_unsaved, find_unsaved, row_of
from complaints_intake.handlers import receive
from complaints_intake.repository import CONTACTS
from complaints_intake.routes.common import office_of, prefix_of
from complaints_intake.routes.entry_files import (
    ENTERERS,
    ENTERING,
    keep_added,
    removed,
    text_asked_for,
)
from complaints_intake.routes.entry_lapsed import requires_or_keeps
from complaints_intake.routes.entry_page import (
    AGAIN,
    LAPSED,
    channel_label,
    entry_page,
    read_entry,
)
from complaints_intake.tables import drafts

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
    office = office_of(request)
    due_at = first_call_due(received.received_at, office)
    return render(
        request,
        "entry-saved.html",
        received=received,
        aloud=aloud(received.reference),
        way=next((way for way in load_ways().values() if way.channel is received.channel), None),
        reach_by=received.persons[0].reach.preferred,
        call_by=first_call_by(received.received_at, office),
        is_late=due_at is not None and due_at < run.clock.now(),
        office=office,
    )


@router.get("/{path}", name="entry_new")
async def begin(request: Request, run: Run, _: Staff, path: str) -> Response:
    """An empty page, whose address makes it one contact."""
    way = _way(path)
    begun = _begin(run, way)
    await change_unsaved(run.engine, begun, lambda unsaved: unsaved, run.clock.now())
    return redirect(request, "entry_form", path=path, contact_id=begun.opened.contact_id)


@router.get("/{path}/{contact_id}", name="entry_form")
async def show(
    request: Request, run: Run, principal: Staff, path: str, contact_id: UUID
) -> Response:
    """The page with what was typed by now; once it is saved, what it was saved as."""
    way = _way(path)
    if (await _contact(run, contact_id)).received:
        return redirect(request, "entry_saved", contact_id=contact_id)
    unsaved = await find_unsaved(run.engine, contact_id, run.clock.now())
    if unsaved is None:
        return redirect(request, "entry_new", path=path)
    return await entry_page(request, run, principal, way, unsaved)


async def _keep_lapsed(request: Request) -> str:
    """Keeps what somebody typed whose session has ended; the page that shows it after sign-in."""
    path, run = request.path_params["path"], request.app.state.running
    try:
        contact_id = UUID(request.path_params["contact_id"])
    except ValueError:
        raise Problem(404) from None
    unsaved = await _keep(request, run, _way(path), contact_id)
    return f"{_address(request, path, unsaved)}?{LAPSED}=1"


@router.post("/{path}/{contact_id}", dependencies=[csrf_checked])
async def enter(
    request: Request,
    run: Run,
    principal: Annotated[Principal, requires_or_keeps(*ENTERERS, keep=_keep_lapsed)],
    path: str,
    contact_id: UUID,
) -> Response:
    """Keeps what was typed and added; looks, adds, takes off or saves, as the button says."""
    way = _way(path)
    unsaved = await _keep(request, run, way, contact_id)
    entry = unsaved.entry
    if unsaved.was_read:
        return _see(request, path, unsaved, f"matter-{len(entry.matters)}")
    match (await request.form()).get("then"):
        case "save" if unsaved.opened.contact_id != contact_id:
            return _see(request, path, unsaved, again=True)
        case "save":
            return await _save(request, run, principal, way, unsaved)
        case "matter" if len(entry.matters) < MAX_MATTERS:
            matters = (*entry.matters, "")
            unsaved = await _put(run, unsaved, entry=entry.model_copy(update={"matters": matters}))
            return _see(request, path, unsaved, f"matter-{len(matters)}")
        case "look":
            return _see(request, path, unsaved, "earlier")
        case _:
            return _see(request, path, unsaved, "papers")


async def _keep(request: Request, run: Running, way: Way, contact_id: UUID) -> Unsaved:
    """Keeps what a form holds, and puts what can be read from new files where nothing is typed.

    Where the draft is gone, or is a contact by now, it is kept as another page.
    """
    now, form = run.clock.now(), await request.form()
    entry, then = read_entry(form), form.get("then")
    added = await keep_added(request, run, form)
    found = await find_unsaved(run.engine, contact_id, now)
    before = (await _contact(run, contact_id)).received

    def change(unsaved: Unsaved) -> Unsaved:
        return unsaved.model_copy(
            update={
                "entry": entry,
                "papers": added.to(removed(form, unsaved.papers)),
                "refused": added.refused,
                "was_read": False,
                "looked": unsaved.looked or then == "look",
                "came_late": found is None and before is None,
            }
        )

    begun = found or (_long_saved(before) if before else _begin(run, way))
    if before and (found is None or then != "save"):
        begun = _another(run, begun, before.reference)
    unsaved = await change_unsaved(run.engine, begun, change, now)
    await keep_on(run, unsaved.files)
    text = added.text if not entry.told else await text_asked_for(request, run, form, unsaved)
    return await _put(run, unsaved, entry=_with(entry, text), was_read=True) if text else unsaved


async def _save(
    request: Request, run: Running, principal: Principal, way: Way, unsaved: Unsaved
) -> Response:
    """Makes it a contact, once; what is wrong, or was changed since, is shown instead."""
    now, opened = run.clock.now(), unsaved.opened
    if unsaved.refused or faults(unsaved, way, now):
        return _see(request, way.path, unsaved, again=True)
    words, words_file = await keep_words(run, unsaved.entry.words)
    sent = submission(
        unsaved.entry,
        unsaved.files,
        way,
        opened,
        words=words,
        words_file=words_file,
        prefix=prefix_of(request),
        taken_by=principal.subject,
        now=now,
    )
    saved = Unsaved(opened=opened, papers=unsaved.papers)  # who goes back still has the files
    receipt = await receive(
        run,
        opened.contact_id,
        sent,
        prefix=prefix_of(request),
        actor=principal.subject,
        besides=lambda work, _: work.copy(drafts, **row_of(saved, now)),
    )
    if receipt.is_new or _is_same(await _contact(run, opened.contact_id), sent):
        return redirect(request, "entry_saved", contact_id=opened.contact_id)
    another = await _put(run, _another(run, unsaved, receipt.reference))
    return _see(request, way.path, another, again=True)


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


async def _put(run: Running, unsaved: Unsaved, **given: object) -> Unsaved:
    """Keeps the entry with some of it changed."""
    changed = unsaved.model_copy(update=given)
    return await change_unsaved(run.engine, changed, lambda _: changed, run.clock.now())


def _see(
    request: Request, path: str, unsaved: Unsaved, place: str = "", *, again: bool = False
) -> Response:
    """See the page next (303), from `place` on; `again` says what is wrong."""
    rest = f"?{AGAIN}=1" if again or unsaved.refused else f"#{place}"
    return RedirectResponse(_address(request, path, unsaved) + rest, 303)


def _address(request: Request, path: str, unsaved: Unsaved) -> str:
    return url(request, "entry_form", path=path, contact_id=unsaved.opened.contact_id)


def _begin(run: Running, way: Way) -> Unsaved:
    entry = Entry(acting=way.acting, consent=way.consent)
    return Unsaved(opened=_opened(run), entry=entry)


def _long_saved(before: ContactReceived) -> Unsaved:
    """The page of a contact whose draft is gone, with the files that the contact names."""
    opened = Opened(
        contact_id=before.contact_id, person_id=uuid4(), other_id=uuid4(), at=before.received_at
    )
    return Unsaved(opened=opened, papers=tuple(Paper(file=f) for f in before.attachments))


def _another(run: Running, unsaved: Unsaved, reference: str) -> Unsaved:
    """The same page for another contact: this one was saved and cannot change any more."""
    opened = _opened(run).model_copy(update={"at": unsaved.opened.at})
    return unsaved.model_copy(update={"opened": opened, "saved_as": reference})


def _opened(run: Running) -> Opened:
    return Opened(contact_id=uuid4(), person_id=uuid4(), other_id=uuid4(), at=run.clock.now())


def _way(path: str) -> Way:
    try:
        return load_ways()[path]
    except KeyError:
        raise Problem(404) from None


def _with(entry: Entry, text: str) -> Entry:
    """The entry with what was read from a file after its last words."""
    *matters, last = entry.matters
    last = "\n\n".join(filter(None, (last, text)))
    return entry.model_copy(update={"matters": (*matters, last)})
