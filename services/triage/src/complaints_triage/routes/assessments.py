"""Assessing a matter of a contact, and splitting one off: an API for staff (R28, R43)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

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
from complaints_contracts.codes import (
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Route,
    Subject,
    Wish,
)
from complaints_contracts.event import Fact, Model
from complaints_contracts.triage import AssessedAllegation, MatterAssessed, Prompt
from complaints_law.criteria import load_criteria
from complaints_triage import commands, queries
from complaints_triage.domain.assessment import Answers, missing_reasons
from complaints_triage.domain.contact import Contact
from complaints_triage.domain.facts import AllegationHeard, Reason
from complaints_triage.repository import CONTACTS

router = APIRouter()

Staff = Annotated[Principal, requires(Role.ADVISER, Role.TEAM_LEADER)]
Number = Annotated[str, Path(pattern=r"^[1-9][0-9]?$")]

LONGEST: Final = 5000
_NEWS: Final = {
    MatterAssessed.type: "it was assessed",
    AllegationHeard.type: "a further allegation came up",
    Erased.type: "a person was erased",
}


class SentAnswer(Model):
    """An answer to one criterion, on the allegation and not on its merit, and why (R44)."""

    answer: CriterionAnswer
    reason: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class SentAllegation(Model):
    """One allegation: its number, its category (such as B4), what is alleged, the answers.

    `advised` are the criteria on which the force's professional standards said that they are not
    met, where somebody is not sure.
    """

    number: str = Field(pattern=r"^[1-9][0-9]?$")
    category: str = Field(pattern=r"^[A-HJ-L]([1-9][0-9]?)?$")
    words: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")
    answers: dict[Criterion, SentAnswer]
    advised: tuple[Criterion, ...] = ()


class SentAssessment(Model):
    """All that decides where a matter goes."""

    contact_type: ContactType
    subject: Subject = Subject.FORCE
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[SentAllegation, ...] = Field(default=(), max_length=99)

    def answers(self) -> Answers:
        """The same, as it is decided on."""
        return Answers(
            contact_type=self.contact_type,
            subject=self.subject,
            eligibility=self.eligibility,
            wish=self.wish,
            allegations=tuple(
                AssessedAllegation(
                    number=each.number,
                    category=each.category,
                    words=each.words,
                    answers={name: given.answer for name, given in each.answers.items()},
                    advised=each.advised,
                )
                for each in self.allegations
            ),
            reasons=tuple(
                Reason(number=each.number, criterion=name, words=given.reason)
                for each in self.allegations
                for name, given in each.answers.items()
            ),
        )


class SentMatter(Model):
    """The words of a matter that was told together with another one."""

    words: str = Field(min_length=1, max_length=LONGEST * 4, pattern=r"\S")


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


class Question(BaseModel):
    """A mandatory criterion, and the words that suggest to look at it; never an answer (R44)."""

    criterion: str
    question: str
    help: str
    prompts: tuple[Prompt, ...]


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
                prompts=tuple(p for p in sorted_as.prompts if p.criterion == each.id),
            )
            for each in load_criteria().criteria
        ),
        raised=dict(contact.raised.get(matter, {})),
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
    _refuse_unknown(answers)
    if missing := missing_reasons(answers):
        number, criterion = missing[0]
        raise Problem(422, f"Allegation {number} has no reason for {criterion}.", rule="R43")
    decide = commands.assess(contact_id, matter, answers)
    asking = _Asking(request, response, run, principal, contact_id)
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
    asking = _Asking(request, response, run, principal, contact_id)
    return Split.model_validate(await asking.do(decide, "R15", if_match, idempotency_key))


@dataclass(frozen=True)
class _Asking:
    """A program that gives a command about a contact."""

    request: Request
    response: Response
    run: Running
    principal: Principal
    contact_id: UUID

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
                if_match=IfMatch(stream, version, _concerns),
            )
        except Stale as stale:
            news = (_NEWS[type] for type in dict.fromkeys(stale.events))
            raise changed(stale, "contact", news) from None
        self.response.headers["ETag"] = f'"{answer["version"]}"'
        return answer


def _concerns(fact: Fact) -> bool:
    """Whether somebody who is about to assess should know of this first."""
    return fact.type in _NEWS


def _refuse_unknown(answers: Answers) -> None:
    """Codes of ours are never taken for another one: what is not known is said back."""
    given = [answers.contact_type, answers.subject, answers.eligibility, answers.wish]
    for each in answers.allegations:
        given += [*each.answers, *each.answers.values(), *each.advised]
    if any(code == "OTHER" for code in given):
        raise Problem(422, "One of the codes is not known.", action="See the lists in /docs.")


async def _read(run: Running, contact_id: UUID) -> tuple[Contact, int]:
    found = await queries.contact_file(run.engine, run.book, contact_id)
    if found is None:
        raise Problem(404, "There is no such contact here.", title="Contact not found")
    return found
