"""Contacts sent at a steady rate, whatever becomes of them, each again until it is accepted."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from rig import PATIENCE, QUIET_SECONDS, Rig, until

from complaints_law.office import load_office
from complaints_local.load import content
from complaints_local.load.ways import Answer, Ways, opened
from complaints_local.reconcile.ledger import Kind, Line, Outcome, Way

RATE: Final = 5.0
MIXED: Final = ("web", "force", "web", "review", "mail", "web", "force", "web")
OFFICE: Final = load_office().addresses.complaints
_numbers = itertools.count(1)


def new_tag() -> str:
    return f"load000001-{next(_numbers):06}"


@dataclass
class Sender:
    """What was sent during one test, and the answers."""

    rig: Rig
    ways: Ways
    accepted: dict[str, float] = field(default_factory=dict)
    """Tags, and how many seconds it took from the first attempt."""
    answers: Counter[str] = field(default_factory=Counter)
    """By way and status, or None where there was none."""
    unanswered: int = 0
    """How many are sent and not accepted yet."""

    async def flows(self, count: int = 1) -> None:
        """Waits until so many more were accepted."""
        before = len(self.accepted)
        await until(lambda: len(self.accepted) >= before + count)

    async def send(self, way: str = "web", tag: str = "", *, told: bool = True) -> str:
        """Sends one; `told` says whether an acknowledgement can arrive."""
        tag = tag or new_tag()
        begun, sent_at = time.monotonic(), datetime.now(UTC)
        answer = Answer(Outcome.UNKNOWN)
        self.unanswered += 1
        try:
            while answer.outcome is not Outcome.ACCEPTED:
                answer = await self._once(way, tag)
                self.answers[f"{way} {answer.status}"] += 1
                if answer.outcome is not Outcome.ACCEPTED:
                    await asyncio.sleep(0.2)
            self.accepted[tag] = time.monotonic() - begun
        finally:
            self.unanswered -= 1
            self._write(way, tag, sent_at, answer, told)
        return tag

    async def _once(self, way: str, tag: str) -> Answer:
        match way:
            case "mail":
                told = content.mail(tag, OFFICE)
                return await self.ways.by_mail(content.address(tag), OFFICE, told)
            case "force":
                return await self.ways.by_force(content.force_record(tag))
            case "review":
                return await self.ways.by_web(f"key of {tag}", _review(tag))
        return await self.ways.by_web(f"key of {tag}", content.api_body(tag))

    def _write(self, way: str, tag: str, sent_at: datetime, answer: Answer, told: bool) -> None:
        accepted = answer.outcome is Outcome.ACCEPTED
        line = Line(
            tag=tag,
            way=Way(way) if way in list(Way) else Way.WEB,
            kind=Kind.CONTACT,
            sent_at=sent_at,
            answered_at=datetime.now(UTC) if accepted else None,
            outcome=Outcome.ACCEPTED if accepted else Outcome.UNKNOWN,
            reference=answer.reference,
            recipient=content.address(tag) if told else None,
            status=answer.status,
        )
        with self.rig.ledger.open("a", encoding="utf-8") as file:
            file.write(f"{line.model_dump_json()}\n")


def _review(tag: str) -> bytes:
    asked = {"outcome_on": "2026-11-12", "grounds": ["OUTCOME"]}
    body = json.loads(content.api_body(tag))
    return json.dumps({**body, "declared": "REVIEW_APPLICATION", "review": asked}).encode()


@asynccontextmanager
async def sending(
    rig: Rig, rate: float = RATE, ways: Sequence[str] = MIXED, intake: str = ""
) -> AsyncIterator[Sender]:
    """Sends `rate` contacts a second meanwhile; afterwards waits until all are accepted.

    `intake` is where to, if not to the first replica.
    """
    async with opened(intake or rig.fleet.intake, rig.fleet.mail_in, rig.kafka.bootstrap) as doors:
        sender = Sender(rig, doors)
        sends: set[asyncio.Task[str]] = set()
        ticking = asyncio.create_task(_steadily(sender, rate, ways, sends))
        try:
            yield sender
            ticking.cancel()
            async with asyncio.timeout(QUIET_SECONDS * PATIENCE):
                await asyncio.gather(*sends)
        finally:
            for task in (ticking, *sends):
                task.cancel()
            await asyncio.gather(ticking, *sends, return_exceptions=True)


async def _steadily(
    sender: Sender, rate: float, ways: Sequence[str], sends: set[asyncio.Task[str]]
) -> None:
    begun = time.monotonic()
    for number, way in enumerate(itertools.cycle(ways)):
        await asyncio.sleep(max(0, begun + number / rate - time.monotonic()))
        sends.add(asyncio.create_task(sender.send(way)))
