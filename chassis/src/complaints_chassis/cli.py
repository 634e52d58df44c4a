"""One command line for every service: `complaints-<service> ...`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import click
from fastapi import FastAPI

from complaints_chassis import operate, serving
from complaints_chassis.anchors import differences, published_seals
from complaints_chassis.migrate import migrate as run_migrations
from complaints_chassis.mistakes import OWNER, explained
from complaints_chassis.service import Running, Service, kafka_settings
from complaints_chassis.settings import Settings, variable_of
from complaints_chassis.verify import verify as verify_journal

S = TypeVar("S", bound=Settings)
T = TypeVar("T")


class Console(Generic[S]):
    """What the commands of a service work with; its own find it by `@click.pass_obj`."""

    def __init__(
        self,
        create_app: Callable[[S], FastAPI],
        settings: type[S],
        told: tuple[type[Exception], ...],
    ) -> None:
        self._create_app = create_app
        self._settings = settings
        self._told = told

    def settings(self) -> S:
        """The settings.

        Raises:
            click.ClickException: names the environment variables that are missing or wrong.
        """
        with explained():
            return self._settings()

    def app(self) -> FastAPI:
        """The application, of which nothing is started.

        Raises:
            click.ClickException: a setting, or a file that one names, cannot be used.
        """
        settings = self.settings()
        with explained(*self._told):
            return self._create_app(settings)

    def run(self, work: Callable[[Running], Awaitable[T]], app: FastAPI | None = None) -> T:
        """Does work with the parts of the service, of which none is started.

        Raises:
            click.ClickException: it was refused, or something it depends on is away.
        """
        running: Running = (app or self.app()).state.running

        async def go() -> T:
            try:
                return await work(running)
            finally:
                await running.engine.dispose()

        with explained(*self._told):
            return asyncio.run(go())


def command_line(
    service: Service,
    create_app: Callable[[S], FastAPI],
    settings: type[S],
    told: tuple[type[Exception], ...] = (),
) -> click.Group:
    """The commands of one service; it may add its own to the group.

    `told` are errors of its own whose text tells an operator what to do.
    """
    console = Console(create_app, settings, told)

    @click.group(
        help=f"The {service.name} service: run it, look after its journal and held records.",
        epilog=_environment(settings),
        context_settings={"obj": console},
    )
    def group() -> None:
        pass

    @group.command()
    def serve() -> None:
        """Run the service until it is told to stop (SIGTERM or Ctrl-C)."""
        loaded = console.settings()
        app = console.app()
        console.run(Running.check_migrated, app)
        console.run(Running.catch_up, app)
        serving.serve(
            app,
            host=loaded.http_host,
            port=loaded.http_port,
            address=loaded.public_url,
            proxies=loaded.http_proxies,
            log_level=loaded.log_level,
        )

    @group.command()
    def migrate() -> None:
        """Bring the database up to date, as the role that owns its tables."""
        loaded = console.settings()
        if loaded.migrate_url is None:
            raise click.ClickException(f"Set {OWNER} to the owner's database URL.")
        role = operate.role_of(loaded.database_url.get_secret_value())
        url = loaded.migrate_url.get_secret_value()
        with explained(url=OWNER):
            asyncio.run(run_migrations(url, service.package, role))
        click.echo("The database is up to date.")

    @group.group()
    def journal() -> None:
        """Verify, rebuild or republish what happened."""

    @journal.command()
    @click.option("--topic", is_flag=True, help="Compare the seals with those that were published.")
    def verify(topic: bool) -> None:
        """Check chains, seals, columns and personal parts; exit 1 when anything is wrong."""

        async def work(run: Running) -> tuple[str, list[str]]:
            seals = []
            if topic:  # first, for what is published by now must be here
                seals = await published_seals(kafka_settings(run.settings), run.service.name)
            async with run.engine.connect() as connection:
                rows, problems = await verify_journal(connection)
                problems += await differences(connection, seals)
            compared = f", {len(seals)} seals on the topic" if topic else ""
            return f"{rows} rows{compared}, {len(problems)} problems", problems

        summary, problems = console.run(work)
        for problem in problems:
            click.echo(problem, err=True)
        click.echo(summary)
        sys.exit(1 if problems else 0)

    @journal.command()
    @click.option("--compare", is_flag=True, help="Only say what differs; change nothing.")
    def rebuild(compare: bool) -> None:
        """Make the read tables again from the journal, and say what differed."""
        differences = console.run(
            lambda run: operate.rebuild(run.engine, run.book, compare=compare)
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
        count = console.run(lambda run: operate.republish(run.engine, streams))
        click.echo(f"{count} events queued")

    @group.group()
    def held() -> None:
        """Records that wait instead of being applied."""

    @held.command("list")
    def list_held() -> None:
        """One line for each held record: id, kind, since when, where, why."""
        for row in console.run(lambda run: operate.list_held(run.engine)):
            click.echo(row)

    @held.command()
    @click.argument("id")
    def show(id: str) -> None:
        """One held record with its original bytes. Shows personal data: look when you must."""
        click.echo(json.dumps(console.run(lambda run: operate.show_held(run.engine, id)), indent=2))

    @held.command()
    @click.argument("id")
    def replay(id: str) -> None:
        """Try a held record again now."""
        click.echo(console.run(lambda run: operate.replay(run.engine, run.service, run.book, id)))

    @held.command()
    @click.argument("id")
    @click.option("--reason", required=True, help="Kept in the journal. No personal data.")
    def discard(id: str, reason: str) -> None:
        """Give a held record up, so that what follows it can go on."""
        console.run(lambda run: operate.discard(run.engine, run.service, run.book, id, reason))
        click.echo("Discarded.")

    @group.command()
    @click.argument("topic")
    @click.option("--partition", type=int, help="The paused partition; else the whole topic.")
    @click.option("--to", "offset", type=int, help="Go on at this offset of the partition.")
    def skip(topic: str, partition: int | None, offset: int | None) -> None:
        """Read a paused topic again, from an offset on where a partition is stuck."""
        if (partition is None) != (offset is None):
            raise click.UsageError("--partition and --to go together.")
        console.run(lambda run: operate.skip(run.engine, topic, partition, offset))
        click.echo("The service goes on within five seconds.")

    @group.command()
    @click.argument("subject")
    @click.option("--reason", required=True, help="Kept in the journal. No personal data.")
    def erase(subject: str, reason: str) -> None:
        """Erase a person (by person id) from this service, and tell the others."""
        count = console.run(lambda run: operate.erase(run.engine, run.book, subject, reason))
        click.echo(f"{count} personal parts erased. `journal verify` still passes.")

    return group


def _environment(settings: type[Settings]) -> str:
    lines = []
    for name, field in settings.model_fields.items():
        variable = variable_of(str(field.validation_alias or name))
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        ending = "" if default is None else f" (default: {default})"
        lines.append(f"{variable}: {field.description}{ending}")
    return "\b\nEnvironment:\n" + "\n".join(lines)
