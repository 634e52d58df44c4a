"""kill -9 at every named point, of every service that runs it, under load."""

from __future__ import annotations

import asyncio
import re
import signal
from collections import Counter
from pathlib import Path

import pytest
from rig import LONG, PATIENCE, Rig
from sending import Sender, sending

from complaints_local.fleet import SERVICES
from complaints_local.mailbox import Mail

SOURCES = Path(__file__).parents[2]
POINTS = {
    name
    for file in SOURCES.glob("*/**/src/**/*.py")
    for name in re.findall(r'\bpoint\("([a-z.-]+)"\)', file.read_text(encoding="utf-8"))
}
YEAR = 365 * 24 * 3600
RUN_BY = {
    "apply.before-decide": SERVICES,
    "apply.before-commit": SERVICES,
    "apply.after-commit": SERVICES,
    "apply.after-offset": SERVICES,
    "relay.before-send": SERVICES,
    "relay.after-send": SERVICES,
    "relay.after-mark": SERVICES,
    "command.before-commit": SERVICES,
    "command.after-commit": SERVICES,
    "mail.before-commit": ("intake",),
    "mail.after-commit": ("intake",),
    "mail.after-intent": ("notifications",),
    "mail.before-send": ("notifications",),
    "mail.after-rcpt": ("notifications",),
    "mail.after-send": ("notifications",),
    "mail.after-record": ("notifications",),
    "timer.before-commit": ("casework",),
    "timer.after-commit": ("casework",),
}


def is_at_the_start(point: str, service: str) -> bool:
    """Whether it is passed when the service says that it has started, and not again."""
    return point.startswith("command.") and service != "intake"


def two_of(services: tuple[str, ...], turn: int) -> tuple[str, ...]:
    """Two of the services, or the only one: others for each turn."""
    return tuple(sorted({services[n % len(services)] for n in (turn, turn + 2)}))


CASES = (
    [
        pytest.param(point, (service,), hit, id=f"{service} {point}:{hit}")
        for point in sorted(RUN_BY)
        for service in RUN_BY[point]
        for hit in ((1,) if is_at_the_start(point, service) else (1, 3))
    ]
    if LONG
    else [
        pytest.param(point, two_of(RUN_BY[point], at), 1, id=point)
        for at, point in enumerate(sorted(RUN_BY))
    ]
)
"""Of two services together, in turn; for long of each by itself, at its first hit and its third."""


def test_every_point_in_the_code_has_a_case() -> None:
    assert RUN_BY.keys() == POINTS


async def kill_at(sender: Sender, service: str, point: str, hit: int) -> None:
    """Arms it under load, waits until it dies there, and starts it again."""
    rig = sender.rig
    process = rig.fleet[service]
    if point.startswith("timer."):
        await rig.order(service, ahead=YEAR)
    await rig.order(service, crash_at=f"{point}:{hit}")
    if is_at_the_start(point, service):
        await rig.kill(service, signal.SIGTERM)
        await process.start()
    assert await process.ended(60 * PATIENCE) == -signal.SIGKILL
    assert f"\ncrash point {point}:{hit}\n" in process.log()
    unanswered, under_way = sender.unanswered, await rig.in_flight()
    print(f"{service} died at {point}:{hit}: {unanswered} unanswered; {under_way}")
    assert unanswered or under_way
    await rig.order(service, crash_at=None, ahead=None)
    await rig.start(service)


@pytest.mark.parametrize(("point", "services", "hit"), CASES)
async def test_a_kill_at_a_named_point_loses_nothing(
    rig: Rig, point: str, services: tuple[str, ...], hit: int
) -> None:
    async with sending(rig) as sender:
        await sender.flows()
        await asyncio.gather(*(kill_at(sender, service, point, hit) for service in services))


async def test_a_kill_between_the_final_dot_and_its_answer_makes_one_marked_copy(rig: Rig) -> None:
    process = rig.fleet["notifications"]

    async def kill(mail: Mail) -> None:
        rig.mailbox.on_kept = None
        print(f"notifications dies when mail {mail.number} is kept and not answered")
        process.send(signal.SIGKILL)
        await process.ended()

    async with sending(rig) as sender:
        await sender.flows()
        rig.mailbox.on_kept = kill
        assert await process.ended(60 * PATIENCE) == -signal.SIGKILL
        print(await rig.in_flight())
        await rig.start("notifications")
    await rig.quiet()
    copies = Counter(mail.message["Message-ID"] for mail in rig.mailbox.mails())
    assert max(copies.values()) == 2
