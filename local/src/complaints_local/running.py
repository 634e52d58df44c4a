"""Runs the system that `system` starts behind a web server, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from pathlib import Path
from typing import Literal

import click
import uvicorn

from complaints_chassis.telemetry import JsonLines, quieten
from complaints_local import demo as demonstration
from complaints_local.broker import MemoryBroker
from complaints_local.data import DataFolder
from complaints_local.kafka import choose
from complaints_local.system import System, start


async def run(
    choice: Literal["memory", "kafka"], data: Path, port: int, demo: bool, leave: bool
) -> int:
    """Everything that `complaints-local up` does; the exit code.

    Raises:
        BlockingIOError: another running system holds the data.
        BrokerError: the broker does not start.
    """
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
            click.echo(f"Kafka is at {system.bootstrap}", err=True)
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
