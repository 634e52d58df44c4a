"""The command line: what it needs is said, and it works with the service as it would run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from sqlalchemy import make_url, text
from toy import SERVICE, received, record

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.mistakes import OWNER, explained
from complaints_chassis.service import Running
from complaints_chassis.settings import Settings
from complaints_local.postgres import DatabaseUrls

if TYPE_CHECKING:
    from conftest import Toy


class NotUsable(Exception):
    """Stands for what a service's own code says of a file that a setting names."""


def create_app(settings: Settings) -> FastAPI:
    if settings.office:
        raise NotUsable(f"{settings.office}: no such file. Check the path.")
    app = FastAPI()
    app.state.running = Running(SERVICE, settings, Clock(), "test")
    return app


COMMANDS: click.Group = command_line(
    replace(SERVICE, subscriptions=()), create_app, Settings, told=(NotUsable,)
)
"""The service in the code subscribes to nothing, the one that its settings make does."""


PASSWORD = "quillon-farrowdale"
WHY = ["--reason", "asked for"]
NO_DATABASE = f"postgresql+asyncpg://toy:{PASSWORD}@127.0.0.1:9/toy"


def environment(toy: Toy, folder: Path) -> dict[str, str | None]:
    return settings(COMPLAINTS_DATABASE_URL=toy.urls.service, COMPLAINTS_FILES_FOLDER=str(folder))


def settings(**more: str) -> dict[str, str | None]:
    given = {
        "COMPLAINTS_DATABASE_URL": NO_DATABASE,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "COMPLAINTS_FILES_FOLDER": "/nowhere",
        "COMPLAINTS_OIDC_ISSUER": "http://identity",
        "COMPLAINTS_PUBLIC_URL": "http://toy",
        "COMPLAINTS_SECRET": "s" * 32,
    }
    return {**given, **more}


def refusal(arguments: list[str], environment: Mapping[str, str | None]) -> str:
    """What a command says that cannot be done: one line, and nothing of what was set."""
    result = CliRunner(env=environment).invoke(COMMANDS, arguments)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1
    assert PASSWORD not in result.output
    assert "Traceback" not in result.output
    message, rest = result.output.split("\n", 1)
    assert rest == ""
    return message.removeprefix("Error: ")


def test_settings_that_are_missing_are_named_as_the_environment_calls_them() -> None:
    result = CliRunner(env={"COMPLAINTS_PUBLIC_URL": "http://toy"}).invoke(
        COMMANDS, ["held", "list"]
    )
    assert result.exit_code == 1
    assert (
        "Set: KAFKA_BOOTSTRAP_SERVERS, COMPLAINTS_DATABASE_URL, COMPLAINTS_FILES" in result.output
    )
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


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("HTTP_PORT", PASSWORD, "should be a whole number"),
        ("LOG_LEVEL", PASSWORD, "should be 'DEBUG', 'INFO', 'WARNING', 'ERROR' or 'CRITICAL'"),
        ("KAFKA_KEEPS_RECORDS", PASSWORD, "should be true or false"),
        ("SECRET", PASSWORD, "should be at least 32 random characters long"),
        ("DATABASE_URL", PASSWORD, "should look like postgresql+asyncpg://role:password@"),
        ("DATABASE_URL", f"postgres://toy:{PASSWORD}@host/toy", "should look like postgresql+"),
        ("DATABASE_URL", f"postgresql://toy:{PASSWORD}@host/toy", "should look like postgresql+"),
        ("DATABASE_URL", NO_DATABASE.replace(":9/", ":no/"), "should look like postgresql+"),
        ("DATABASE_URL", "postgresql+asyncpg:///toy", "should look like postgresql+"),
        ("MIGRATE_URL", f"postgres://toy:{PASSWORD}@host/toy", "should look like postgresql+"),
    ],
)
@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["journal", "verify"]])
def test_a_value_that_cannot_be_used_is_named_with_what_it_should_be(
    command: list[str], variable: str, value: str, said: str
) -> None:
    message = refusal(command, settings(**{f"COMPLAINTS_{variable}": value}))
    assert message.startswith(f"COMPLAINTS_{variable}: {said}")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PROTOCOL": "SASL_SSL"}, "KAFKA_USERNAME and KAFKA_PASSWORD are needed"),
        ({"PROTOCOL": "SASL_SSL", "USERNAME": "toy"}, "KAFKA_USERNAME and KAFKA_PASSWORD are"),
        ({"USERNAME": "toy", "PASSWORD": PASSWORD}, "KAFKA_SECURITY_PROTOCOL should be SASL_SSL"),
        (
            {"PROTOCOL": "SASL_PLAINTEXT", "MECHANISM": "PLAIN"}
            | {"USERNAME": "toy", "PASSWORD": PASSWORD},
            "KAFKA_SASL_MECHANISM should be SCRAM-SHA-512",
        ),
        (
            {"PROTOCOL": "SSL", "CA_FILE": f"/{PASSWORD}"},
            "KAFKA_CA_FILE: should name a file of cert",
        ),
        ({"PROTOCOL": "SSL", "CA_FILE": __file__}, "KAFKA_CA_FILE: should name a file of cert"),
        ({"CA_FILE": os.devnull}, "KAFKA_CA_FILE: should name a file of cert"),
        ({"PROTOCOL": PASSWORD}, "KAFKA_SECURITY_PROTOCOL: should be 'PLAINTEXT', 'SSL', 'SASL_"),
        ({"MECHANISM": PASSWORD}, "KAFKA_SASL_MECHANISM: should be 'SCRAM-SHA-512'"),
    ],
)
def test_security_of_kafka_that_cannot_be_is_named(given: dict[str, str], said: str) -> None:
    names = {"PROTOCOL": "SECURITY_PROTOCOL", "MECHANISM": "SASL_MECHANISM"}
    environment = {f"KAFKA_{names.get(name, name)}": value for name, value in given.items()}
    assert said in refusal(["serve"], settings(**environment))


@pytest.mark.parametrize("command", [["serve"], ["journal", "verify"], ["held", "list"]])
def test_a_file_that_the_service_cannot_use_is_named(command: list[str]) -> None:
    message = refusal(command, settings(COMPLAINTS_OFFICE="/nope.yaml"))
    assert message == "/nope.yaml: no such file. Check the path."


@pytest.mark.parametrize(
    "command", [["serve"], ["journal", "verify"], ["held", "list"], ["erase", str(uuid4()), *WHY]]
)
def test_a_database_that_is_away_is_named_by_its_variable(command: list[str]) -> None:
    assert refusal(command, settings()) == (
        "The database of COMPLAINTS_DATABASE_URL does not answer. "
        "Is it up, and are host and port right?"
    )


async def test_the_owners_database_is_named_by_its_own_variable(toy: Toy, tmp_path: Path) -> None:
    given = environment(toy, tmp_path)
    away = await asyncio.to_thread(refusal, ["migrate"], given | {OWNER: NO_DATABASE})
    assert away.startswith(f"The database of {OWNER} does not answer.")
    wrong = given | {OWNER: with_password(toy.urls.owner)}
    message = await asyncio.to_thread(refusal, ["migrate"], wrong)
    assert message.startswith(f"The database does not let the role of {OWNER} in.")
    unset = await asyncio.to_thread(refusal, ["migrate"], given)
    assert unset == f"Set {OWNER} to the owner's database URL."


async def test_what_the_database_refuses_is_explained(toy: Toy, tmp_path: Path) -> None:
    given = environment(toy, tmp_path)
    url = toy.urls.service
    other = make_url(url).set(database="nothing").render_as_string(hide_password=False)
    for value, said in [
        (with_password(url), "The database does not let the role of COMPLAINTS_DATABASE_URL in."),
        (other, "There is no database of the name in COMPLAINTS_DATABASE_URL."),
    ]:
        for command in ["serve"], ["held", "list"]:
            wrong = given | {"COMPLAINTS_DATABASE_URL": value}
            message = await asyncio.to_thread(refusal, command, wrong)
            assert message.startswith(said)


async def test_a_database_that_was_never_migrated_is_said(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    urls = await database("toy")
    given = settings(COMPLAINTS_DATABASE_URL=urls.service, COMPLAINTS_FILES_FOLDER=str(tmp_path))
    for command in ["serve"], ["held", "list"]:
        message = await asyncio.to_thread(refusal, command, given)
        assert "not up to date. Run" in message


def test_a_fault_in_the_code_is_not_taken_for_a_mistake() -> None:
    with pytest.raises(ZeroDivisionError), explained(NotUsable):
        raise ZeroDivisionError


def test_help_describes_every_setting_and_only_defaults_there_are() -> None:
    output = CliRunner().invoke(COMMANDS, ["--help"]).output
    assert "Undefined" not in output
    assert "None" not in output
    assert "COMPLAINTS_HTTP_PORT: Where `serve` listens (default: 8080)" in output
    starts = ("COMPLAINTS_", "KAFKA_")
    described = [line for line in output.splitlines() if line.strip().startswith(starts)]
    assert len(described) == len(Settings.model_fields)
    assert all(len(line.split(": ", 1)[1]) > 5 for line in described)


async def test_republishing_a_stream_that_is_not_there_is_refused(toy: Toy, tmp_path: Path) -> None:
    given = environment(toy, tmp_path)
    message = await asyncio.to_thread(refusal, ["journal", "republish", "contact:nope"], given)
    assert message.startswith("No such stream with published events: contact:nope.")


def with_password(url: str) -> str:
    """The URL with a password that is not the role's."""
    return make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)
