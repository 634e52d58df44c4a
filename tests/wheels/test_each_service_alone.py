"""Each service runs from its own wheel, beside what its own lock names and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import make_url

from complaints_contracts.envelope import decode
from complaints_contracts.ops import ServiceStarted
from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local.kafka_cluster import KafkaCluster
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import DatabaseUrls
from complaints_local.processes import ServiceProcess
from complaints_local.system import PARTS

ROOT = Path(__file__).parents[2]
SERVICES = [part.service.name for part in PARTS]
SHARED = ("contracts", "law", "chassis")
TOOLS = ("pytest", "hypothesis", "hatchling", "psutil", "pip", "setuptools")

LOOKS_AROUND = """
import ast, importlib, importlib.metadata, importlib.util, json, pathlib, pkgutil, sys
ours, others = (names.split() for names in sys.argv[1:])
wanted = set()
for name in ours:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
    for file in pathlib.Path(package.__path__[0]).rglob("*.py"):  # some import only when asked
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                wanted |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                wanted.add(node.module.split(".")[0])
print(json.dumps({
    "folders": [sys.modules[name].__path__[0] for name in ours],
    "versions": {(d := name.replace("_", "-")): importlib.metadata.version(d) for name in ours},
    "missing": [name for name in wanted if not importlib.util.find_spec(name)],
    "others": [name for name in others if importlib.util.find_spec(name)],
}))
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, folder: Path = ROOT, env: Mapping[str, str] = os.environ) -> str:
    """What a program says, which has to end well."""
    ran = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@dataclass
class Alone:
    """An environment with one service in it, in a folder where nothing else is."""

    service: str
    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def program(self) -> Path:
        return self.python.with_name(f"complaints-{self.service}")

    @property
    def ours(self) -> list[str]:
        return [f"complaints_{name}" for name in (*SHARED, self.service)]

    @cached_property
    def found(self) -> dict[str, Any]:
        """What can be imported there, after every module of ours was."""
        others = {f"complaints_{name}" for name in (*SERVICES, "local")} - set(self.ours)
        names = " ".join(self.ours), " ".join([*others, *TOOLS])
        command = (self.python, "-I", "-c", LOOKS_AROUND, *names)
        found: dict[str, Any] = json.loads(run(*command, folder=self.folder, env={}))
        return found


@pytest.fixture(scope="module")
def wheels() -> dict[str, Path]:
    """The wheel of each member, by package."""
    run(ROOT / "scripts" / "wheels")
    return {path.name.split("-")[0]: path for path in (ROOT / "dist").glob("*.whl")}


@pytest.fixture(scope="module", params=SERVICES)
def alone(
    request: pytest.FixtureRequest,
    wheels: Mapping[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Alone]:
    alone = Alone(request.param, tmp_path_factory.mktemp(request.param))
    venv = alone.folder / "venv"
    began = time.monotonic()
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    pip = (sys.executable, "-m", "pip", "--python", alone.python)
    install = (*pip, "install", "--no-compile")
    lock = ROOT / "services" / alone.service / "requirements.lock"
    run(*install, "--require-hashes", "-r", lock)
    run(*install, "--no-deps", "--no-index", *(wheels[package] for package in alone.ours))
    run(*pip, "check")
    print(f"\n{alone.service}: installed in {time.monotonic() - began:.1f} s", end="")
    yield alone
    shutil.rmtree(venv)


async def said_at_start(bootstrap: str, service: str, since: datetime) -> ServiceStarted:
    """What operations are told by the service when it starts, first since a moment."""
    consumer = AIOKafkaConsumer(
        ServiceStarted.topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    async with asyncio.timeout(30), consumer:
        while True:
            record = await consumer.getone()
            headers = [(name.encode(), value) for name, value in record.headers]
            found = decode(record.key, record.value, headers, record.topic)
            event = found.event if found.time >= since else None
            if isinstance(event, ServiceStarted) and event.speaker == service:
                return event


async def has_its_assets(service: ServiceProcess, alone: Alone) -> None:
    """Its pages link the built style and scripts, below the path it is reached by."""
    async with httpx.AsyncClient(base_url=service.address, timeout=10) as client:
        page = await client.get("/docs", headers={"Accept": "text/html"})
        assert page.status_code == 200
        linked = re.findall(rf'(?:href|src)="/{alone.service}(/static/govuk/[^"]+)"', page.text)
        assert {"complaints.css", "swagger-ui.css"} <= {
            Path(httpx.URL(link).path).name for link in linked
        }
        [chassis] = (Path(f) for f in alone.found["folders"] if f.endswith("complaints_chassis"))
        for link in linked:
            answer = await client.get(link)
            assert answer.status_code == 200, link
            file = chassis / "web" / httpx.URL(link).path.lstrip("/")
            assert answer.content == file.read_bytes()


def _files(folder: Path) -> set[str]:
    """Their names as a wheel has them, below the folder's own name."""
    return {
        file.relative_to(folder.parent).as_posix()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }


@pytest.mark.parametrize("name", [*SHARED, *SERVICES])
def test_a_wheel_holds_every_file_of_its_member(wheels: Mapping[str, Path], name: str) -> None:
    package = f"complaints_{name}"
    member = ROOT / name if name in SHARED else ROOT / "services" / name
    migrations = {f"{package}/{file}" for file in _files(member / "migrations")}
    assert bool(migrations) == (name not in ("contracts", "law"))
    held = set(zipfile.ZipFile(wheels[package]).namelist())
    assert held >= _files(member / "src" / package) | migrations
    assert not {file for file in held if file.endswith(".pyc")}


def test_a_service_alone_has_all_that_it_imports_and_no_other_service(alone: Alone) -> None:
    assert alone.found["missing"] == []
    assert alone.found["others"] == []
    assert len(alone.found["versions"]) == len(alone.ours)
    for folder in alone.found["folders"]:
        assert Path(folder).is_relative_to(alone.folder / "venv" / "lib")


@pytest.mark.cluster
async def test_a_service_alone_migrates_serves_tells_its_versions_and_stops(
    alone: Alone,
    cluster: KafkaCluster,
    database: Callable[..., Awaitable[DatabaseUrls]],
    smtp: Mailbox,
) -> None:
    for topic in topics_for(force.key for force in load_office().forces).values():
        await cluster.create_topic(topic.name, topic.partitions)
    urls = await database(alone.service)
    secret = os.urandom(32).hex()
    environment = {
        "COMPLAINTS_DATABASE_URL": urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
        "COMPLAINTS_FILES_FOLDER": str(alone.folder / "files"),
        "COMPLAINTS_OIDC_ISSUER": "https://identity.example",
        "COMPLAINTS_PUBLIC_URL": f"https://office.example/{alone.service}",
        "COMPLAINTS_SECRET": secret,
    }
    if alone.service == "notifications":
        environment |= {
            "COMPLAINTS_SMTP_HOST": smtp.host,
            "COMPLAINTS_SMTP_PORT": str(smtp.port),
            "COMPLAINTS_SMTP_TLS": "none",
        }
    began, since = time.monotonic(), datetime.now(UTC)
    took = {}

    async def operate(*arguments: str) -> str:
        owner = environment | {"COMPLAINTS_MIGRATE_URL": urls.owner}
        return await asyncio.to_thread(
            run, alone.program, *arguments, folder=alone.folder, env=owner
        )

    assert await operate("migrate") == "The database is up to date.\n"
    took["migrated"] = time.monotonic() - began
    service = ServiceProcess(alone.program, environment, alone.folder)
    await service.start()
    try:
        await service.ready()
        took["ready"] = time.monotonic() - began - took["migrated"]

        started = await said_at_start(cluster.bootstrap, alone.service, since)
        assert started.versions == alone.found["versions"]
        await has_its_assets(service, alone)
        assert re.search(r"^[1-9]\d* rows, 0 problems$", await operate("journal", "verify"), re.M)
        secrets = {secret, *(make_url(found).password for found in (urls.owner, urls.service))}
        shown = str(service.command_lines())
        asked = time.monotonic()
    finally:
        assert await service.end() == 0, service.log()
    took["stopped"] = time.monotonic() - asked
    for kept in secrets:
        assert kept
        assert kept not in shown
        assert kept not in service.log()
    print("".join(f", {what} in {seconds:.1f} s" for what, seconds in took.items()))
