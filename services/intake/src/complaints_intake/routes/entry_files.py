"""The files of an entry: kept at once, described, and shown page by page beside the form."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final, cast

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import FormData, UploadFile

from complaints_chassis.service import Run, Running
from complaints_chassis.web import Problem, Role, requires
from complaints_intake import queries
from complaints_intake.attachments import (
    MAX_FILE_BYTES,
    UNKNOWN,
    keep,
    media_type,
)
from complaints_intake.documents.reader import SHOWN, Documents
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.domain.unsaved import Paper, Unsaved

ENTERERS: Final = (Role.ADVISER, Role.TEAM_LEADER)
ENTERING: Final = requires(*ENTERERS)

router = APIRouter(prefix="/entry/pages", dependencies=[ENTERING], include_in_schema=False)


@router.get("/{sha256}/{number}.png", name="entry_page")
async def page(
    request: Request,
    run: Run,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    number: Annotated[int, Path(ge=1)],
) -> Response:
    """A page of a file that was sent to us, drawn anew: nothing in it can run (S19)."""
    if not await queries.is_ours(run.engine, sha256):
        raise Problem(404)
    drawn = await documents(request).draw(await _read(run, sha256), number)
    if drawn is None:
        raise Problem(404, "This page cannot be shown.", action="Open the file in another way.")
    return Response(
        drawn,
        media_type="image/png",
        headers={
            "Content-Disposition": "inline",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def documents(request: Request) -> Documents:
    """Who reads documents for this service."""
    return cast(Documents, request.app.state.documents)


@dataclass(frozen=True)
class Added:
    """What came of the files that were added with a form."""

    papers: tuple[Paper, ...] = ()
    refused: tuple[str, ...] = ()
    """What is wrong with those that were not taken, in words."""
    text: str = ""
    """What could be read from those that were."""

    def to(self, papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
        """All files, each once."""
        return tuple({paper.file.sha256: paper for paper in (*papers, *self.papers)}.values())


async def keep_added(request: Request, run: Running, form: FormData) -> Added:
    """Keeps the files that came with a form, whatever its button was: they come only once."""
    papers: list[Paper] = []
    refused: list[str] = []
    texts: list[str] = []
    for upload in form.getlist("files"):
        if not isinstance(upload, UploadFile) or not upload.filename:
            continue
        problem = _problem(upload)
        data = b"" if problem else await upload.read()
        if not problem and media_type(data) == UNKNOWN:
            problem = "it is not a photo, sound, video, PDF, text or office document"
        if problem:
            refused.append(f"{clean_line(upload.filename)} was not added: {problem}.")
            continue
        paper, text = await _keep(request, run, upload.filename, data)
        papers.append(paper)
        texts.append(text)
    return Added(tuple(papers), tuple(refused), "\n\n".join(filter(None, texts)))


def removed(form: FormData, papers: tuple[Paper, ...]) -> tuple[Paper, ...]:
    """The files without the one that a button takes off."""
    gone = _told(form, "remove")
    return tuple(paper for paper in papers if paper.file.sha256 != gone)


async def text_asked_for(request: Request, run: Running, form: FormData, unsaved: Unsaved) -> str:
    """The text of the file that a button asks to be put into the words."""
    sha256 = _told(form, "text")
    if sha256 not in {file.sha256 for file in unsaved.files}:
        return ""
    described = await documents(request).describe(await _read(run, sha256))
    return clean(described.text) if described else ""


async def _keep(request: Request, run: Running, name: str, data: bytes) -> tuple[Paper, str]:
    file = await keep(run, name, data)
    described = await documents(request).describe(data) if file.media_type in SHOWN else None
    if described is None:
        return Paper(file=file), ""
    file = file.model_copy(update={"quarantined": described.locked})
    text = clean(described.text)
    return Paper(file=file, pages=described.pages, has_text=bool(text)), text


async def _read(run: Running, sha256: str) -> bytes:
    try:
        return await asyncio.to_thread(run.files.read, sha256)
    except FileNotFoundError:
        raise Problem(404) from None


def _problem(upload: UploadFile) -> str | None:
    if (upload.size or 0) > MAX_FILE_BYTES:
        return f"it is larger than {MAX_FILE_BYTES // 1_000_000} MB, so scan it with fewer dots"
    return None if upload.size else "it is empty"


def _told(form: FormData, what: str) -> str:
    """The file that a button speaks of: `remove:<sha256>`."""
    then = form.get("then")
    verb, _, sha256 = then.partition(":") if isinstance(then, str) else ("", "", "")
    return sha256 if verb == what else ""
