"""`complaints-local`: the whole system on this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

import click
import uvicorn

from complaints_chassis.telemetry import JsonLines, quieten
from complaints_local import demo as demonstration
from complaints_local.broker import Broker, MemoryBroker
from complaints_local.data import DataFolder
from complaints_local.system import System, start


@click.group(help="The whole complaints system on this machine, with made-up people only.")
def main() -> None:
    pass


@main.command()
@click.option(
    "--broker",
    type=click.Choice(["memory"]),
    default="memory",
    show_default=True,
    help="Which Kafka: in memory.",
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
def up(broker: str, data: Path, port: int, demo: bool, leave: bool) -> None:
    """Start everything; Ctrl-C stops it, and the next start finds its data again."""
    if leave and not demo:
        raise click.UsageError("--exit goes with --demo.")
    try:
        sys.exit(asyncio.run(_up(MemoryBroker(), data, port, demo, leave)))
    except BlockingIOError as error:
        raise click.ClickException(str(error)) from None


async def _up(broker: Broker, data: Path, port: int, demo: bool, leave: bool) -> int:
    with DataFolder(data) as folder:
        _log_to(folder.path / "log.jsonl")
        async with start(folder, port, broker, durable=False, say=_say) as system:
            server = uvicorn.Server(
                uvicorn.Config(
                    system.app,
                    port=port,
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                    timeout_graceful_shutdown=5,
                )
            )
            serving = asyncio.create_task(_serve(server))
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            if serving.done():
                raise click.ClickException(f"Port {port} is taken. Choose another with --port.")
            click.echo(f"Ready: {system.url}  (Ctrl-C stops it)", err=True)
            return await _until_done(system, server, serving, demo, leave)


async def _until_done(
    system: System, server: uvicorn.Server, serving: asyncio.Task[None], demo: bool, leave: bool
) -> int:
    result = 0
    feeding = asyncio.create_task(demonstration.run(system)) if demo else None
    if feeding and leave:
        await asyncio.wait({feeding, serving}, return_when=asyncio.FIRST_COMPLETED)
        result = feeding.result() if feeding.done() else 1
        server.should_exit = True
    await serving
    if feeding and not feeding.done():
        feeding.cancel()
    return result


async def _serve(server: uvicorn.Server) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    await server._serve()  # serve() would put its own signal handlers in place of these


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    quieten()


def _say(step: str) -> None:
    click.echo(f"  {step}", err=True)
