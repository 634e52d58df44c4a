"""Sign-in from end to end: a service and the identity page, as a browser meets them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI, Request, Response
from httpx import ASGITransport, AsyncClient
from httpx import Response as Answer

from complaints_chassis.auth import Client
from complaints_chassis.web import Problem, Role, Site, check_rights, install_web, render, requires
from complaints_chassis.web.sign_in import install_auth
from complaints_local.identity import Person, create_identity, signing_key

ORIGIN = "http://test"
ISSUER = f"{ORIGIN}/identity"
PAGE = {"Accept": "text/html"}
STAFF = (
    Person("maya", "Maya Thornbury", (Role.ADVISER,)),
    Person("idris", "Idris Penhallow", (Role.TEAM_LEADER, Role.ADVISER)),
    Person("wren", "Wren Castleford", ()),
)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def everything(tmp_path: Path, clock: Clock) -> FastAPI:
    """A service and the identity page, mounted side by side as `local` does."""
    outer = FastAPI()
    identity = create_identity(
        STAFF,
        issuer=ISSUER,
        redirect_uris={f"{ORIGIN}/cases/signed-in"},
        folder=tmp_path,
        now=clock,
    )
    check_rights(identity)
    service = FastAPI()
    site = Site(
        name="casework",
        office="Office of the Commissioner for Nether Wold",
        title="Cases",
        home="work",
        help="Telephone 01632 960123 if you need help.",
        privacy=None,
    )
    install_web(service, site, secret=b"s" * 32)
    client = Client(issuer=ISSUER, client_id="complaints", public_url=f"{ORIGIN}/cases")
    install_auth(service, client, secret=b"s" * 32, now=clock, transport=ASGITransport(outer))

    @service.get("/work", dependencies=[requires(Role.ADVISER)])
    async def work(request: Request, page: int = 1) -> Response:
        return render(request, "error.html", problem=Problem(404), layout="layouts/staff.html")

    check_rights(service)
    outer.mount("/identity", identity)
    outer.mount("/cases", service)
    return outer


@pytest.fixture
async def browser(everything: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(everything), base_url=ORIGIN) as client:
        client.headers.update(PAGE)
        yield client


def link_for(page: Answer, name: str) -> str:
    """The address behind `Sign in` for `name`."""
    found = re.search(rf'href="(\S+)">Sign in<span[^>]*> as {name}', page.text)
    assert found
    return str(page.url.join(unescape(found[1])))


async def pick(browser: AsyncClient, name: str) -> Answer:
    """Ask for a page, pick `name`, and come back with a code not yet taken to the service."""
    list_of_people = await browser.get("/cases/work?page=2", follow_redirects=True)
    assert list_of_people.url.path == "/identity/authorize"
    return await browser.get(link_for(list_of_people, name))


async def sign_in(browser: AsyncClient, name: str) -> Answer:
    picked = await pick(browser, name)
    return await browser.get(picked.headers["location"], follow_redirects=True)


async def test_a_browser_comes_back_signed_in_to_the_page_it_asked_for(
    browser: AsyncClient,
) -> None:
    page = await sign_in(browser, "Maya Thornbury")
    assert page.status_code == 200
    assert (page.url.path, page.url.query) == ("/cases/work", b"page=2")
    assert (await browser.get("/cases/work")).status_code == 200


async def test_a_second_service_does_not_ask_again_who_it_is(browser: AsyncClient) -> None:
    await sign_in(browser, "Maya Thornbury")
    browser.cookies.delete("casework-session")
    page = await browser.get("/cases/work", follow_redirects=True)
    assert page.url.path == "/cases/work"


async def test_a_person_without_a_role_is_told_whom_to_ask(browser: AsyncClient) -> None:
    page = await sign_in(browser, "Wren Castleford")
    assert page.status_code == 403
    assert "has no role" in page.text


async def test_a_session_ends_after_an_hour(browser: AsyncClient, clock: Clock) -> None:
    await sign_in(browser, "Maya Thornbury")
    clock.time += timedelta(minutes=59)
    assert (await browser.get("/cases/work")).status_code == 200
    clock.time += timedelta(minutes=1)
    assert (await browser.get("/cases/work")).status_code == 303


async def test_signing_out_ends_the_session_and_shows_how_to_end_the_providers_too(
    browser: AsyncClient,
) -> None:
    page = await sign_in(browser, "Maya Thornbury")
    assert (await browser.post("/cases/sign-out")).status_code == 403
    token = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert token
    form = {"csrf_token": token[1]}
    goodbye = await browser.post("/cases/sign-out", data=form, follow_redirects=True)
    assert "You have signed out" in goodbye.text
    assert f'href="{ISSUER}/end"' in goodbye.text
    assert (await browser.get("/cases/work")).status_code == 303
    await browser.get("/identity/end")
    asked_again = await browser.get("/cases/work", follow_redirects=True)
    assert asked_again.url.path == "/identity/authorize"


async def test_a_code_is_good_once(browser: AsyncClient) -> None:
    picked = await pick(browser, "Maya Thornbury")
    before = dict(browser.cookies)
    assert (await browser.get(picked.headers["location"])).status_code == 303
    browser.cookies.update(before)
    again = await browser.get(picked.headers["location"])
    assert again.status_code == 401
    assert "does not confirm it" in again.text


async def test_a_code_is_good_for_a_minute(browser: AsyncClient, clock: Clock) -> None:
    picked = await pick(browser, "Maya Thornbury")
    clock.time += timedelta(minutes=1)
    assert (await browser.get(picked.headers["location"])).status_code == 401


async def test_a_code_is_no_good_in_another_browser(
    browser: AsyncClient, everything: FastAPI
) -> None:
    picked = await pick(browser, "Maya Thornbury")
    async with AsyncClient(transport=ASGITransport(everything), base_url=ORIGIN) as other:
        other.headers.update(PAGE)
        assert (await other.get(picked.headers["location"])).status_code == 401
        await pick(other, "Idris Penhallow")
        assert (await other.get(picked.headers["location"])).status_code == 401


async def test_a_code_needs_the_verifier_of_whoever_asked(browser: AsyncClient) -> None:
    picked = await pick(browser, "Maya Thornbury")
    code = parse_qs(urlsplit(picked.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{ORIGIN}/cases/signed-in",
        "client_id": "complaints",
        "code_verifier": "guessed",
    }
    answer = await browser.post("/identity/token", data=form)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_browser_is_never_sent_to_an_address_that_is_not_ours(
    browser: AsyncClient,
) -> None:
    asked = await browser.get("/cases/work")
    address = asked.headers["location"].replace("cases%2Fsigned-in", "evil")
    refused = await browser.get(f"{address}&person=maya")
    assert refused.status_code == 400
    assert "location" not in refused.headers


async def test_the_page_says_that_everybody_is_made_up(browser: AsyncClient) -> None:
    page = (await browser.get("/cases/work", follow_redirects=True)).text
    assert "Everybody here is made up" in page
    assert "Team leader, adviser" in page


async def test_an_access_token_opens_the_api(everything: FastAPI, browser: AsyncClient) -> None:
    identity = next(
        route for route in everything.routes if getattr(route, "path", "") == "/identity"
    )
    token = identity.app.state.identity.access_token(STAFF[0])  # type: ignore[attr-defined]
    answer = await browser.get("/cases/work", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_the_key_is_kept_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = signing_key(tmp_path / "identity")
    second = signing_key(tmp_path / "identity")
    assert first.kid == second.kid
    assert (tmp_path / "identity" / "identity-key.pem").stat().st_mode & 0o777 == 0o600
