"""Any mixture of channels, orders and doubles gives one contact each, with its earliest receipt."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from intake_service import Intake
from mails import COMPLAINTS, REVIEWS, mail
from sqlalchemy import text
from visitor import Visitor

from complaints_chassis.record import Record
from complaints_intake.mailbox import Envelope, keep_mail

START: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
numbers = count(1)
seen: Counter[str] = Counter()
"""What all the runs together have sent, and how often it came again."""

Sending = Callable[[int], Awaitable[None]]
"""Sends a contact for the first time, or once more: the n-th time."""


class World:
    """One run on the service: what was sent, and when for the first time."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.now = max(START, intake.clock.now())
        self.sent: dict[str, datetime] = {}
        self.made: dict[str, datetime | None] = {}
        self.offsets = count()

    async def send(self, tag: str, sending: Sending, time: int, *, later: timedelta) -> None:
        self.now += later
        self.intake.clock.set(self.now, frozen=True)
        await sending(time)
        self.sent.setdefault(tag, self.now)
        self.made.setdefault(tag, None)

    # One function for each channel: everything in it is about the one contact `tag`.

    def form(self, tag: str) -> Sending:
        """The same browser sends its form; then the page before is sent again."""
        transport = httpx.ASGITransport(app=self.intake.app)
        browser = httpx.AsyncClient(transport=transport, base_url="http://intake.example")
        browser.headers["accept"] = "text/html"
        person, check = Visitor(browser), Visitor(browser)

        async def send(time: int) -> None:
            if time == 1:
                await person.open("/form/what-happened")
                await person.post("/form/what-happened", {"words": tag})
                await person.post("/form/files", {"then": "continue"})
                await person.post("/form/who", {"who": "ANONYMOUS"})
                check.page = person.page
            await check.send()
            check.page = person.page

        return send

    def api(self, tag: str) -> Sending:
        async def send(_: int) -> None:
            answer = await self.intake.program.post(
                "/api/contacts", json={"words": tag}, headers={"Idempotency-Key": tag}
            )
            assert answer.status_code == 202, answer.text

        return send

    def mail(self, tag: str) -> Sending:
        """The same bytes; then as another server passed them on; then with another Message-ID."""

        async def send(time: int) -> None:
            raw = mail(tag, message_id=f"{tag.replace(' ', '-')}-{time // 3}@mail.example")
            recipients = (COMPLAINTS,) if time < 5 else (COMPLAINTS, REVIEWS)
            hops = "Received: by relay.example\r\n" * (time % 2)
            await keep_mail(
                self.intake.run, hops.encode() + raw, Envelope("a@mail.example", recipients)
            )

        return send

    def force(self, tag: str) -> Sending:
        """The record is redelivered, or sent again at another offset."""
        made = self.now - timedelta(hours=30)
        head = {
            "ce_specversion": "1.0",
            "ce_id": tag.replace(" ", "-"),
            "ce_time": START.isoformat(),
        }
        head |= {"ce_type": "uk.police-complaints.force.contact-redirected.v1"}
        head |= {"ce_source": "/force/cleveland/101", "content-type": "application/json"}
        headers = tuple((name.encode(), value.encode()) for name, value in head.items())
        value = json.dumps({"channel": "FORCE_101", "made_at": made.isoformat(), "words": tag})
        first = next(self.offsets)

        async def send(time: int) -> None:
            offset = first if time % 2 else next(self.offsets)
            topic = "force.cleveland.contacts.v1"
            record = Record(topic, 0, offset, 1, None, value.encode(), headers)
            await self.intake.run.applier.apply([record])
            self.made[tag] = made

        return send

    def entry(self, tag: str) -> Sending:
        """An adviser saves the page, and goes back to it and saves it again."""
        browser = self.intake.browser
        adviser = Visitor(browser)
        opened: list[tuple[str, str]] = []

        async def send(time: int) -> None:
            browser.headers["who"] = "adviser"
            if time == 1:
                await adviser.open("/entry/phone")
                opened.append((adviser.addresses[-1], adviser.page))
            address, adviser.page = opened[0]
            answer = await adviser.post(address, {"matter": tag, "then": "save"})
            assert "CL-" in adviser.page, answer.text

        return send


CHANNELS: Final = (World.form, World.api, World.mail, World.force, World.entry)
sendings = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 90)), min_size=4, max_size=16)
kinds = st.permutations([*CHANNELS, World.mail, World.force, World.entry])


@pytest.mark.slow
@given(plan=sendings, kinds=kinds)
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a failing plan is short enough as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_whatever_comes_however_often_is_one_contact_with_its_earliest_receipt(
    intake: Intake, plan: list[tuple[int, int]], kinds: list[Callable[[World, str], Sending]]
) -> None:
    """`plan` says which of eight contacts comes next, and after how many minutes."""
    world, run = World(intake), next(numbers)
    tags = [f"run {run} contact {number}" for number in range(8)]
    ways = [kind(world, tag) for kind, tag in zip(kinds, tags, strict=True)]
    times: Counter[int] = Counter()
    for number, minutes in plan:
        times[number] += 1
        await world.send(
            tags[number], ways[number], times[number], later=timedelta(minutes=minutes)
        )
        seen[kinds[number].__name__] += 1
        seen["again"] += times[number] > 1
    await until_read(intake)
    found = [one for one in await intake.published() if one.get("words") in tags]
    assert sorted(one["words"] for one in found) == sorted(world.sent)
    for one in found:
        received = datetime.fromisoformat(one["received_at"])
        assert received == world.sent[one["words"]], one["channel"]
        made = one["made_at"] and datetime.fromisoformat(one["made_at"])
        assert made == world.made[one["words"]]
    assert len({one["reference"] for one in found}) == len(found)


async def until_read(intake: Intake) -> None:
    """Waits until no mail is waiting to be read."""
    waiting = text("SELECT count(*) FROM mails WHERE became = 'WAITING'")
    leader = next(found for found in intake.run.leaders if found.duty == "mail")
    while True:
        async with intake.run.engine.connect() as connection:
            if not await connection.scalar(waiting):
                return
        leader.wake()


def test_every_channel_has_been_used_and_repeated() -> None:
    if not seen:
        pytest.skip("the runs were not chosen")
    print(dict(seen))
    assert seen["again"] > 20
    assert all(seen[kind.__name__] > 10 for kind in CHANNELS)
