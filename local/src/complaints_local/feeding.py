"""Feeds sample contacts in, each by the way that somebody would use.

What is fed twice, because the system was stopped in between, ends in the same contact.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.utils import parseaddr
from typing import Any, Final

import aiosmtplib
import httpx
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from complaints_chassis.web import Role
from complaints_contracts.codes import ReceiptOutcome
from complaints_contracts.examples import Example, read_example
from complaints_contracts.forces import FORCE_RECEIPTS, RecordAnswered
from complaints_local.browser import fill_in
from complaints_local.samples import SAMPLES, Sample
from complaints_local.target import Target

LOOK_SECONDS: Final = 0.1
ENTRY: Final = "/intake/entry"
_KEPT_AS: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Kept = dict[str, Any]
"""What is remembered of a sample: its reference, or why it is held; before that what it takes to
go on where it was."""


async def feed(
    target: Target,
    sample: Sample,
    kept: Kept,
    references: Mapping[str, str],
    save: Callable[[], None],
) -> None:
    """Sends one sample in, unless it was, and waits until it has a reference or is held."""
    if "reference" in kept or "held" in kept:
        return
    content = sample.content(references)
    async with httpx.AsyncClient(base_url=target.url, timeout=30) as client:
        match sample.way:
            case "web":
                kept["reference"] = await _by_form(client, content, kept, save)
            case "api":
                kept["reference"] = await _by_api(client, sample.name, content)
            case "mail":
                kept |= await _by_mail(target, client, content)
            case "entry":
                kept["reference"] = await _by_staff(target, client, content, kept, save)
            case _:
                kept |= await _by_force(target, read_example(sample.path))
    save()


async def _by_form(
    client: httpx.AsyncClient, content: bytes, kept: Kept, save: Callable[[], None]
) -> str:
    """As somebody with a browser; its cookies are remembered, so that a second try goes on."""
    answers = yaml.safe_load(content)
    form = answers.pop("form", "form")
    first = "reference" if form == "review" else "what-happened"
    sent = f"/intake/{form}/sent"
    for cookie in kept.get("cookies", ()):
        client.cookies.set(**cookie)

    def keep_cookies(_: httpx.Response) -> None:
        fields = ("name", "value", "domain", "path")
        kept["cookies"] = [
            {field: getattr(cookie, field) for field in fields} for cookie in client.cookies.jar
        ]
        save()

    begun = (await client.get(sent, follow_redirects=True)).is_success
    start = sent if begun else f"/intake/{form}/{first}"
    return _shown(await fill_in(client, start, answers, sent, keep_cookies))


async def _by_api(client: httpx.AsyncClient, name: str, content: bytes) -> str:
    headers = {"Idempotency-Key": f"demo {name}", "Content-Type": "application/json"}
    answer = await client.post("/intake/api/contacts", content=content, headers=headers)
    reference: str = answer.raise_for_status().json()["reference"]
    return reference


async def _by_mail(target: Target, client: httpx.AsyncClient, content: bytes) -> Kept:
    """As the sender's mail server, which is told under which id the mail is kept."""
    message = message_from_bytes(content)
    host, port = target.mail_in
    sender, to = message["Return-Path"].strip("<>"), parseaddr(message["To"])[1]
    async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=False) as server:
        _, text = await server.sendmail(sender, [to], content)
    [mail_id] = _KEPT_AS.findall(text)
    while True:
        client.headers.update(await target.as_staff(Role.ADVISER))
        answer = await client.get(f"/intake/api/mails/{mail_id}")
        mail = answer.raise_for_status().json()
        if mail["became"] != "WAITING":
            return {"reference": mail["reference"], "became": mail["became"]}
        await asyncio.sleep(LOOK_SECONDS)


async def _by_staff(
    target: Target, client: httpx.AsyncClient, content: bytes, kept: Kept, save: Callable[[], None]
) -> str:
    """As an adviser; the address of the page they opened is remembered, for it is one contact."""
    answers = yaml.safe_load(content) | {"then": "save"}
    start = kept.get("opened") or f"{ENTRY}/{answers['way']}"
    files = {
        field: (name, (SAMPLES / "files" / name).read_bytes())
        for field, name in answers.pop("files", {}).items()
    }

    def keep_address(page: httpx.Response) -> None:
        kept["opened"] = page.url.raw_path.decode()
        save()

    client.headers.update(await target.as_staff(Role.ADVISER))
    saved = f"{ENTRY}/saved/"
    return _shown(await fill_in(client, start, answers, saved, keep_address, files))


async def _by_force(target: Target, record: Example) -> Kept:
    """As a force's system: bytes onto its topic, and the receipt that comes back."""
    producer = AIOKafkaProducer(bootstrap_servers=target.bootstrap, acks="all")
    try:
        await producer.start()
        headers = [(name.decode(), value) for name, value in record.headers]
        place = await producer.send_and_wait(
            record.topic, record.value, key=record.key, headers=headers
        )
    finally:
        await producer.stop()
    _, force, *_ = record.topic.split(".")
    topic = TopicPartition(FORCE_RECEIPTS.format(force=force), 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=target.bootstrap, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign([topic])
        async for found in consumer:
            receipt = RecordAnswered.model_validate_json(found.value)
            same_place = (receipt.partition, receipt.offset) == (place.partition, place.offset)
            # A broker that keeps nothing counts its offsets anew, and old receipts come late.
            if receipt.record_id == _record_id(record) and (receipt.record_id or same_place):
                break
    finally:
        await consumer.stop()
    if receipt.outcome is ReceiptOutcome.ACCEPTED:
        return {"reference": receipt.reference}
    return {"held": receipt.reason}


def _record_id(record: Example) -> str | None:
    """The force's own id of a record, in the mode it was sent in."""
    ids = [value.decode() for name, value in record.headers if name == b"ce_id"]
    found: str | None = ids[0] if ids else json.loads(record.value).get("id")
    return found


def _shown(page: httpx.Response) -> str:
    """The reference on a confirmation page."""
    return page.text.partition('app-reference">')[2].partition("<")[0].strip()
