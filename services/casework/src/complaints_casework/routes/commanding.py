"""What commands on a case share: proof of what was read, once only, and what changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from complaints_casework.queries import Viewer
from complaints_casework.repository import CASES, CASES_OF_CONTACTS
from complaints_casework.routes.common import Office, Staff, not_found, read_case, viewer
from complaints_casework.views import CaseView
from complaints_casework.wording import HAPPENED
from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer, IfMatch, Once
from complaints_chassis.errors import Refused, Stale
from complaints_chassis.journal import Cause
from complaints_chassis.private import Erased
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal
from complaints_chassis.web.asked import (
    IfMatchHeader,
    KeyHeader,
    changed,
    key_of,
    not_an_etag,
    version_of,
)
from complaints_chassis.work import Work
from complaints_contracts.event import Fact
from complaints_law.office import OfficeProfile

WHAT: Final = "case"
NAMED: Final = (
    "You are named in this case, or said that you should not have it. A team leader who is not has "
    "to do this; where there is none, you can only give the case to an adviser."
)


@dataclass(frozen=True)
class Command:
    """Something to do to a case, by a rule; `concerns` says what its sender should know first."""

    case_id: UUID
    decide: Callable[[Work], Answer]
    rule: str
    concerns: Callable[[Fact], bool]
    contact_id: UUID | None = None
    """Given where what is done concerns the other cases of the contact too."""
    streams: tuple[str, ...] = ()
    """What else it decides on, besides the case."""
    others: tuple[UUID, ...] = ()
    """The other cases that it is about."""
    by_named: bool = False
    """Whether somebody who is named in the case may do it."""

    async def run(self, run: Running, asks: Viewer, version: int, once: Once) -> Answer:
        """Runs it for who `asks` and read `version`. Raises as `Commands.run` does, `Refused` where
        they are named in a case that it is about (R81), and `Problem` 404 where they see none.

        What was answered once is answered again before any of that. That a person was erased
        together with another one concerns every command.
        """
        stream = CASES.stream(self.case_id)
        contacts = (str(self.contact_id),) if self.contact_id else ()
        others = (CASES.stream(id) for id in self.others)

        def decide(work: Work) -> Answer:
            for id in (self.case_id, *self.others):
                case = work.state(CASES, id)
                if case.opened is None or not asks.may_see(case):
                    raise not_found()
                if asks.id in case.named and not self.by_named:
                    raise Refused("R81", NAMED)
            if version > work.version(stream):
                raise not_an_etag(WHAT)
            return self.decide(work)

        return await run.commands.run(
            Needs(
                streams=(stream, *others, *self.streams),
                lookups=(CASES_OF_CONTACTS,),
                keys=contacts,
            ),
            decide,
            Cause(actor=asks.id, rule=self.rule),
            once=Once(f"{asks.id}:{stream}:{once.key}", once.request),
            if_match=IfMatch(
                stream, version, lambda fact: self.concerns(fact) or isinstance(fact, Erased)
            ),
        )


class Recorded(BaseModel):
    """What was recorded, if that was not done before, and the version of the case with it."""

    recorded: str | None
    version: int


class Asking(NamedTuple):
    """A program that asks for a command, having proved which version of the case it read."""

    request: Request
    response: Response
    run: Running
    office: OfficeProfile
    principal: Principal
    version: int
    key: str

    async def case(self, case_id: UUID) -> CaseView:
        """The case as it is now. Raises `Problem` 404."""
        case, _ = await read_case(self.run, self.office, self.principal, case_id)
        return case

    async def do(self, command: Command) -> Recorded:
        """Runs the command. Raises as it does, and `Problem` 409 with what happened since and
        concerns it."""
        given = self.request.url.path.encode(), self.version, await self.request.body()
        once = Once(f"api:{self.key}", b"%s %d %s" % given)
        try:
            asks = viewer(self.principal, self.office)
            answer = await command.run(self.run, asks, self.version, once)
        except Stale as stale:
            raise changed(stale, WHAT, news(stale)) from None
        self.response.headers["ETag"] = f'"{answer["version"]}"'
        return Recorded.model_validate(answer)


def _asking(
    request: Request,
    response: Response,
    run: Run,
    office: Office,
    principal: Staff,
    if_match: IfMatchHeader = None,
    idempotency_key: KeyHeader = None,
) -> Asking:
    version, key = version_of(if_match, WHAT), key_of(idempotency_key)
    return Asking(request, response, run, office, principal, version, key)


Program = Annotated[Asking, Depends(_asking)]
"""For routes of commands: staff's right, and both headers.

`If-Match` is the ETag of the case as it was read; the same `Idempotency-Key` gives the same answer
for 7 days.
"""


def by_form(request: Request, once: UUID, *given: str) -> Once:
    """Once for a form: `once` was made with its page, `given` is what was filled in."""
    return Once(f"form:{once}", "\0".join((request.url.path, *given)).encode())


def news(stale: Stale) -> list[str]:
    """What happened since the page was made, in words."""
    return [HAPPENED[type].lower() for type in dict.fromkeys(stale.events)]
