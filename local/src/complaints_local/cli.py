"""`complaints-local`: the whole system on this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Literal

import click
import httpx
import uvicorn

from complaints_chassis.telemetry import JsonLines, quieten
from complaints_local import demo as demonstration
from complaints_local.broker import BrokerError, MemoryBroker
from complaints_local.data import DataFolder
from complaints_local.kafka import choose
from complaints_local.system import System, start


@click.group(help="The whole complaints system on this machine, with made-up people only.")
def main() -> None:
    pass


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
    try:
        sys.exit(asyncio.run(_up(broker, data, port, demo, leave)))
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


async def _up(
    choice: Literal["memory", "kafka"], data: Path, port: int, demo: bool, leave: bool
) -> int:
    with DataFolder(data) as folder, _listen(port) as listening:
        _log_to(folder.path / "log.jsonl")
        broker = choose(choice, folder.path / "kafka", _say)
        durable = not isinstance(broker, MemoryBroker)
        async with start(folder, port, broker, durable=durable, say=_say) as system:
            config = uvicorn.Config(
                system.app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
            server = uvicorn.Server(config)
            serving = asyncio.create_task(_serve(server, listening))
            mail = ":".join(map(str, system.mail_in))
            click.echo(f"Mail to the office is taken in at {mail}", err=True)
            click.echo(f"Ready: {system.url}  (Ctrl-C stops it)", err=True)
            return await _until_done(system, server, serving, demo, leave)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        raise click.ClickException(f"Port {port} is taken. Choose another with --port.") from None


async def _until_done(
    system: System, server: uvicorn.Server, serving: asyncio.Task[None], demo: bool, leave: bool
) -> int:
    feeding = asyncio.create_task(demonstration.run(system)) if demo else None
    try:
        if feeding and leave:
            await asyncio.wait({feeding, serving}, return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            return feeding.result() if feeding.done() else 1
        return 0
    finally:
        await serving
        if feeding:
            feeding.cancel()


async def _serve(server: uvicorn.Server, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    await server._serve([listening])  # serve() would put its own signal handlers in place of these


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    quieten()


def _say(step: str) -> None:
    click.echo(f"  {step}", err=True)
