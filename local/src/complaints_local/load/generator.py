"""Sends what is planned when it is time, whatever became of what was sent before (open loop)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import quantiles
from typing import TextIO

from complaints_local.load import content
from complaints_local.load.plan import Intended
from complaints_local.load.ways import UNANSWERED, Answer, Send, Ways
from complaints_local.reconcile.ledger import Kind, Line, Outcome, Way


@dataclass
class Generator:
    """One run. What needs an earlier contact that was not accepted is left out."""

    ways: Ways
    mail_to: str
    """The office's mailbox."""
    ledger: TextIO
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0
    _sends: dict[str, Send] = field(default_factory=dict)
    _accepted: dict[str, Answer] = field(default_factory=dict)
    _under_way: dict[asyncio.Task[None], tuple[Intended, datetime]] = field(default_factory=dict)

    async def run(self, planned: Iterable[Intended], stop: asyncio.Event) -> None:
        """Sends everything and waits for the answers; until `stop`, which leaves them unknown."""
        begun, clock = datetime.now(UTC), time.monotonic()
        stopping = asyncio.create_task(stop.wait())
        for intended in planned:
            await asyncio.wait([stopping], timeout=max(0, clock + intended.at - time.monotonic()))
            if stopping.done():
                break
            send = self._send(intended)
            if send is None:
                self.left_out += 1
                continue
            due = begun + timedelta(seconds=intended.at)
            task = asyncio.create_task(self._take(intended, due, send))
            self._under_way[task] = intended, due
            task.add_done_callback(lambda done: self._under_way.pop(done, None))
        while self._under_way and not stopping.done():
            await asyncio.wait([stopping, *self._under_way], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task, (intended, due) in list(self._under_way.items()):
            if task.cancel():
                self._write(intended, due, None, UNANSWERED)
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def summary(self, seconds: float) -> str:
        """One line about the run."""
        found = Counter(line.outcome.value for line in self.lines)
        took = [
            (line.answered_at - line.sent_at).total_seconds() * 1000
            for line in self.lines
            if line.answered_at
        ]
        told = ", ".join(f"{found[outcome]} {outcome.value}" for outcome in Outcome)
        cuts = quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
        return (
            f"{len(self.lines)} sent in {seconds:.1f} s: {told}; {self.left_out} left out;"
            f" answers p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms"
        )

    def _send(self, intended: Intended) -> Send | None:
        """How it is sent; None where what it needs was not accepted."""
        tag, of = intended.tag, intended.of
        if of and of not in self._accepted:
            return None
        if of and intended.kind is Kind.DUPLICATE:
            return self._sends[of]
        if of and intended.kind is Kind.REPLY:
            reference = self._accepted[of].reference or ""
            told = content.reply(tag, of, reference, self.mail_to)
            return partial(self.ways.by_mail, content.address(of), self.mail_to, told)
        if intended.kind is Kind.POISON:
            return partial(self.ways.by_force, content.poison_record(tag))
        match intended.way:
            case Way.WEB:
                send: Send = partial(self.ways.by_web, f"key of {tag}", content.api_body(tag))
            case Way.MAIL:
                told = content.mail(tag, self.mail_to)
                send = partial(self.ways.by_mail, content.address(tag), self.mail_to, told)
            case Way.FORCE:
                send = partial(self.ways.by_force, content.force_record(tag))
        self._sends[tag] = send
        return send

    async def _take(self, intended: Intended, due: datetime, send: Send) -> None:
        answer = await send()
        if answer.outcome is Outcome.ACCEPTED:
            self._accepted[intended.tag] = answer
        at = None if answer.outcome is Outcome.UNKNOWN else datetime.now(UTC)
        self._write(intended, due, at, answer)

    def _write(
        self, intended: Intended, due: datetime, answered_at: datetime | None, answer: Answer
    ) -> None:
        poison = intended.kind is Kind.POISON
        line = Line(
            tag=intended.tag,
            way=intended.way,
            kind=intended.kind,
            of=intended.of,
            sent_at=due,
            answered_at=answered_at,
            outcome=answer.outcome,
            reference=answer.reference,
            recipient=None if poison else content.address(intended.of or intended.tag),
            status=answer.status,
            body=answer.body,
        )
        self.ledger.write(f"{line.model_dump_json()}\n")
        self.ledger.flush()
        self.lines.append(line)
