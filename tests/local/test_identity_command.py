"""`complaints-local identity` as a process, behind a proxy that serves it below a path."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from up import PROGRAM

from complaints_chassis.auth import Provider, principal_of, verify
from complaints_chassis.web import Role
from complaints_local.deployment import Deployment
from complaints_local.identity import AUDIENCE
from complaints_local.ports import free_port
from complaints_local.target import SERVICES


class Proxy(ThreadingHTTPServer):
    """Passes what is below /identity on, without that."""

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Hop)
        self.behind = f"http://127.0.0.1:{behind}"
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Hop(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        before, _, rest = self.path.partition("/identity/")
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            answer = httpx.request(
                self.command,
                f"{self.server.behind}/{rest}",
                content=sent,
                headers=dict(self.headers),
            )
        except httpx.ConnectError:
            answer = httpx.Response(502)
        self.send_response(404 if before else answer.status_code)
        for name in ("content-type", "location", "set-cookie"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy(behind=free_port()) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def browser(proxy: Proxy, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """On the proxy, once the identity page answers behind it."""
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        "identity",
        *("--issuer", f"{proxy.url}/identity"),
        *("--folder", str(tmp_path / "identity")),
        *("--port", proxy.behind.rpartition(":")[2]),
    )
    try:
        async with httpx.AsyncClient(base_url=proxy.url) as client:
            async with asyncio.timeout(30):
                while (await client.get("/identity/keys")).status_code == 502:
                    await asyncio.sleep(0.1)
            yield client
    finally:
        process.terminate()
        assert await process.wait() == 0


async def test_its_addresses_are_those_of_the_proxy(
    proxy: Proxy, browser: httpx.AsyncClient
) -> None:
    found = (await browser.get("/identity/.well-known/openid-configuration")).json()
    issuer = f"{proxy.url}/identity"
    assert found["issuer"] == issuer
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        assert found[name].startswith(f"{issuer}/"), name
    assert (await browser.get(found["jwks_uri"])).json()["keys"]
    page = await browser.get("/identity/")
    assert "Who are you today?" in page.text
    local = re.findall(r'(?:href|src)="(/[^"]*)"', page.text)
    assert local
    for address in set(local):
        assert (await browser.get(address)).status_code == 200, address


async def test_the_token_of_a_full_flow_is_what_a_service_accepts(
    proxy: Proxy, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    deployment = Deployment(browser, proxy.url, "", ("", 0), "", tmp_path / "demo.json")
    header = await deployment.as_staff(Role.TEAM_LEADER)
    claims = await verify(
        header["Authorization"].removeprefix("Bearer "),
        Provider(f"{proxy.url}/identity", lambda: datetime.now(UTC)),
        audience=AUDIENCE,
        now=datetime.now(UTC),
        types=frozenset({"at+jwt"}),
    )
    assert claims["iss"] == f"{proxy.url}/identity"
    assert Role.TEAM_LEADER in principal_of(claims).roles


async def test_it_sends_browsers_back_to_the_five_services_beside_it_and_to_nobody_else(
    proxy: Proxy, browser: httpx.AsyncClient
) -> None:
    asked = {
        "response_type": "code",
        "client_id": "complaints",
        "state": "s",
        "nonce": "n",
        "code_challenge": "c",
        "code_challenge_method": "S256",
    }
    for service in (*SERVICES, "elsewhere"):
        back = f"{proxy.url}/{service}/signed-in"
        answer = await browser.get("/identity/authorize", params={**asked, "redirect_uri": back})
        assert answer.status_code == (400 if service == "elsewhere" else 200), service
