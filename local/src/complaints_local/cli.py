"""`complaints-local`: the whole system on this machine, and the tools to try out a deployed one."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import click
import httpx

# Each command imports what it runs: only `up` needs the servers and the services.


@click.group(
    help="The whole complaints system on this machine, and what it takes to try out a deployed one;"
    " with made-up people only."
)
def main() -> None:
    pass


def _clients(kafka: str | None) -> dict[str, Any]:
    """How to reach the cluster: at `kafka`, or as the environment says."""
    from pydantic import ValidationError

    from complaints_contracts.kafka import KafkaSettings

    try:
        return {"bootstrap_servers": kafka} if kafka else KafkaSettings().for_clients()
    except ValidationError:
        raise click.ClickException(
            "Give --kafka, or set KAFKA_BOOTSTRAP_SERVERS and what goes with it."
        ) from None


class _Place(click.ParamType[tuple[str, int]]):
    """`HOST:PORT`."""

    name = "HOST:PORT"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal():
            self.fail("Write it as HOST:PORT.", param, ctx)
        return host, int(port)


@main.command()
@click.option(
    "--broker",
    type=click.Choice(["memory", "kafka"]),
    default="memory",
    show_default=True,
    help="Which Kafka: in memory, or Apache Kafka on this machine's Java, which keeps its records."
    " KAFKA_BOOTSTRAP_SERVERS, where it is set, names a cluster to use instead.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="Where everything is kept between starts.",
)
@click.option("--port", default=8000, show_default=True, help="The address in the browser.")
@click.option("--demo", is_flag=True, help="Feed sample contacts and show what becomes of each.")
@click.option("--exit", "leave", is_flag=True, help="With --demo: stop when all are through.")
def up(broker: Literal["memory", "kafka"], data: Path, port: int, demo: bool, leave: bool) -> None:
    """Start everything; Ctrl-C stops it, and the next start finds its data again."""
    if leave and not demo:
        raise click.UsageError("--exit goes with --demo.")
    from complaints_local import running
    from complaints_local.broker import BrokerError

    try:
        sys.exit(asyncio.run(running.run(broker, data, port, demo, leave)))
    except (BlockingIOError, BrokerError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("instant")
@click.option("--frozen", is_flag=True, help="Stop the clock there until it is set again.")
@click.option("--port", default=8000, show_default=True, help="Where the system runs.")
def clock(instant: str, frozen: bool, port: int) -> None:
    """Set the clock of the running system, such as to 2026-04-02T16:10:00Z."""
    body = {"instant": instant, "frozen": frozen}
    try:
        answer = httpx.put(f"http://127.0.0.1:{port}/clock", json=body)
    except httpx.ConnectError:
        raise click.ClickException(f"Nothing runs on port {port}. Start scripts/up.") from None
    if answer.status_code != 200:
        raise click.ClickException("Write the instant with its offset: 2026-04-02T16:10:00Z.")
    click.echo(f"It is now {answer.json()['now']}.")


@main.command()
@click.option(
    "--url",
    required=True,
    metavar="URL",
    help="The staff side: its services are below, at /intake and so on, and the identity page of"
    " made-up staff at /identity.",
)
@click.option("--kafka", required=True, metavar="HOST:PORT", help="For the records of forces.")
@click.option("--mail-in", type=_Place(), required=True, help="Where intake takes in mail.")
@click.option("--mailpit", required=True, metavar="URL", help="What catches the mail it sends.")
@click.option(
    "--remember",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("demo.json"),
    show_default=True,
    metavar="FILE",
    help="Keeps what was fed, so that nothing is fed twice; to be deleted with the system's data.",
)
def demo(url: str, kafka: str, mail_in: tuple[str, int], mailpit: str, remember: Path) -> None:
    """Feed sample contacts to a deployed system, and show what becomes of each.

    Ends when all are through: with 0 where every contact that left an address was acknowledged
    exactly once, else with 1.
    """
    from aiokafka.errors import KafkaError
    from aiosmtplib.errors import SMTPException

    from complaints_local import demo as demonstration
    from complaints_local.deployment import Deployment, DeploymentError

    async def run() -> int:
        async with httpx.AsyncClient(timeout=30) as http:
            deployment = Deployment(
                http, url.rstrip("/"), kafka, mail_in, mailpit.rstrip("/"), remember
            )
            await deployment.ready(lambda text: click.echo(text, err=True))
            return await demonstration.run(deployment)

    remember.parent.mkdir(parents=True, exist_ok=True)
    try:
        sys.exit(asyncio.run(run()))
    except (DeploymentError, httpx.HTTPError, KafkaError, SMTPException) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--url", required=True, metavar="URL", help="Where intake answers.")
@click.option("--mail-in", type=_Place(), required=True, help="Where intake takes in mail.")
@click.option("--kafka", required=True, metavar="HOST:PORT", help="For the records of a force.")
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Where each thing that was sent is added, with its answer; for `reconcile`.",
)
@click.option("--rate", default=20.0, show_default=True, help="How many are sent in a second.")
@click.option("--seconds", default=60.0, show_default=True, help="For how long.")
@click.option("--seed", type=int, help="The same one sends the same; without it another each time.")
@click.option(
    "--mix",
    default="",
    metavar="NAME=PERCENT,...",
    help="The ways web, mail and force; and of all the replies, duplicates and poison records.",
)
def load(
    url: str,
    mail_in: tuple[str, int],
    kafka: str,
    ledger: Path,
    rate: float,
    seconds: float,
    seed: int | None,
    mix: str,
) -> None:
    """Send made-up contacts by every way to a running system, and keep a ledger of them.

    Each is sent when it is time, whatever became of those before, and never again. It ends by
    itself, or at SIGTERM, which leaves what is under way as unknown.
    """
    from aiokafka.errors import KafkaError

    from complaints_local.load.plan import Mix
    from complaints_local.load.run import LoadError, run

    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000)
    try:
        shares = Mix.parse(mix) if mix else Mix()
        click.echo(run(url.rstrip("/"), mail_in, kafka, ledger, seed, rate, seconds, shares))
    except (LoadError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except KafkaError:
        raise click.ClickException(f"No Kafka answers at {kafka}. Is it up?") from None


@main.command()
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="What `load` wrote.",
)
@click.option(
    "--databases",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="A file with a line for each service: intake=postgresql+asyncpg://..., as its own role.",
)
@click.option(
    "--kafka",
    metavar="HOST:PORT",
    help="Where the broker is; without it the environment says so (KAFKA_BOOTSTRAP_SERVERS, ...).",
)
@click.option(
    "--mail",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of the mailbox that caught what was sent.",
)
@click.option("--mailpit", metavar="URL", help="The Mailpit that did.")
@click.option(
    "--logs",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    help="A folder whose files must hold nothing personal; may be repeated.",
)
@click.option(
    "--watched",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What a watcher saw of the processes while there were faults.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where verdicts and the final state by tag are written.",
)
def reconcile(
    ledger: Path,
    databases: Path,
    kafka: str | None,
    mail: Path | None,
    mailpit: str | None,
    logs: tuple[Path, ...],
    watched: Path | None,
    json_file: Path | None,
) -> None:
    """Compare what was accepted with what is there: databases, topics, mails.

    Run it when nothing comes in any more. Prints a line for each invariant; ends with 1 where one
    is broken.
    """
    if (mail is None) == (mailpit is None):
        raise click.UsageError("Give either --mail or --mailpit.")
    from aiokafka.errors import KafkaError
    from rich.console import Console
    from sqlalchemy.exc import SQLAlchemyError

    from complaints_chassis.errors import ChassisError
    from complaints_contracts.kafka import ClusterError
    from complaints_local.reconcile import report
    from complaints_local.reconcile.contacts import final_state
    from complaints_local.reconcile.evidence import EvidenceError
    from complaints_local.reconcile.gather import Sources, gather
    from complaints_local.reconcile.ledger import LedgerError
    from complaints_local.reconcile.verdict import State
    from complaints_local.reconcile.verdicts import verdicts
    from complaints_local.reconcile.watched import WatchedError

    try:
        clients = _clients(kafka)
        where = Sources(ledger, databases, clients, mail, mailpit, logs, watched)
        evidence = asyncio.run(gather(where))
    except (LedgerError, WatchedError, EvidenceError, ClusterError, ChassisError) as error:
        raise click.ClickException(str(error)) from None
    except KafkaError as error:
        raise click.ClickException(
            f"The broker does not answer ({type(error).__name__})."
        ) from None
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(
            f"A database of {databases} cannot be read ({type(error).__name__}). Is it up and"
            " migrated, and are address and password right?"
        ) from None
    except httpx.HTTPError:
        raise click.ClickException(f"No Mailpit answers at {mailpit}.") from None
    found = verdicts(evidence)
    report.show(Console(highlight=False), found)
    if json_file:
        report.write(json_file, found, final_state(evidence))
    sys.exit(any(one.state is State.BROKEN for one in found))


@main.command()
@click.argument("scenario")
@click.option(
    "--kafka",
    metavar="HOST:PORT",
    help="Where the cluster is; else KAFKA_BOOTSTRAP_SERVERS and the other variables of the"
    " services say so, with the force's own name and password.",
)
@click.option(
    "--patience",
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for transfers, and at the end for receipts.",
)
def force(scenario: str, kafka: str | None, patience: float) -> None:
    """Play a force's system: send contacts and rubbish, read receipts, answer transfers.

    SCENARIO is a YAML file, or one that is shipped: rehearsal, trouble, transfers. Ends with 1
    where something did not become what the scenario expects.
    """
    from aiokafka.errors import KafkaError
    from rich.console import Console

    from complaints_contracts.kafka import ClusterError
    from complaints_local.force_box.box import Box
    from complaints_local.force_box.report import table_of
    from complaints_local.force_box.scenario import ScenarioError, read_scenario

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what went wrong is said below
    try:
        clients = _clients(kafka)
        box = Box(read_scenario(scenario), clients, lambda words: click.echo(words, err=True))
        asyncio.run(box.play(patience))
    except (ScenarioError, ClusterError) as error:
        raise click.ClickException(str(error)) from None
    except KafkaError as error:
        raise click.ClickException(
            f"The broker does not answer, or refuses ({type(error).__name__})."
        ) from None
    except TimeoutError:
        raise click.ClickException(
            "Fewer complaints were transferred than the scenario waits for. Record one in casework,"
            " or give more --patience."
        ) from None
    Console(highlight=False).print(table_of(box.sent))
    sys.exit(not all(one.as_expected for one in box.sent))


@main.command()
@click.option(
    "--issuer",
    required=True,
    metavar="URL",
    help="Its address for browsers and services, as tokens say it; the proxy in front strips the"
    " path.",
)
@click.option(
    "--redirect",
    "redirects",
    multiple=True,
    metavar="URL",
    help="Where browsers are sent back to; may be repeated. Without it, /signed-in of each of the"
    " five services, beside the issuer.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Keeps the key that signs.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option("--port", default=8080, show_default=True, help="Where it listens.")
def identity(issuer: str, redirects: tuple[str, ...], folder: Path, host: str, port: int) -> None:
    """Serve the identity page of made-up staff, so that a deployed system can be tried out.

    There are no passwords: whoever opens it may pick any of the made-up people, and then does what
    they may do. It must never be where real staff sign in, or where there is data of real people.
    """
    from complaints_chassis.clock import Clock
    from complaints_chassis.serving import serve
    from complaints_law.office import load_office
    from complaints_local.identity import create_identity, made_up_staff
    from complaints_local.target import SERVICES

    where = urlsplit(issuer)
    beside = [f"{where.scheme}://{where.netloc}/{service}/signed-in" for service in SERVICES]
    app = create_identity(
        made_up_staff(load_office()),
        issuer=issuer,
        redirect_uris=redirects or beside,
        folder=folder,
        now=Clock().now,
    )
    serve(app, host=host, port=port, address=issuer)
