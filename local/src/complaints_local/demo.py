"""Sample contacts, fed in by every channel there is, and a table of what became of each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

from complaints_chassis.web import Role
from complaints_law.codes import ListName, load_codes
from complaints_law.london import london_day
from complaints_local.data import write_durably
from complaints_local.feeding import Kept, feed
from complaints_local.handling import handle
from complaints_local.samples import Sample, samples
from complaints_local.target import Target
from complaints_notifications.letters import ACKNOWLEDGED

LOOK_SECONDS: Final = 0.2
GIVE_UP_SECONDS: Final = 180.0
WIDTH: Final = 190
"""Of the table where no terminal says how wide it is."""
COLUMNS: Final = (
    "Sample",
    "Channel",
    "Reference",
    "Sorted as",
    "Queue",
    "Who has it",
    "Acknowledgement",
)
OUTCOMES: Final = {"SENT", "REFUSED", "WITHHELD", "CANCELLED", "RETURNED"}
"""States of a notice after which nothing more happens by itself."""
INSTEAD: Final = {
    "TELEPHONE": "task: call",
    "LETTER": "task: write",
    "AS_ASKED": "task: read how to reach them",
    "OTHER": "task: find a way to tell them",
}


@dataclass
class Fate:
    """What is known of one sample by now. `kept` outlives a restart."""

    sample: Sample
    kept: Kept
    fed: asyncio.Event = field(default_factory=asyncio.Event)
    cases: list[dict[str, Any]] = field(default_factory=list)
    review: dict[str, Any] = field(default_factory=dict)
    notice: dict[str, Any] = field(default_factory=dict)
    mails: int = 0

    @property
    def reference(self) -> str | None:
        return self.kept.get("reference")

    @property
    def joined(self) -> bool:
        """Whether it became part of a contact that was there."""
        return self.kept.get("became") == "MESSAGE"

    @property
    def address(self) -> str | None:
        """Where its acknowledgement goes, if one goes out."""
        return None if self.joined or "held" in self.kept else self.sample.address

    @property
    def through(self) -> bool:
        """Whether everything that happens by itself has happened."""
        if self.joined or "held" in self.kept:
            return True
        acknowledged = self.mails > 0 or not self.address
        found = bool(self.cases or self.review)
        return acknowledged and found and self.notice.get("state") in OUTCOMES

    @property
    def acknowledgement(self) -> str:
        if self.joined:
            return "none: part of an earlier contact"
        if self.mails:
            return "sent once" if self.mails == 1 else f"sent {self.mails} times"
        if not self.notice.get("reason"):
            return _words(self.notice.get("state"))
        task = INSTEAD.get(self.notice.get("instead") or "", "none")
        return f"{task} ({_words(self.notice['reason']).lower()})"


async def run(target: Target) -> int:
    """Feeds the samples and shows the table until all are through.

    Then some are handled to their ends. 0 if every sample that left an address was acknowledged
    exactly once, and those got there; 1 if not, or if they are not through after three minutes.
    """
    before = json.loads(target.memory.read_bytes()) if target.memory.exists() else {}
    fates = {s.name: Fate(s, before.get(s.name, {})) for s in samples()}

    def remember() -> None:
        kept = {name: fate.kept for name, fate in fates.items()}
        write_durably(target.memory, json.dumps(kept).encode())

    async def feed_in_turn(fate: Fate) -> None:
        for name in fate.sample.mentions:
            await fates[name].fed.wait()
        known = {name: other.reference for name, other in fates.items() if other.reference}
        await feed(target, fate.sample, fate.kept, known, remember)
        fate.fed.set()

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    end = time.monotonic() + GIVE_UP_SECONDS
    feeding = [asyncio.create_task(feed_in_turn(fate)) for fate in fates.values()]
    try:
        async with httpx.AsyncClient(base_url=target.url, timeout=30) as client:
            with Live(console=console) as live:
                while not all(f.through for f in fates.values()) and time.monotonic() < end:
                    for task in feeding:
                        if task.done():
                            task.result()
                    await _look(target, client, fates.values())
                    await _count_mails(target, fates.values())
                    live.update(_table(target, fates.values()))
                    await asyncio.sleep(LOOK_SECONDS)
                await _count_mails(target, fates.values())
                live.update(_table(target, fates.values()))
        if all(f.through for f in fates.values()):
            await asyncio.gather(*feeding)
    finally:
        await _end(feeding)
    console.print()
    acknowledged = all(f.through and f.mails == bool(f.address) for f in fates.values())
    known = {name: fate.reference for name, fate in fates.items() if fate.reference}
    handled = acknowledged and await handle(target, known, console)
    return 0 if handled else 1


async def _end(feeding: Collection[asyncio.Task[None]]) -> None:
    # Again and again: Python 3.11 forgets a cancellation that comes just as `wait_for` ends.
    while pending := [task for task in feeding if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=1)
    await asyncio.gather(*feeding, return_exceptions=True)


async def _look(target: Target, client: httpx.AsyncClient, fates: Iterable[Fate]) -> None:
    """Asks casework, reviews and notifications, as staff would."""

    async def ask(role: Role, path: str, **asked: str) -> Any:
        answer = await client.get(path, params=asked, headers=await target.as_staff(role))
        return answer.raise_for_status().json()

    listed = (await ask(Role.ADJUDICATOR, "/reviews/api/reviews"))["reviews"]
    reviews = {review["reference"]: review for review in listed}
    for fate in fates:
        if not fate.reference or fate.through:
            continue
        fate.review = reviews.get(fate.reference, {})
        found = await ask(Role.TEAM_LEADER, "/casework/api/cases", reference=fate.reference)
        fate.cases = found["cases"]
        for known in (fate.review, *fate.cases):
            if known:
                about = known["contact_id"]
                told = await ask(Role.ADVISER, "/notifications/api/notices", contact_id=about)
                fate.notice = next(iter(told), {})


async def _count_mails(target: Target, fates: Iterable[Fate]) -> None:
    """Counts every time anew what was sent: a second copy may come late."""
    mails = await target.caught()
    for fate in fates:
        fate.mails = sum(
            mail.subject == ACKNOWLEDGED.format(reference=fate.reference)
            and fate.address in mail.recipients
            for mail in mails
            if fate.reference and fate.address
        )


def _table(target: Target, fates: Iterable[Fate]) -> Table:
    table = Table(*COLUMNS, title="What became of each sample contact", title_justify="left")
    for fate in fates:
        table.add_row(*_row(target, fate))
    return table


def _row(target: Target, fate: Fate) -> tuple[str | None, ...]:
    names = {member.id: member.name for member in target.office.staff}
    on = london_day(target.clock.now())
    labels = {code.code: code.label for code in load_codes(ListName.CHANNEL).on(on)}
    if "held" in fate.kept:
        return fate.sample.name, "", "", f"held: {fate.kept['held']}", "", "operations", "receipt"
    if fate.joined:
        part = "Part of an earlier contact"
        return fate.sample.name, "Email", fate.reference, part, "", "", fate.acknowledgement
    first = next(iter(fate.cases), None) or fate.review
    holders = [names[c["adviser_id"]] if c["adviser_id"] else "Team leader" for c in fate.cases]
    if fate.review:
        about = fate.review["case_reference"]
        holders.append(f"Adjudicator, about {about}" if about else "Adjudicator, case to be found")
    count = f" ({len(fate.cases)} matters)" if len(fate.cases) > 1 else ""
    kind = first.get("contact_type") or ("REVIEW_APPLICATION" if fate.review else None)
    queue = first.get("queue") or ("REVIEWS" if fate.review else None)
    return (
        fate.sample.name,
        labels.get(first.get("channel", "")),
        fate.reference,
        _words(kind) + count,
        _words(queue),
        ", ".join(dict.fromkeys(holders)),
        fate.acknowledgement,
    )


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ").capitalize()
