"""The command line: what it needs is said, and it works with the service as it would run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click
from click.testing import CliRunner
from fastapi import FastAPI
from sqlalchemy import text
from toy import SERVICE, received, record

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running
from complaints_chassis.settings import Settings

if TYPE_CHECKING:
    from conftest import Toy


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI()
    app.state.running = Running(SERVICE, settings, Clock(), "test")
    return app


COMMANDS: click.Group = command_line(replace(SERVICE, subscriptions=()), create_app, Settings)
"""The service in the code subscribes to nothing, the one that its settings make does."""


def environment(toy: Toy, folder: Path) -> dict[str, str]:
    return {
        "COMPLAINTS_DATABASE_URL": toy.urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "COMPLAINTS_FILES_FOLDER": str(folder),
        "COMPLAINTS_OIDC_ISSUER": "http://identity",
        "COMPLAINTS_PUBLIC_URL": "http://toy",
        "COMPLAINTS_SECRET": "s" * 32,
    }


def test_settings_that_are_missing_are_named_as_the_environment_calls_them() -> None:
    result = CliRunner(env={"COMPLAINTS_PUBLIC_URL": "http://toy"}).invoke(
        COMMANDS, ["held", "list"]
    )
    assert result.exit_code == 1
    assert "COMPLAINTS_DATABASE_URL, KAFKA_BOOTSTRAP_SERVERS, COMPLAINTS_FILES" in result.output
    assert "PUBLIC_URL" not in result.output


async def test_replay_is_done_by_the_service_that_the_settings_make(
    toy: Toy, tmp_path: Path
) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact, "second"), 2)])
    [row] = await toy.rows("SELECT id FROM held")
    async with toy.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO progress VALUES (:topic, :stream, 1, :id)"),
            {"topic": "complaints.contacts.v1", "stream": str(contact), "id": uuid4()},
        )
    runner = CliRunner(env=environment(toy, tmp_path))
    result = await asyncio.to_thread(runner.invoke, COMMANDS, ["held", "replay", row.id])
    assert result.output == "Applied.\n"
    assert [n.last for n in await toy.rows("SELECT last FROM notebooks")] == ["second"]


async def test_a_refusal_is_said_without_a_traceback(toy: Toy, tmp_path: Path) -> None:
    runner = CliRunner(env=environment(toy, tmp_path))
    result = await asyncio.to_thread(runner.invoke, COMMANDS, ["held", "replay", "no such id"])
    assert (result.exit_code, result.output) == (
        1,
        "Error: No held record has this id. `held list` shows those there are.\n",
    )


async def test_verify_against_the_topic_says_when_the_broker_is_away(
    toy: Toy, tmp_path: Path
) -> None:
    runner = CliRunner(env=environment(toy, tmp_path))
    plain = await asyncio.to_thread(runner.invoke, COMMANDS, ["journal", "verify"])
    assert (plain.exit_code, plain.output) == (0, "0 rows, 0 problems\n")
    result = await asyncio.to_thread(runner.invoke, COMMANDS, ["journal", "verify", "--topic"])
    assert result.exit_code == 1
    assert "complaints.ops.v1 could not be read to its end" in result.output
    assert "Is the broker up?" in result.output
