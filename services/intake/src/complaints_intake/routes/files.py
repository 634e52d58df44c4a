"""The forms' page for files: several at once, without a script, each kept as soon as it is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.datastructures import UploadFile

from complaints_chassis.service import Run, Running
from complaints_chassis.web import csrf_checked, public, redirect
from complaints_intake.attachments import (
    MAX_FILE_BYTES,
    MAX_FILES,
    UNKNOWN,
    keep,
    media_type,
)
from complaints_intake.domain.answers import Answers, Kind, Step
from complaints_intake.domain.faults import faults
from complaints_intake.domain.text import clean_line
from complaints_intake.repository import Draft, change_draft
from complaints_intake.routes.common import limited, today
from complaints_intake.routes.drafts import open_draft
from complaints_intake.routes.form import onward
from complaints_intake.routes.kinds import FORM
from complaints_intake.routes.pages import show_again

router = APIRouter(
    prefix=f"{FORM}/files",
    dependencies=[public, limited, csrf_checked],
    include_in_schema=False,
)


@router.post("")
async def add(request: Request, run: Run, kind: Kind) -> Response:
    """Takes files, says which could not be taken and why, and goes on when asked to."""
    draft = await open_draft(request, run, kind)
    refused: list[str] = []
    async with request.form() as form:
        for file in form.getlist("files"):
            if isinstance(file, UploadFile) and file.filename:
                draft, problem = await _add(run, draft, file)
                refused += [f"{clean_line(file.filename)} {problem}"] if problem else []
    draft = await _change(run, draft, lambda _: {"refused": tuple(refused)})
    if draft.answers.sent:
        return redirect(request, "sent", kind=kind)
    if refused:
        return show_again(request, kind, Step.FILES)
    if form.get("then") != "continue":
        return redirect(request, "step", kind=kind, step=Step.FILES)
    if faults(Step.FILES, draft.answers, today(run)):
        return show_again(request, kind, Step.FILES)
    return onward(request, run, Step.FILES, draft.answers)


@router.post("/remove", name="remove_file")
async def remove(
    request: Request, run: Run, kind: Kind, sha256: Annotated[str, Form()]
) -> Response:
    """Takes a file off the form again; it is deleted a day later."""
    draft = await open_draft(request, run, kind)

    await _change(
        run,
        draft,
        lambda answers: {
            "files": tuple(file for file in answers.files if file.sha256 != sha256),
            "refused": (),
        },
    )
    return redirect(request, "step", kind=kind, step=Step.FILES)


async def _add(run: Running, draft: Draft, file: UploadFile) -> tuple[Draft, str | None]:
    """The form with the file, or what is wrong with it, after its name."""
    if len(draft.answers.files) >= MAX_FILES:
        return draft, (
            f"was not added: {MAX_FILES} files are the most we can take with one form. Send this, "
            "then email or post us the rest with your reference."
        )
    if (file.size or 0) > MAX_FILE_BYTES:
        return draft, (
            f"was not added: it is larger than {MAX_FILE_BYTES // 1_000_000} MB. Send a smaller or "
            "shorter version, or write to us that you have it, and we will arrange another way."
        )
    data = await file.read()
    if not data:
        return draft, "was not added: it is empty. Check that you chose the right file."
    if media_type(data) == UNKNOWN:
        return draft, (
            "was not added: we cannot take this kind of file here. Send photos, sound, video, PDF, "
            "text or office documents, or send it to us by email or post."
        )
    kept = await keep(run, file.filename or "", data)

    return await _change(
        run,
        draft,
        lambda answers: {"files": (*(f for f in answers.files if f.sha256 != kept.sha256), kept)},
    ), None


async def _change(
    run: Running, draft: Draft, given: Callable[[Answers], Mapping[str, object]]
) -> Draft:
    def change(answers: Answers) -> Answers:
        return answers.model_copy(update=given(answers))

    return await change_draft(run.engine, draft, change, run.clock.now())
