"""The disk of a database fills up, and has room again (F12)."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from rig import until

from complaints_chassis.migrate import migrate
from complaints_local.load import content
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import Postgres, PostgresError
from complaints_local.processes import PROGRAMS, ServiceProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a small disk"),
]
MEGABYTES = 160


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    if failed := subprocess.run(mount, capture_output=True, check=False).stderr:
        pytest.skip(failed.decode())
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
async def postgres(disk: Path) -> AsyncIterator[Postgres]:
    server = Postgres(disk / "postgres")
    await server.start()
    yield server
    await server.stop("immediate")


@pytest.fixture
async def intake(postgres: Postgres, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """Intake alone: it accepts while there is no broker."""
    urls = await postgres.ensure_database("intake")
    await migrate(urls.owner, "complaints_intake", "intake")
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:9",
        "COMPLAINTS_DATABASE_URL": urls.service,
        "COMPLAINTS_FILES_FOLDER": str(tmp_path / "files"),
        "COMPLAINTS_OIDC_ISSUER": f"http://{HOST}:9/identity",
        "COMPLAINTS_PUBLIC_URL": "https://office.example/intake",
        "COMPLAINTS_SECRET": "s" * 32,
        "COMPLAINTS_MAIL_HOST": HOST,
        "COMPLAINTS_MAIL_PORT": str(free_port()),
        "COMPLAINTS_REQUESTS_PER_MINUTE": "1000000",
        "COMPLAINTS_REQUESTS_PER_MINUTE_PER_ADDRESS": "1000000",
    }
    process = ServiceProcess(PROGRAMS / "complaints-intake", environment, tmp_path)
    await process.start()
    await until(process.lives)
    yield process
    await process.end()


def fill(disk: Path) -> Path:
    """Takes what room there is."""
    file = disk / "filler"
    with file.open("wb", buffering=0) as filler:
        for size in (1_000_000, 4_096):
            try:
                while filler.write(b"x" * size):
                    pass
            except OSError:
                continue
    return file


async def test_a_full_disk_refuses_and_loses_nothing(
    disk: Path, postgres: Postgres, intake: ServiceProcess
) -> None:
    accepted: list[str] = []
    answers: Counter[int | str] = Counter()

    async def send(number: int) -> int:
        """Contacts of some size, so that what room was set aside is soon full."""
        body = content.api_body(f"load000001-{number:06}")
        body = body.replace(b'"words": "', b'"words": "' + b"It was like this. " * 2_000)
        answer = await http.post("/api/contacts", content=body, headers=headers)
        answers[answer.status_code] += 1
        if answer.status_code == 202:
            accepted.append(answer.json()["reference"])
        return answer.status_code

    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=intake.address, timeout=30) as http:
        assert await send(0) == 202
        filler = await asyncio.to_thread(fill, disk)
        numbers = iter(range(1, 5_000))
        while await send(next(numbers)) == 202:
            pass
        assert await send(next(numbers)) == 503
        print(f"full after {len(accepted)} contacts: {dict(answers)}")
        filler.unlink()

        async def accepts() -> bool:
            try:
                await postgres.start()  # it ends where it cannot write its own log of changes
            except PostgresError:
                return False
            return await send(next(numbers)) == 202

        await until(accepts)
    assert answers.keys() == {202, 503}
    connection = await postgres.connect("intake")
    rows = await connection.fetch("SELECT reference FROM contacts")
    await connection.close()
    assert sorted(row[0] for row in rows) == sorted(accepted)
    assert await intake.lives()
