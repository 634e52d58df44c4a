"""`complaints-local load`: what it sends when, and what it writes down of the answers."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from loaded import PROGRAM
from relaying import records_of

from complaints_contracts.envelope import Unreadable
from complaints_contracts.foreign import decode_foreign
from complaints_local.broker import BrokerError, MemoryBroker
from complaints_local.load.content import FORCE_TOPIC, poison_record
from complaints_local.load.plan import Mix, plan, run_name
from complaints_local.mailbox import Mailbox
from complaints_local.ports import HOST, free_port
from complaints_local.reconcile.ledger import Kind, Line, Outcome, Way, read_ledger

Answer = Callable[[int], Awaitable[bytes]]
"""What is answered to the n-th request; nothing closes the connection."""


class Door:
    """Stands in for intake's address: keeps what it is sent, and answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[tuple[str, bytes]] = []
        self.port = free_port()
        self._open: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, HOST, self.port)
        yield
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._open.add(task)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            fields = dict(line.split(": ", 1) for line in head.lower().splitlines()[1:] if line)
            body = await reader.readexactly(int(fields["content-length"]))
            self.requests.append((fields["idempotency-key"], body))
            writer.write(await self.answer(len(self.requests)))
        except asyncio.CancelledError:  # the door is shut
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()


def answered(status: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return f"{head}{body}".encode()


async def accept(number: int) -> bytes:
    return answered("202 Accepted", f'{{"reference": "R-{number}"}}')


async def started(
    door: Door, smtp: Mailbox, kafka: MemoryBroker, ledger: Path, *options: str
) -> asyncio.subprocess.Process:
    with suppress(BrokerError):  # it is there already
        await kafka.create_topic(FORCE_TOPIC, 1)
    return await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "load",
        *("--url", f"http://{HOST}:{door.port}", "--mail-in", f"{smtp.host}:{smtp.port}"),
        *("--kafka", kafka.bootstrap, "--ledger", str(ledger), "--seed", "7", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def ended(process: asyncio.subprocess.Process) -> str:
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def test_the_same_seed_plans_the_same() -> None:
    first, again, other = (list(plan(seed, 50, 20, Mix())) for seed in (7, 7, 8))
    assert first == again
    assert [one.tag for one in first] != [one.tag for one in other]
    assert len({one.tag for one in first}) == 1000
    assert [one.at for one in first] == [number / 50 for number in range(1000)]


def test_the_mix_is_as_it_is_asked_for() -> None:
    planned = list(plan(7, 50, 200, Mix()))
    kinds = Counter(one.kind for one in planned)
    for kind, share in ((Kind.REPLY, 0.15), (Kind.DUPLICATE, 0.05), (Kind.POISON, 0.01)):
        assert kinds[kind] / len(planned) == pytest.approx(share, rel=0.2)
    contacts = [one for one in planned if one.kind is Kind.CONTACT]
    ways = Counter(one.way for one in contacts)
    for way, share in ((Way.WEB, 0.6), (Way.MAIL, 0.2), (Way.FORCE, 0.2)):
        assert ways[way] / len(contacts) == pytest.approx(share, rel=0.1)
    by_tag = {one.tag: one for one in contacts}
    for one in planned:
        if one.of:
            assert by_tag[one.of].at <= one.at - 2
            assert one.kind is Kind.REPLY or by_tag[one.of].way is one.way
            assert one.kind is Kind.DUPLICATE or by_tag[one.of].way is Way.WEB


def test_a_mix_of_one_way() -> None:
    only = Mix.parse("web=0,force=0,poison=0,replies=0,duplicates=0")
    assert {(one.way, one.kind) for one in plan(7, 50, 10, only)} == {(Way.MAIL, Kind.CONTACT)}


@pytest.mark.parametrize("text", ["web", "web=x", "post=1", "web=-1", "web=0,mail=0,force=0"])
def test_a_mix_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match="web, mail, force, replies, duplicates, poison"):
        Mix.parse(text)


def test_nobody_can_read_poison() -> None:
    reasons = set()
    for number in range(40):
        tag = f"{run_name(7)}-{number:06}"
        record = poison_record(tag)
        assert tag.encode() in record.value
        headers = [(name.encode(), value) for name, value in record.headers]
        with pytest.raises(Unreadable) as unreadable:
            decode_foreign(record.value, headers, FORCE_TOPIC)
        assert tag not in str(unreadable.value)
        assert tag.encode() not in b"".join(value for _, value in headers)
        reasons.add(str(unreadable.value))
    assert len(reasons) >= 3


async def test_everything_is_sent_and_written_down(
    smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    door = Door(accept)
    async with door.open():
        output = await ended(
            await started(door, smtp, kafka, ledger, "--rate", "40", "--seconds", "5")
        )
    lines = read_ledger(ledger)
    assert len(lines) == 200
    assert {line.outcome for line in lines} == {Outcome.ACCEPTED}
    assert output.startswith(f"{run_name(7)}: 200 sent in ")
    assert "200 accepted, 0 refused, 0 unknown; 0 left out" in output
    by_way = Counter(line.way for line in lines)
    mails = smtp.mails()
    records = await records_of(kafka, FORCE_TOPIC, 1)
    sent = len(door.requests), len(mails), len(records)
    assert sent == (by_way[Way.WEB], by_way[Way.MAIL], by_way[Way.FORCE])

    by_tag = {line.tag: line for line in lines}
    contents = {
        Way.WEB: [body for _, body in door.requests],
        Way.MAIL: [mail.content for mail in mails],
        Way.FORCE: [record.value for record in records],
    }
    for line in lines:
        told = (line.of if line.kind is Kind.DUPLICATE else line.tag) or ""
        of_it = [body for body in contents[line.way] if f"({told})".encode() in body]
        if line.kind is Kind.DUPLICATE:
            assert len(of_it) > 1
            assert len(set(of_it)) == 1
        if line.kind is Kind.REPLY:
            [mail] = (m for m in mails if f"({told})".encode() in m.content)
            assert f"reference {by_tag[line.of or ''].reference}" in str(mail.message["Subject"])
            assert mail.sender == by_tag[line.of or ""].recipient == line.recipient
    assert len(set(door.requests)) == len({key for key, _ in door.requests})


async def test_a_late_answer_slows_nothing_down(
    smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    async def late(number: int) -> bytes:
        await asyncio.sleep(3 if number % 2 else 0)
        return await accept(number)

    ledger = tmp_path / "ledger.jsonl"
    door = Door(late)
    mix = ("--mix", "mail=0,force=0,replies=0,duplicates=0,poison=0")
    async with door.open():
        await ended(
            await started(door, smtp, kafka, ledger, "--rate", "20", "--seconds", "3", *mix)
        )
    lines = sorted(read_ledger(ledger), key=lambda line: line.tag)
    gaps = {b.sent_at - a.sent_at for a, b in pairwise(lines)}
    assert {round(gap / timedelta(seconds=0.01)) for gap in gaps} == {5}
    late_ones = [line for line in lines if took(line) > 2.5]
    assert len(late_ones) == 30
    assert len(door.requests) == 60


def took(line: Line) -> float:
    assert line.answered_at
    return (line.answered_at - line.sent_at).total_seconds()


async def test_refusals_are_kept_and_silence_is_unknown(
    smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    async def moody(number: int) -> bytes:
        match number % 3:
            case 0:
                return answered("503 Service Unavailable", "Try again later.")
            case 1:
                return b""
            case _:
                return await accept(number)

    ledger = tmp_path / "ledger.jsonl"
    smtp.program("resolution.team@cleveland-opcc.example", *["451 4.3.0 Later"] * 3)
    door = Door(moody)
    async with door.open():
        output = await ended(
            await started(door, smtp, kafka, ledger, "--rate", "30", "--seconds", "3")
        )
    lines = read_ledger(ledger)
    web = [line for line in lines if line.way is Way.WEB]
    assert {line.outcome for line in web} == set(Outcome)
    assert len(web) == len(door.requests), "nothing is sent again"
    for line in web:
        if line.outcome is Outcome.REFUSED:
            assert (line.status, line.body) == (503, "Try again later.")
        assert (line.answered_at is None) == (line.outcome is Outcome.UNKNOWN)
    refused = [line for line in lines if line.way is Way.MAIL and line.status == 451]
    assert [line.outcome for line in refused] == [Outcome.REFUSED] * 3
    assert all("Later" in (line.body or "") for line in refused)
    accepted = {line.tag for line in lines if line.outcome is Outcome.ACCEPTED}
    assert all(line.of in accepted for line in lines if line.of)
    assert f"{len(lines)} sent" in output


async def test_what_is_under_way_at_the_end_is_unknown(
    smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    arrived = asyncio.Event()

    async def never(number: int) -> bytes:
        if number == 10:
            arrived.set()
        await asyncio.sleep(60)
        return b""

    ledger = tmp_path / "ledger.jsonl"
    door = Door(never)
    mix = ("--mix", "mail=0,force=0,replies=0,duplicates=0,poison=0")
    async with door.open():
        process = await started(door, smtp, kafka, ledger, "--rate", "20", *mix)
        await arrived.wait()
        process.send_signal(signal.SIGTERM)
        output = await ended(process)
    lines = read_ledger(ledger)
    assert len(lines) >= len(door.requests) >= 10
    assert {line.outcome for line in lines} == {Outcome.UNKNOWN}
    assert f"0 accepted, 0 refused, {len(lines)} unknown" in output


async def test_a_ledger_has_each_seed_once(
    smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    door = Door(accept)
    async with door.open():
        await ended(await started(door, smtp, kafka, ledger, "--seconds", "0.5"))
        process = await started(door, smtp, kafka, ledger, "--seconds", "0.5")
        output, _ = await process.communicate()
    assert process.returncode == 1
    assert b"Give another --seed or --ledger." in output
    assert len(read_ledger(ledger)) == 10


async def test_no_broker_is_said_in_words(smtp: Mailbox, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "load",
        *("--url", f"http://{HOST}:9", "--mail-in", f"{smtp.host}:{smtp.port}"),
        *("--kafka", f"{HOST}:{free_port()}", "--ledger", str(tmp_path / "ledger.jsonl")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"Is it up?" in said
    assert b"Traceback" not in said
