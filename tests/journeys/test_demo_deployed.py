"""The demo as a process of its own, against a system that it reaches over the network only."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from up import PROGRAM, Up

from complaints_local.demo import ACKNOWLEDGED
from complaints_local.mailbox import Mail, Mailbox
from complaints_local.samples import samples

HANDLED = "How some of them were handled"
NAME = 28
"""So many characters of a sample's name fit into the table."""


class Mailpit(ThreadingHTTPServer):
    """Answers for the caught mail in a folder, as Mailpit lists it: newest first, page by page."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.copies = 1
        self._mailbox = Mailbox(folder)

    def listed(self, start: int, limit: int) -> dict[str, object]:
        mails = [mail for mail in self._mailbox.mails()[::-1] for _ in range(self.copies)]
        page = [_summary(str(at), mail) for at, mail in enumerate(mails)][start : start + limit]
        return {"total": len(mails), "messages": page, "start": start}


class _Answer(BaseHTTPRequestHandler):
    server: Mailpit

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        asked = {name: int(values[0]) for name, values in parse_qs(where.query).items()}
        found = where.path == "/api/v1/messages"
        body = json.dumps(self.server.listed(asked.get("start", 0), asked["limit"])).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _summary(id: str, mail: Mail) -> dict[str, object]:
    to = [{"Name": "", "Address": address} for address in mail.recipients]
    return {"ID": id, "To": to, "Subject": mail.message["Subject"], "Read": False}


@pytest.fixture
def mailpit(up: Up) -> Iterator[Mailpit]:
    with Mailpit(up.data / "mail") as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def demo(up: Up, mailpit: Mailpit, memory: Path) -> tuple[int, str]:
    """Runs it to its end: the exit code, and what it says."""
    [kafka] = re.findall(r"Kafka is at (\S+)", up.output)
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "demo",
        *("--url", up.url),
        *("--kafka", kafka),
        *("--mail-in", f"127.0.0.1:{up.mail_port}"),
        *("--mailpit", mailpit.url),
        *("--remember", str(memory)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(100):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode()


def check_table(output: str, mails: list[Mail]) -> None:
    """Every sample has its line, and everybody who left an address one acknowledgement."""
    acknowledged = 0
    output, _, _ = output.partition(HANDLED)
    for sample in samples():
        [line] = re.findall(rf"│ {sample.name[:NAME]}.*", output)
        if "held:" in line:
            assert sample.name == "force/without-headers.record"
        elif "Part of an earlier contact" in line:
            assert sample.name in ("mail/reply.eml", "mail/out-of-office.eml")
        elif sample.address:
            assert "sent once" in line
            reference = line.split("│")[3].strip()
            subject = ACKNOWLEDGED.format(reference=reference)
            told = [m for m in mails if m.message["Subject"] == subject]
            assert [m.recipients for m in told] == [(sample.address,)]
            acknowledged += 1
        else:
            assert "sent" not in line
    assert output.count("sent once") == acknowledged > 10


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_demo_feeds_a_deployed_system_once_and_judges_it_by_the_mail_it_sent(
    up: Up, mailpit: Mailpit, tmp_path: Path
) -> None:
    memory = tmp_path / "fed" / "demo.json"
    await up.start()
    assert await up.ready()
    code, first = await demo(up, mailpit, memory)
    assert code == 0, first
    mails = Mailbox(up.data / "mail").mails()
    check_table(first, mails)
    code, second = await demo(up, mailpit, memory)
    assert code == 0, second
    assert Mailbox(up.data / "mail").mails() == mails
    check_table(second, mails)
    mailpit.copies = 2
    code, third = await demo(up, mailpit, memory)
    assert (code, third.count("sent 2 times")) == (1, first.count("sent once")), third
