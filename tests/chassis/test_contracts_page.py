"""`/asyncapi`, and that the services read what it says that they read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import pytest
from fastapi import FastAPI
from faststream.specification import AsyncAPI
from httpx import ASGITransport, AsyncClient

from complaints_chassis.kafka_in import Consumer
from complaints_chassis.record import Record
from complaints_chassis.service import Service
from complaints_chassis.web import Site, install_web, public
from complaints_contracts.asyncapi import document
from complaints_contracts.topics import topics
from complaints_local.system import PARTS

SITE = Site("intake", "An office", "Complaints", "home", "Telephone 01632 960000.", None)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    app = FastAPI()

    @app.get("/", dependencies=[public])
    def home() -> None:
        pass

    install_web(app, SITE, secret=b"s" * 32)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://intake") as found:
        yield found


async def test_the_page_has_every_topic_message_and_field(client: AsyncClient) -> None:
    page = (await client.get("/asyncapi")).raise_for_status().text
    for topic in topics().values():
        assert f'id="{topic.name}"' in page
        assert topic.when_it_stands
        assert topic.when_it_stands in page
    for name, message in document()["components"]["messages"].items():
        assert f'id="{name}"' in page
        for field in message["payload"]["properties"]:
            assert f"<code>{field}</code>" in page
    assert "persons[].reach.interpreter_for" in page, "what stands in what"
    assert "<form" not in page, "nothing can be sent from it"


async def test_programs_get_the_document(client: AsyncClient) -> None:
    assert (await client.get("/asyncapi.json")).json() == document()


@pytest.mark.parametrize("service", [part.service for part in PARTS], ids=lambda s: s.name)
def test_what_faststream_says_a_service_reads_is_what_the_document_says(service: Service) -> None:
    async def apply(_: Sequence[Record]) -> None:
        raise AssertionError("nothing is read")

    consumer = Consumer(
        {"bootstrap_servers": "127.0.0.1:9"},
        group=service.name,
        topics=service.topics,
        apply=apply,
    )
    described = AsyncAPI(consumer.broker, schema_version="3.0.0").to_specification()
    theirs = json.loads(described.to_json())
    read = {force_of_any(channel["address"]) for channel in theirs["channels"].values()}
    ours = document()
    said = {
        ours["channels"][operation["channel"]["$ref"].removeprefix("#/channels/")]["address"]
        for name, operation in ours["operations"].items()
        if name.startswith(f"{service.name}.receive.")
    }
    assert read == said


def force_of_any(topic: str) -> str:
    """A force's topic by the name that stands for those of all."""
    start, force, rest = [*topic.split(".", 2), ""][:3]
    return f"force.{{force}}.{rest}" if start == "force" and force else topic
