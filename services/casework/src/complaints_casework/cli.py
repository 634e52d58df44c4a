"""What casework's command line has besides that of every service: telling and counting.

It is for staff who may use the server, and hides no case: whoever runs it sees what a team leader
sees. Of a restricted case the journal then says that operations looked (L57).
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from complaints_casework import printing, queries, recounting
from complaints_casework.queries import Happening
from complaints_casework.routes.common import read_case
from complaints_casework.settings import Settings
from complaints_casework.supposed import read_calendar, read_rules, with_holidays
from complaints_casework.terminal import clean, say
from complaints_casework.views import CaseView
from complaints_casework.what_if import Other, look
from complaints_chassis.cli import Console
from complaints_chassis.mistakes import explained
from complaints_chassis.operate import OPERATOR
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Role
from complaints_law.errors import LawError
from complaints_law.office import OfficeProfile

REFERENCE: Final = re.compile(r"[A-Z0-9-]{3,32}")
OPERATIONS: Final = Principal(OPERATOR.actor, "Operations", frozenset({Role.TEAM_LEADER}))
"""As whom the command line reads cases."""
Seen = tuple[CaseView, list[Happening]]
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_case_commands(group: click.Group) -> None:
    """Adds `case` and `clocks` to the commands of the service."""

    @group.group("case")
    def case_group() -> None:
        """Tell what happened on a case."""

    @case_group.command("show")
    @click.argument("reference")
    @click.pass_obj
    def show(console: Console[Settings], reference: str) -> None:
        """Tell the story of every case of REFERENCE: how it stands, what happened, what is to do.

        Shows personal data on purpose: names, and what people wrote. Look when you must, and mind
        who can see the screen. That operations looked is written down where the case is restricted,
        and of other cases not at all.
        """
        office, now, found = _cases(console, reference)
        for case, happened in found:
            say(printing.story(case, happened, office, now, len(found)))

    @group.group("clocks")
    def clocks_group() -> None:
        """Show how dates were counted, or how they would be otherwise."""

    @clocks_group.command("explain")
    @click.argument("reference")
    @click.option("--case", "case_id", type=click.UUID, help="Only the case of this id.")
    @click.pass_obj
    def explain(console: Console[Settings], reference: str, case_id: UUID | None) -> None:
        """Show every clock of the cases of REFERENCE, with its rule and its working day by day."""
        _, now, found = _cases(console, reference)
        chosen = [case for case, _ in found if case_id in (None, case.case_id)]
        if not chosen:
            ids = ", ".join(str(case.case_id) for case, _ in found)
            raise click.ClickException(f"No case of that reference has this id. There is: {ids}.")
        for case in chosen:
            say(printing.clocks(case, now, len(found)))

    @clocks_group.command("what-if")
    @click.option(
        "--holiday",
        "holidays",
        type=click.DateTime(["%Y-%m-%d"]),
        multiple=True,
        metavar="YYYY-MM-DD",
        help="One more bank holiday; may be given more than once.",
    )
    @click.option("--calendar", type=_FILE, help="Other bank holidays: JSON like the shipped file.")
    @click.option("--rules", type=_FILE, help="Another rule set: YAML like the shipped file.")
    @click.pass_obj
    def what_if(
        console: Console[Settings],
        holidays: tuple[datetime, ...],
        calendar: Path | None,
        rules: Path | None,
    ) -> None:
        """List the dates of open cases that would move on another calendar or rule set.

        Nothing is changed. What people were told when their case was opened stays as it was told:
        it is listed with what it would be.
        """
        if not (holidays or calendar or rules):
            raise click.UsageError("Name a --holiday, a --calendar or a --rules file.")
        app = console.app()
        office: OfficeProfile = app.state.office
        with explained(LawError):
            given = read_calendar(calendar) if calendar else None
            other = Other(
                with_holidays(given, [day.date() for day in holidays]),
                read_rules(rules) if rules else None,
            )
        found = console.run(lambda run: look(run, office.opening_hours, other), app)
        say(printing.shifts(found, other))

    @clocks_group.command("recount")
    @click.pass_obj
    def recount(console: Console[Settings]) -> None:
        """Count what runs on every case again, after a new calendar or rule set was taken in.

        What moves is listed and journalled; what people were told stays. Where nothing moves,
        nothing is written.
        """
        say(printing.recounted(console.run(recounting.recount)))


def _cases(
    console: Console[Settings], reference: str
) -> tuple[OfficeProfile, datetime, list[Seen]]:
    """The cases of a reference, in the order of their matters, as they stand now.

    Raises:
        click.ClickException: there is none.
    """
    app = console.app()
    office: OfficeProfile = app.state.office

    async def work(run: Running) -> tuple[datetime, list[Seen]]:
        now = run.clock.now()
        found = await queries.find(run.engine, None, contact_id=None, reference=reference)
        rows = sorted(found.rows, key=lambda row: int(row.matter))
        return now, [await read_case(run, office, OPERATIONS, row.case_id) for row in rows]

    is_one = REFERENCE.fullmatch(reference.strip().upper()) is not None
    now, seen = console.run(work, app) if is_one else (app.state.running.clock.now(), [])
    if not seen:
        raise click.ClickException(
            f"There is no case with the reference {clean(reference)}. Check it letter by letter; a "
            "review has its own service, and a contact has no case until it is sorted."
        )
    return office, now, seen
