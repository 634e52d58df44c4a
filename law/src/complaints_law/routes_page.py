"""The decision table as a page for people: `docs/decision-table.md` is what this prints.

`python -m complaints_law.routes_page docs/decision-table.md` writes it after a change of the data.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from complaints_law.codes import ListName, load_codes
from complaints_law.criteria import load_criteria
from complaints_law.routing import (
    Concern,
    Eligibility,
    RouteTable,
    Row,
    When,
    Wish,
    load_routes,
)

_ELIGIBILITY: Final[dict[str, str]] = {
    Eligibility.ELIGIBLE: "yes",
    Eligibility.NOT_SURE: "not sure",
    Eligibility.NOT_ELIGIBLE: "no",
}
_WISH: Final[dict[str, str]] = {
    Wish.RECORD: "to have it recorded",
    Wish.CONTENT: "content with service recovery",
    Wish.NOT_SAID: "not said yet",
}
_CONCERN: Final[dict[str, str]] = {
    Concern.URGENT: 'an urgent one is not "no"',
    Concern.RAISED: 'one is not "no", but none of the urgent ones',
    Concern.NONE: 'all "no"',
}

_TOGETHER: Final[dict[frozenset[str], str]] = {
    frozenset({Eligibility.ELIGIBLE, Eligibility.NOT_SURE}): "yes, or not sure",
    frozenset({Wish.CONTENT, Wish.NOT_SAID}): "anything but recording",
    frozenset({Concern.RAISED, Concern.URGENT}): 'at least one is not "no"',
}
"""Shorter words for what is often asked together."""

_PAGE: Final = """\
# Which way a contact goes

This is the decision table of the assessment gate, version {version}. It is printed from the data
that the system decides with (`law/src/complaints_law/data/routes.yaml`), and a test keeps the two
the same. Nobody has to learn it by heart: staff are shown the row that decided, with its reason.

## How it is read

The rows are asked from the top. **The first row whose conditions all hold decides**, and no row
below it is asked. A condition that a row does not mention is not asked. Every contact fits some
row: a test goes through all combinations.

Five things are asked:

1. **What it is**: the type of the contact. "{asks}"
   is a wish for recording by itself, whatever else is ticked.
2. **About whom** it is.
3. **May the person complain** about this? Where that is not sure, they are treated as if they may.
4. **What the person wants.** They may ask for recording at any time.
5. **The criteria**: the seven questions that are answered for every allegation, on what is alleged
   and not on whether it is true.

"Not sure" counts as "yes" until the advice of the force's professional standards department is
recorded that the criterion is not met. Of several allegations the strictest answer counts for the
whole case. Nothing is decided while a criterion of an allegation is unanswered, nor while one of
these has no allegation at all:

{needs}

The **urgent** criteria are the following. Where one of them is not "no" the case is urgent,
whichever way it goes.

{urgent}

A team leader takes a **second look** where an allegation is in one of these categories:

{categories}

and at whatever the table sends one of these ways:

{second_look}

Danger does not wait for this table. A contact that shows an immediate risk to somebody is handed
to the police within the hour, whichever way it goes afterwards. Nor does recording a complaint use
up the rest of a contact: an application for a review, a claim, a request for information or a
withdrawal in the same letter is split off and assessed on its own.

## The table

| | If | then | because | rules and sources |
|---|---|---|---|---|
{rows}

The rules beginning with R are the office's promises; those beginning with L come from Acts,
regulations and guidance.
"""


def decision_table_page(table: RouteTable) -> str:
    """The page for `table`, in Markdown."""
    types = _labels(ListName.CONTACT_TYPE, table.valid_from)
    titles = {criterion.id: criterion.title for criterion in load_criteria().criteria}
    look = table.second_look
    return _PAGE.format(
        version=table.version,
        asks=_listed(types, table.asks_to_record),
        needs=_bullets(words for code, words in types.items() if code in table.needs_allegation),
        urgent=_bullets(f"{name}: {titles[name]}" for name in sorted(table.urgent_criteria)),
        categories=_bullets(f"{letter}: {words}" for letter, words in look.categories.items()),
        second_look=_bullets(words for way, words in table.routes.items() if way in look.routes),
        rows="\n".join(_row(number, row, table) for number, row in enumerate(table.rows, start=1)),
    )


def _row(number: int, row: Row, table: RouteTable) -> str:
    route = f"**{table.routes[row.route]}**" + (" (urgent)" if row.urgent else "")
    conditions = "<br>".join(_conditions(row.when, table.valid_from))
    rules = f"{', '.join(row.rules)}<br>{row.source}"
    return f"| {number} `{row.id}` | {conditions} | {route} | {row.why} | {rules} |"


def _conditions(when: When, day: date) -> Iterator[str]:
    if when.contact_type is not None:
        types = _labels(ListName.CONTACT_TYPE, day)
        yield f"It is: {_listed(types, when.contact_type)}"
    if when.subject is not None:
        yield f"About: {_listed(_labels(ListName.SUBJECT, day), when.subject)}"
    if when.eligibility is not None:
        yield f"May complain: {_listed(_ELIGIBILITY, when.eligibility)}"
    if when.wish is not None:
        yield f"Wants: {_listed(_WISH, when.wish)}"
    if when.criteria is not None:
        yield f"Criteria: {_listed(_CONCERN, when.criteria)}"


def _labels(name: ListName, day: date) -> dict[str, str]:
    return {entry.code: entry.label for entry in load_codes(name).on(day)}


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _listed(words: Mapping[str, str], chosen: frozenset[str]) -> str:
    if chosen in _TOGETHER:
        return _TOGETHER[chosen]
    *most, last = (word for code, word in words.items() if code in chosen)
    return f"{'; '.join(most)}; or {last}" if most else last


def main() -> None:
    """Writes the page to the file that is named."""
    Path(sys.argv[1]).write_text(decision_table_page(load_routes()), encoding="utf-8")


if __name__ == "__main__":
    main()
