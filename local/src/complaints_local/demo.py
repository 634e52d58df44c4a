"""Sample contacts, fed in by every channel there is, and a table of what became of each."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from rich.console import Console
from rich.live import Live
from rich.table import Table

from complaints_chassis.web import Role
from complaints_intake.import_mail import import_mail
from complaints_intake.routes.common import prefix
from complaints_local.browser import fill_in
from complaints_local.data import write_durably
from complaints_local.system import System

SAMPLES: Final = Path(__file__).parent / "samples"
LOOK_SECONDS: Final = 0.2
GIVE_UP_SECONDS: Final = 120.0
WIDTH: Final = 150
"""Of the table where no terminal says how wide it is."""
COLUMNS: Final = (
    "Sample",
    "Channel",
    "Reference",
    "Sorted as",
    "Queue",
    "Adviser",
    "Acknowledgement",
)
FORM: Final = "/intake/form/what-happened"
SENT: Final = "/intake/form/sent"
OUTCOMES: Final = {"SENT", "REFUSED", "WITHHELD", "CANCELLED"}
"""States of a notice after which nothing more happens by itself."""
INSTEAD: Final = {
    "TELEPHONE": "task: call",
    "LETTER": "task: write",
    "AS_ASKED": "task: read how to reach them",
    "OTHER": "task: find a way to tell them",
}


@dataclass
class Sample:
    """One sample contact: how it is fed, and what is known of it by now.

    `kept` outlives a restart: the reference once there is one, and before that the form's cookies.
    """

    path: Path
    kept: dict[str, Any]
    case: dict[str, Any] = field(default_factory=dict)
    notice: dict[str, Any] = field(default_factory=dict)
    mails: int = 0

    @property
    def address(self) -> str | None:
        """Where its acknowledgement goes, if it left an email address."""
        return _address(self.path)

    @property
    def reference(self) -> str | None:
        return self.kept.get("reference")

    @property
    def through(self) -> bool:
        """Whether everything that happens by itself has happened."""
        acknowledged = self.mails > 0 or not self.address
        return bool(acknowledged and self.case and self.notice.get("state") in OUTCOMES)

    @property
    def acknowledgement(self) -> str:
        if self.mails:
            return "sent once" if self.mails == 1 else f"sent {self.mails} times"
        if not self.notice.get("reason"):
            return _words(self.notice.get("state"))
        task = INSTEAD.get(self.notice.get("instead") or "", "none")
        return f"{task} ({_words(self.notice['reason']).lower()})"


async def run(system: System) -> int:
    """Feeds the samples and shows the table until all are through.

    0 if every sample that left an address was acknowledged exactly once; 1 if not, or if they
    are not through after two minutes.
    """
    memory = system.data.path / "demo.json"
    before = json.loads(memory.read_bytes()) if memory.exists() else {}
    samples = [Sample(path, before.get(path.name, {})) for path in sorted(SAMPLES.iterdir())]

    def remember() -> None:
        write_durably(memory, json.dumps({s.path.name: s.kept for s in samples}).encode())

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    end = time.monotonic() + GIVE_UP_SECONDS
    feeding = asyncio.gather(*(_feed(system, sample, remember) for sample in samples))
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        with Live(console=console) as live:
            while not all(sample.through for sample in samples) and time.monotonic() < end:
                if feeding.done():
                    feeding.result()
                await _look(system, client, samples)
                _count_mails(system, samples)
                live.update(_table(system, samples))
                await asyncio.sleep(LOOK_SECONDS)
            _count_mails(system, samples)
            live.update(_table(system, samples))
        await feeding
    console.print()
    return 0 if all(s.through and s.mails == bool(s.address) for s in samples) else 1


async def _feed(system: System, sample: Sample, remember: Callable[[], None]) -> None:
    """Sends one sample in, unless it was; a second try ends in the same contact as the first."""
    if sample.reference:
        return
    match sample.path.suffix:
        case ".yaml":
            sample.kept["reference"] = await _feed_form(system, sample, remember)
        case ".json":
            sample.kept["reference"] = await _feed_api(
                system, sample.path.name, sample.path.read_bytes()
            )
        case ".eml":
            running = system.services["intake"].state.running
            raw = sample.path.read_bytes()
            receipt = await import_mail(running, raw, prefix(system.office))
            sample.kept["reference"] = receipt.reference
    remember()


async def _feed_form(system: System, sample: Sample, remember: Callable[[], None]) -> str:
    answers = _answers(sample.path)
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        for cookie in sample.kept.get("cookies", ()):
            client.cookies.set(**cookie)

        def keep_cookies() -> None:
            fields = ("name", "value", "domain", "path")
            sample.kept["cookies"] = [
                {field: getattr(cookie, field) for field in fields} for cookie in client.cookies.jar
            ]
            remember()

        begun = (await client.get(SENT, follow_redirects=True)).is_success
        start = SENT if begun else FORM
        page = await fill_in(client, start, answers, SENT, keep_cookies)
    return page.text.partition('app-reference">')[2].partition("<")[0].strip()


async def _feed_api(system: System, name: str, body: bytes) -> str:
    headers = {"Idempotency-Key": f"demo {name}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=system.url, timeout=30) as client:
        answer = await client.post("/intake/api/contacts", content=body, headers=headers)
    answer.raise_for_status()
    reference: str = answer.json()["reference"]
    return reference


async def _look(system: System, client: httpx.AsyncClient, samples: Iterable[Sample]) -> None:
    """Asks casework and notifications, as an adviser would, and counts what the mailbox caught."""
    client.headers["Authorization"] = f"Bearer {system.token(Role.ADVISER)}"
    for sample in samples:
        if not sample.reference or sample.through:
            continue
        found = await client.get("/casework/api/cases", params={"reference": sample.reference})
        for case in found.raise_for_status().json()["cases"]:
            sample.case = case
            told = await client.get(
                "/notifications/api/notices", params={"contact_id": case["contact_id"]}
            )
            sample.notice = next(iter(told.raise_for_status().json()), {})


def _count_mails(system: System, samples: Iterable[Sample]) -> None:
    """Counts every time anew what the mailbox caught: a second copy may come late."""
    mails = system.mailbox.mails()
    for sample in samples:
        sample.mails = sum(
            bool(sample.reference)
            and sample.reference in mail.message["Subject"]
            and sample.address in mail.recipients
            for mail in mails
        )


def _table(system: System, samples: Iterable[Sample]) -> Table:
    names = {member.id: member.name for member in system.office.staff}
    table = Table(*COLUMNS, title="What became of each sample contact", title_justify="left")
    for sample in samples:
        adviser = sample.case.get("adviser_id")
        table.add_row(
            sample.path.name,
            _words(sample.case.get("channel")),
            sample.reference,
            _words(sample.case.get("contact_type")),
            _words(sample.case.get("queue")),
            names[adviser] if adviser else "",
            sample.acknowledgement,
        )
    return table


def _answers(path: Path) -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _address(path: Path) -> str | None:
    match path.suffix:
        case ".yaml":
            found = _answers(path).get("email")
        case ".json":
            found = json.loads(path.read_bytes())["persons"][0].get("email")
        case _:
            found = parseaddr(message_from_bytes(path.read_bytes())["From"])[1]
    return found or None


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ").capitalize()
