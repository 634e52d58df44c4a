"""One command line for every service: `complaints-<service> ...`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_chassis import operate, telemetry
from complaints_chassis.book import Book
from complaints_chassis.database import connect
from complaints_chassis.errors import ChassisError
from complaints_chassis.migrate import migrate as run_migrations
from complaints_chassis.service import Running, Service
from complaints_chassis.settings import Settings
from complaints_chassis.verify import verify as verify_journal

S = TypeVar("S", bound=Settings)
T = TypeVar("T")


def command_line(
    service: Service, create_app: Callable[[S], FastAPI], settings: type[S]
) -> click.Group:
    """The commands of one service; it may add its own to the group."""

    def load() -> S:
        try:
            return settings()
        except ValidationError as error:
            missing = [f"COMPLAINTS_{'_'.join(map(str, e['loc'])).upper()}" for e in error.errors()]
            raise click.ClickException(
                f"Set these environment variables (see --help): {', '.join(missing)}"
            ) from None

    def book_of(loaded: S) -> Book:
        running: Running = create_app(loaded).state.running
        return running.book

    def with_engine(work: Callable[[AsyncEngine, S], Awaitable[T]]) -> T:
        loaded = load()

        async def go() -> T:
            engine = connect(loaded.database_url.get_secret_value())
            try:
                return await work(engine, loaded)
            finally:
                await engine.dispose()

        try:
            return asyncio.run(go())
        except ChassisError as error:
            raise click.ClickException(str(error)) from None

    @click.group(
        help=f"The {service.name} service: run it, look after its journal and held records.",
        epilog=_environment(settings),
    )
    def group() -> None:
        pass

    @group.command()
    def serve() -> None:
        """Run the service until it is told to stop (SIGTERM or Ctrl-C)."""
        loaded = load()
        telemetry.log_as_json(loaded.log_level)
        uvicorn.run(
            create_app(loaded),
            host=loaded.http_host,
            port=loaded.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=10,
        )

    @group.command()
    def migrate() -> None:
        """Bring the database up to date, as the role that owns its tables."""
        loaded = load()
        if loaded.migrate_url is None:
            raise click.ClickException("Set COMPLAINTS_MIGRATE_URL to the owner's database URL.")
        role = operate.role_of(loaded.database_url.get_secret_value())
        asyncio.run(run_migrations(loaded.migrate_url.get_secret_value(), service.package, role))
        click.echo("The database is up to date.")

    @group.group()
    def journal() -> None:
        """Verify, rebuild or republish what happened."""

    @journal.command()
    def verify() -> None:
        """Check chains, seals, columns and personal parts; exit 1 when anything is wrong."""

        async def work(engine: AsyncEngine, _: S) -> tuple[int, list[str]]:
            async with engine.connect() as connection:
                return await verify_journal(connection)

        rows, problems = with_engine(work)
        for problem in problems:
            click.echo(problem, err=True)
        click.echo(f"{rows} rows, {len(problems)} problems")
        sys.exit(1 if problems else 0)

    @journal.command()
    @click.option("--compare", is_flag=True, help="Only say what differs; change nothing.")
    def rebuild(compare: bool) -> None:
        """Make the read tables again from the journal, and say what differed."""
        differences = with_engine(
            lambda engine, loaded: operate.rebuild(engine, book_of(loaded), compare=compare)
        )
        for difference in differences:
            click.echo(difference)
        click.echo(f"{len(differences)} streams differed")
        sys.exit(1 if compare and differences else 0)

    @journal.command()
    @click.argument("streams", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="Every published event there is.")
    def republish(streams: tuple[str, ...], everything: bool) -> None:
        """Send published events again; consumers know them by their ids."""
        if bool(streams) == everything:
            raise click.UsageError("Name streams (such as contact:<id>), or say --all.")
        count = with_engine(lambda engine, _: operate.republish(engine, streams))
        click.echo(f"{count} events queued")

    @group.group()
    def held() -> None:
        """Records that wait instead of being applied."""

    @held.command("list")
    def list_held() -> None:
        """One line for each held record: id, kind, since when, where, why."""
        for row in with_engine(lambda engine, _: operate.list_held(engine)):
            click.echo(row)

    @held.command()
    @click.argument("id")
    def show(id: str) -> None:
        """One held record with its original bytes. Shows personal data: look when you must."""
        click.echo(json.dumps(with_engine(lambda e, _: operate.show_held(e, id)), indent=2))

    @held.command()
    @click.argument("id")
    def replay(id: str) -> None:
        """Try a held record again now."""
        click.echo(with_engine(lambda e, s: operate.replay(e, service, book_of(s), id)))

    @held.command()
    @click.argument("id")
    @click.option("--reason", required=True, help="Kept in the journal. No personal data.")
    def discard(id: str, reason: str) -> None:
        """Give a held record up, so that what follows it can go on."""
        with_engine(lambda e, s: operate.discard(e, book_of(s), id, reason))
        click.echo("Discarded.")

    @group.command()
    @click.argument("topic")
    @click.option("--partition", type=int, help="The paused partition; else the whole topic.")
    @click.option("--to", "offset", type=int, help="Go on at this offset of the partition.")
    def skip(topic: str, partition: int | None, offset: int | None) -> None:
        """Read a paused topic again, from an offset on where a partition is stuck."""
        if (partition is None) != (offset is None):
            raise click.UsageError("--partition and --to go together.")
        with_engine(lambda e, _: operate.skip(e, topic, partition, offset))
        click.echo("The service goes on within a second.")

    @group.command()
    @click.argument("subject")
    @click.option("--reason", required=True, help="Kept in the journal. No personal data.")
    def erase(subject: str, reason: str) -> None:
        """Erase a person (by person id) from this service, and tell the others."""
        count = with_engine(lambda e, s: operate.erase(e, book_of(s), subject, reason))
        click.echo(f"{count} personal parts erased. `journal verify` still passes.")

    return group


def _environment(settings: type[Settings]) -> str:
    lines = []
    for name, field in settings.model_fields.items():
        alias = str(field.validation_alias or f"COMPLAINTS_{name.upper()}")
        default = "" if field.is_required() else f" (default: {field.default})"
        lines.append(f"{alias}: {field.description or ''}{default}")
    return "\b\nEnvironment:\n" + "\n".join(lines)
