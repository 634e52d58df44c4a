"""A TCP proxy that misbehaves on request, and a Kafka that each service reaches through its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from complaints_local.kafka import KafkaBroker
from complaints_local.ports import HOST, free_port

CHUNK = 65_536


class Way(Enum):
    """What becomes of the bytes."""

    PASS = auto()
    CUT = auto()
    """Connections are reset, new ones at once."""
    HANG = auto()
    """Nothing moves; what was sent meanwhile arrives when it passes again."""
    MUTE = auto()
    """The server's answers are lost, and with them the connection when it passes again."""


class Proxy:
    """Listens at `port` for clients of the server at `target`."""

    def __init__(self, target: int | None = None) -> None:
        self.port = free_port()
        self.target = target
        self.latency = 0.0
        """Seconds that each piece waits on its way to the client."""
        self.reset_after: int | None = None
        """Connections are reset once the server has said so many bytes."""
        self._way = Way.PASS
        self._moves = asyncio.Event()
        self._moves.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._lossy: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def stop(self) -> None:
        self._server.close()
        self.set(Way.CUT)
        await self._server.wait_closed()

    def set(self, way: Way) -> None:
        """From now on."""
        for writer in self._open if way is Way.CUT else self._lossy:
            writer.transport.abort()
        self._lossy.clear()
        self._way = way
        (self._moves.clear if way is Way.HANG else self._moves.set)()

    def heal(self) -> None:
        self.latency, self.reset_after = 0.0, None
        self.set(Way.PASS)

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._open.add(client)
        try:
            if self._way is Way.CUT:
                client.transport.abort()
                return
            await self._moves.wait()
            with suppress(OSError):
                server_reader, server = await asyncio.open_connection(HOST, self.target)
                self._open.add(server)
                try:
                    await asyncio.gather(
                        self._carry(reader, server), self._answer(server_reader, client)
                    )
                finally:
                    self._open.discard(server)
                    server.transport.abort()
        finally:
            self._open.discard(client)
            self._lossy.discard(client)
            client.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            await self._moves.wait()
            server.write(data)
            await server.drain()
        server.write_eof()

    async def _answer(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        said = 0
        while data := await reader.read(CHUNK):
            await self._moves.wait()
            if self._way is Way.MUTE:
                self._lossy.add(client)
                continue
            if self.latency:
                await asyncio.sleep(self.latency)
            said += len(data)
            if self.reset_after is not None and said > self.reset_after:
                raise ConnectionResetError
            client.write(data)
            await client.drain()
        client.write_eof()


class ProxiedKafka(KafkaBroker):
    """A broker with a listener for each of `names`, advertised at that name's proxy.

    Whoever uses `bootstrap` goes past all of them.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        super().__init__(folder)
        self.proxies = {name: Proxy(free_port()) for name in names}

    def _configure(self) -> None:
        super()._configure()
        plain, controller = self._ports()
        listen, advertised = {"PLAINTEXT": plain}, {"PLAINTEXT": plain}
        for name, proxy in self.proxies.items():
            assert proxy.target
            listen[name.upper()], advertised[name.upper()] = proxy.target, proxy.port
        protocols = ",".join(f"{name}:PLAINTEXT" for name in (*listen, "CONTROLLER"))
        with self._settings.open("a", encoding="utf-8") as file:  # the last of a name counts
            file.write(f"listeners={_at(listen | {'CONTROLLER': controller})}\n")
            file.write(f"advertised.listeners={_at(advertised)}\n")
            file.write(f"listener.security.protocol.map={protocols}\n")


def _at(ports: Mapping[str, int]) -> str:
    return ",".join(f"{name}://{HOST}:{port}" for name, port in ports.items())
