"""Assessing a matter of a contact, and splitting one off: an API for staff (R28, R43)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer, IfMatch, Once
from complaints_chassis.errors import Stale
from complaints_chassis.journal import Cause
from complaints_chassis.private import Erased
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal, Problem, Role, requires
from complaints_chassis.web.asked import (
    IfMatchHeader,
    KeyHeader,
    changed,
    key_of,
    not_an_etag,
    version_of,
)
from complaints_chassis.work import Work
from complaints_contracts.codes import Queue, Route
from complaints_contracts.event import Fact
from complaints_contracts.triage import (
    ContactSorted,
    MatterAssessed,
    MessageSorted,
    Prompt,
    SortingPersonErased,
)
from complaints_law.criteria import load_criteria
from complaints_law.london import london_day
from complaints_triage import commands, queries
from complaints_triage.domain.assessment import missing_reasons
from complaints_triage.domain.contact import Contact
from complaints_triage.domain.facts import AllegationDropped, AllegationHeard
from complaints_triage.repository import CONTACTS
from complaints_triage.routes.sent import SentAssessment, SentMatter, refuse_unknown

router = APIRouter()

Staff = Annotated[Principal, requires(Role.ADVISER, Role.TEAM_LEADER)]
Number = Annotated[str, Path(pattern=r"^[1-9][0-9]?$")]

_NEWS: Final = {
    MatterAssessed.type: "it was assessed",
    AllegationHeard.type: "a further allegation came up",
    AllegationDropped.type: "an allegation was taken back",
    MessageSorted.type: "somebody wrote again",
    ContactSorted.type: "another matter was found in it",
    SortingPersonErased.type: "a person was erased",
    Erased.type: "a person was erased",
}


class Assessed(BaseModel):
    """Where it goes, by which row of the decision table, and the version of the contact with it."""

    route: Route
    row: str
    version: int


class Split(BaseModel):
    """The further matter, its case, and the version of the contact with it."""

    matter: str
    case_id: UUID
    version: int


class Shown(Prompt):
    """Words that suggest to look at a criterion. They stand in the matter itself, unless it says
    which message, or which of the allegations that casework found.
    """

    message_id: UUID | None = None
    allegation: str | None = None


class Question(BaseModel):
    """A mandatory criterion, and the words that suggest to look at it; never an answer (R44)."""

    criterion: str
    question: str
    help: str
    prompts: tuple[Shown, ...]


class ToAssess(BaseModel):
    """What there is to assess of a matter, and its last assessment."""

    contact_id: UUID
    matter: str
    case_id: UUID
    reference: str
    questions: tuple[Question, ...]
    raised: dict[str, str]
    """Further allegations that came up since, by number."""
    assessed: MatterAssessed | None


@router.get("/api/contacts/{contact_id}/matters/{matter}/assessment", tags=["assessments"])
async def api_read(
    contact_id: UUID, matter: Number, run: Run, principal: Staff, response: Response
) -> ToAssess:
    """The questions of a matter with what prompts them, and its last assessment, if any."""
    contact, version = await _read(run, contact_id)
    sorted_as = contact.matter(matter)
    if sorted_as is None:
        raise Problem(404, commands.NO_MATTER, title="Matter not found")
    response.headers["ETag"] = f'"{version}"'
    raised = contact.raised.get(matter, {})
    shown = tuple(_shown(contact, sorted_as))
    return ToAssess(
        contact_id=contact_id,
        matter=matter,
        case_id=sorted_as.case_id,
        reference=sorted_as.reference,
        questions=tuple(
            Question(
                criterion=each.id,
                question=each.question,
                help=each.help,
                prompts=tuple(one for one in shown if one.criterion == each.id),
            )
            for each in load_criteria().criteria
        ),
        raised={number: heard.words for number, heard in raised.items()},
        assessed=contact.assessed.get(matter),
    )


@router.post(
    "/api/contacts/{contact_id}/matters/{matter}/assessment",
    status_code=201,
    tags=["assessments"],
)
async def api_assess(
    request: Request,
    response: Response,
    contact_id: UUID,
    matter: Number,
    sent: SentAssessment,
    run: Run,
    principal: Staff,
    if_match: IfMatchHeader = None,
    idempotency_key: KeyHeader = None,
) -> Assessed:
    """Assesses a matter: the decision table says where it goes, and casework follows it (R29)."""
    answers = sent.answers()
    refuse_unknown(answers, london_day(run.clock.now()))
    if missing := missing_reasons(answers):
        number, criterion = missing[0]
        raise Problem(422, f"Allegation {number} has no reason for {criterion}.", rule="R43")
    decide = commands.assess(contact_id, matter, answers)
    asking = _Asking(request, response, run, principal, contact_id, matter)
    return Assessed.model_validate(await asking.do(decide, "R43", if_match, idempotency_key))


@router.post(
    "/api/contacts/{contact_id}/matters/{matter}/split", status_code=201, tags=["assessments"]
)
async def api_split(
    request: Request,
    response: Response,
    contact_id: UUID,
    matter: Number,
    sent: SentMatter,
    run: Run,
    principal: Staff,
    if_match: IfMatchHeader = None,
    idempotency_key: KeyHeader = None,
) -> Split:
    """Gives another matter that was told with this one a case of its own.

    It is undone by merging the cases; the clocks run from the day on which the contact came in.
    """
    decide = commands.split(contact_id, matter, sent.words.strip())
    asking = _Asking(request, response, run, principal, contact_id, matter)
    return Split.model_validate(await asking.do(decide, "R15", if_match, idempotency_key))


@dataclass(frozen=True)
class _Asking:
    """A program that gives a command about a matter."""

    request: Request
    response: Response
    run: Running
    principal: Principal
    contact_id: UUID
    matter: str

    async def do(
        self, decide: Callable[[Work], Answer], rule: str, if_match: str | None, key: str | None
    ) -> Answer:
        """Runs it. Raises `Problem` 409 with what happened since that it should rest on."""
        version, once = version_of(if_match, "contact"), key_of(key)
        _, known = await _read(self.run, self.contact_id)
        if version > known:
            raise not_an_etag("contact")
        stream = CONTACTS.stream(self.contact_id)
        body = b"%s %d %s" % (
            self.request.url.path.encode(),
            version,
            await self.request.body(),
        )
        try:
            answer = await self.run.commands.run(
                Needs(streams=(stream,)),
                decide,
                Cause(actor=self.principal.subject, rule=rule),
                once=Once(f"{self.principal.subject}:{stream}:{once}", body),
                if_match=IfMatch(stream, version, self.concerns),
            )
        except Stale as stale:
            news = (_NEWS[type] for type in dict.fromkeys(stale.events))
            raise changed(stale, "contact", news) from None
        self.response.headers["ETag"] = f'"{answer["version"]}"'
        return answer

    def concerns(self, fact: Fact) -> bool:
        """Whether somebody who is about to assess or split the matter should know of this first."""
        if isinstance(fact, (MatterAssessed, AllegationHeard, AllegationDropped)):
            return fact.matter == self.matter
        return fact.type in _NEWS


def _shown(contact: Contact, sorted_as: ContactSorted) -> Iterator[Shown]:
    """All that prompts a criterion of a matter. Nobody says which matter a message is about, so
    that it prompts each.
    """
    for prompt in sorted_as.prompts:
        yield Shown(**dict(prompt))
    for message in contact.messages.values():
        if message.queue is not Queue.REVIEWS:  # what presses in that is a matter of its own
            for prompt in message.prompts:
                yield Shown(**dict(prompt), message_id=message.message_id)
    assessed = contact.assessed.get(sorted_as.matter)
    numbers = {each.number for each in assessed.allegations} if assessed else set()
    numbers |= contact.raised.get(sorted_as.matter, {}).keys()
    for heard in contact.heard.get(sorted_as.matter, {}).values():
        for prompt in heard.prompts if heard.number in numbers else ():
            yield Shown(**dict(prompt), allegation=heard.number)


async def _read(run: Running, contact_id: UUID) -> tuple[Contact, int]:
    found = await queries.contact_file(run.engine, run.book, contact_id)
    if found is None:
        raise Problem(404, "There is no such contact here.", title="Contact not found")
    return found
