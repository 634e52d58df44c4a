"""Pages, errors, headers, forms and limits, on an application mounted below a path."""

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated

import pytest
from fastapi import APIRouter, FastAPI, Form, Request, Response
from httpx import ASGITransport, AsyncClient
from jinja2 import UndefinedError
from markupsafe import Markup
from pydantic import BaseModel, field_validator
from starlette import formparsers

from complaints_chassis.errors import Conflict, KeyReused, Refused, Stale, TooLarge, Transient
from complaints_chassis.files import FileStore
from complaints_chassis.web import (
    Link,
    Principal,
    Problem,
    Role,
    Site,
    attachment,
    check_rights,
    csrf_checked,
    install_web,
    public,
    redirect,
    render,
    requires,
    rights,
)
from complaints_chassis.web.body import READ_OFF
from complaints_chassis.web.templating import environment

PAGE = {"Accept": "text/html"}
CANARY = "Quillon Farrowdale"
MAX_BODY = 10_000


class Story(BaseModel):
    words: str
    year: int
    kind: str = ""

    @field_validator("kind")
    @classmethod
    def _small(cls, kind: str) -> str:
        if not kind.islower() and kind:
            raise ValueError("write it in small letters")
        return kind


class SignedIn:
    """Stands for sign-in: the header `who` names the roles."""

    async def principal(self, request: Request) -> Principal:
        if "who" not in request.headers:
            raise Problem(401)
        roles = frozenset(Role(role) for role in request.headers["who"].split())
        return Principal("p1", "Maya Thornbury", roles)


routes = APIRouter()


@routes.get("/", dependencies=[public])
async def home(request: Request) -> Response:
    return render(request, "error.html", problem=Problem(404), layout="layouts/public.html")


@routes.get("/work", dependencies=[requires(Role.ADVISER)])
async def work(request: Request) -> Response:
    return render(request, "error.html", problem=Problem(404), layout="layouts/staff.html")


@routes.get("/operations", dependencies=[requires(Role.OPERATIONS)])
async def operations() -> None: ...


@routes.post("/work", dependencies=[requires(Role.ADVISER)])
async def do_work(request: Request) -> Response:
    return redirect(request, "work")


@routes.post("/sign-out", dependencies=[public], name="sign_out")
async def sign_out() -> None: ...


@routes.post("/send", dependencies=[public, csrf_checked])
async def send(request: Request, words: Annotated[str, Form()]) -> Response:
    return redirect(request, "home")


@routes.post("/read", dependencies=[public, csrf_checked])
async def read(request: Request) -> None:
    await request.form()
    raise Problem(404)


@routes.post("/story", dependencies=[public])
async def story(story: Story) -> Story:
    return story


@routes.get("/stories/{number}", dependencies=[public])
async def numbered(number: int) -> int:
    return number


@routes.get("/files/{how}", dependencies=[public])
async def files(how: str, folder: Path) -> None:
    store = FileStore(folder)
    if how == "put":
        store.put(b"words")
    else:
        store.read("0" * 64)


@routes.post("/raw", dependencies=[public])
async def raw(request: Request) -> int:
    return len(await request.body())


@routes.get("/letter", dependencies=[public])
async def letter() -> Response:
    return attachment(b"<script>alert(1)</script>", "ph-7k2m-letter-2.html")


FAILURES: dict[str, Exception] = {
    "bug": RuntimeError(f"no such person: {CANARY}"),
    "away": ConnectionRefusedError(CANARY),
    "transient": Transient(CANARY),
    "conflict": Conflict(CANARY),
    "refused": Refused("R12", "A withdrawn complaint is not reopened."),
    "stale": Stale(["case.closed"]),
    "reused": KeyReused(),
    "long": TooLarge(CANARY),
}


@routes.get("/fail/{how}", dependencies=[public])
async def fail(how: str) -> None:
    raise FAILURES[how]


@pytest.fixture
def service() -> FastAPI:
    app = FastAPI()
    site = Site(
        name="intake",
        office="Office of the Commissioner for Nether Wold",
        title="Complain about the police",
        home="home",
        help="Telephone 01632 960123 if you need help.",
        privacy="/privacy",
        navigation=(Link("My work", "work"), Link("Held records", "operations")),
    )
    install_web(app, site, secret=b"s" * 32, max_body=MAX_BODY)
    app.state.auth = SignedIn()
    app.include_router(routes)
    return app


@pytest.fixture
async def browser(service: FastAPI) -> AsyncIterator[AsyncClient]:
    outer = FastAPI()
    outer.mount("/intake", service)
    async with AsyncClient(transport=ASGITransport(outer), base_url="http://test") as client:
        yield client


def field(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


async def form_of(browser: AsyncClient) -> str:
    return field((await browser.get("/intake/work", headers={"who": "adviser"})).text)


async def test_links_and_files_are_below_the_path_where_the_service_is_mounted(
    browser: AsyncClient,
) -> None:
    page = (await browser.get("/intake/")).text
    addresses = re.findall(r'(?:href|src|from) ?="?([^"#]\S*?)"', page)
    assert "/intake/" in addresses
    assert all(address.startswith(("/intake/", "/privacy")) for address in addresses), addresses


async def test_an_error_below_the_static_files_still_knows_the_services_path(
    browser: AsyncClient,
) -> None:
    page = await browser.get("/intake/static/nothing.css", headers=PAGE)
    assert page.status_code == 404
    assert 'href="/intake/"' in page.text


async def test_a_proxy_may_give_the_path_instead(service: FastAPI) -> None:
    transport = ASGITransport(service, root_path="/complaints")
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        assert 'href="/complaints/"' in (await client.get("/complaints/")).text


async def test_a_host_header_has_no_say_in_links(browser: AsyncClient) -> None:
    page = await browser.get("/intake/", headers={"Host": "evil.example"})
    assert "evil.example" not in page.text


async def test_a_versioned_file_is_kept_and_another_is_asked_for_again(
    browser: AsyncClient,
) -> None:
    kept = await browser.get("/intake/static/favicon.svg?v=1")
    asked = await browser.get("/intake/static/favicon.svg")
    assert "immutable" in kept.headers["cache-control"]
    assert asked.headers["cache-control"] == "no-cache"


async def test_every_answer_carries_the_security_headers(browser: AsyncClient) -> None:
    for path in ("/intake/", "/intake/nothing", "/intake/fail/bug", "/intake/static/favicon.svg"):
        headers = (await browser.get(path, headers=PAGE)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_pages_are_stored_nowhere_and_their_scripts_carry_this_answers_nonce(
    browser: AsyncClient,
) -> None:
    first, second = [await browser.get("/intake/") for _ in range(2)]
    assert first.headers["cache-control"] == "no-store"
    nonces = set(re.findall(r'nonce="([^"]+)"', first.text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in first.headers["content-security-policy"]
    assert first.headers["content-security-policy"] != second.headers["content-security-policy"]
    assert len(re.findall("<script", first.text)) == len(
        re.findall("<script[^>]* nonce=", first.text)
    )


async def test_a_download_is_sandboxed_and_never_shown(browser: AsyncClient) -> None:
    headers = (await browser.get("/intake/letter")).headers
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["content-disposition"] == 'attachment; filename="ph-7k2m-letter-2.html"'
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ['a".pdf', "a\r\nSet-Cookie: x", "../a", "A.pdf", "", "a.p.d"])
def test_a_downloads_name_that_a_person_chose_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="generated"):
        attachment(b"", name)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/work", 401),
        ("/fail/bug", 500),
        ("/fail/away", 503),
        ("/fail/transient", 503),
        ("/fail/conflict", 409),
        ("/fail/refused", 409),
        ("/fail/stale", 409),
        ("/fail/reused", 409),
        ("/fail/long", 413),
    ],
)
async def test_an_error_is_a_page_for_people_and_a_problem_for_programs(
    browser: AsyncClient, path: str, status: int
) -> None:
    page = await browser.get(f"/intake{path}", headers=PAGE)
    problem = await browser.get(f"/intake{path}")
    assert (page.status_code, problem.status_code) == (status, status)
    assert problem.headers["content-type"] == "application/problem+json"
    told = problem.json()
    assert told["status"] == status
    assert told["detail"]
    assert told["action"]
    assert Markup.escape(told["detail"]) in page.text
    assert Markup.escape(told["action"]) in page.text
    assert CANARY not in page.text + problem.text
    assert "Traceback" not in page.text + problem.text


async def test_a_refusal_names_its_rule(browser: AsyncClient) -> None:
    told = (await browser.get("/intake/fail/refused")).json()
    assert told["rule"] == "R12"
    assert told["detail"] == "A withdrawn complaint is not reopened."
    assert (await browser.get("/intake/fail/stale")).json()["events"] == ["case.closed"]


async def test_what_is_too_long_to_keep_is_told_how_to_be_sent(browser: AsyncClient) -> None:
    told = (await browser.get("/intake/fail/long")).json()
    assert told["detail"] == "What you sent is too long to keep in one piece. Nothing was saved."
    assert "Shorten it, or attach" in told["action"]
    assert "fault" not in told


async def test_the_log_of_a_failure_has_the_number_that_the_page_shows(
    browser: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        fault = (await browser.get("/intake/fail/bug")).json()["fault"]
    assert f"fault {fault}" in caplog.records[-1].getMessage()
    assert CANARY not in caplog.records[-1].getMessage()


async def test_an_invalid_request_is_explained_without_what_was_sent(browser: AsyncClient) -> None:
    answer = await browser.post("/intake/story", json={"words": {"name": CANARY}, "year": CANARY})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json()["errors"]} == {"#/words", "#/year"}
    assert CANARY not in answer.text
    page = await browser.post("/intake/story", json={"words": CANARY}, headers=PAGE)
    assert page.status_code == 422
    assert "year: is missing" in page.text
    assert CANARY not in page.text


async def test_what_is_wrong_is_said_in_plain_words(browser: AsyncClient) -> None:
    answer = await browser.post("/intake/story", json={"words": 7, "year": CANARY, "kind": CANARY})
    assert {error["pointer"]: error["detail"] for error in answer.json()["errors"]} == {
        "#/words": "should be text",
        "#/year": "should be a whole number",
        "#/kind": "write it in small letters",
    }


async def test_an_address_that_cannot_be_read_is_not_found(browser: AsyncClient) -> None:
    assert (await browser.get("/intake/stories/abc")).status_code == 404
    assert (await browser.get("/intake/stories/abc", headers=PAGE)).status_code == 404
    assert (await browser.get("/intake/stories/7")).json() == 7


async def test_a_body_that_is_no_json_is_explained_without_what_was_sent(
    browser: AsyncClient,
) -> None:
    answer = await browser.post(
        "/intake/story",
        content=f'{{"words": "{CANARY}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["pointer"], error["detail"]) == ("#/", "stops being JSON at character 11")
    assert CANARY not in answer.text


async def test_a_body_that_is_no_utf_8_is_explained(browser: AsyncClient) -> None:
    answer = await browser.post(
        "/intake/story",
        content='{"words": "é", "year": 1}'.encode("latin-1"),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["detail"] == "This is not JSON in UTF-8. Nothing was saved."
    assert "Encode the body" in answer.json()["action"]


async def test_a_form_that_is_damaged_is_explained_in_our_words(browser: AsyncClient) -> None:
    answer = await browser.post(
        "/intake/send", content=b"x", headers=PAGE | {"content-type": "multipart/form-data"}
    )
    assert answer.status_code == 400
    assert "boundary" not in answer.text
    assert "Go back and try again." in answer.text


async def test_a_files_store_that_is_away_is_answered_with_when_to_come_back(
    browser: AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "files").write_bytes(b"a file where the folder should be")
    for how in ("put", "read"):
        answer = await browser.get(f"/intake/files/{how}?folder={tmp_path}/files")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert str(tmp_path) not in answer.text


async def test_a_form_of_ours_is_taken(browser: AsyncClient) -> None:
    token = await form_of(browser)
    answer = await browser.post("/intake/send", data={"csrf_token": token, "words": "x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake/")


async def test_a_form_without_its_token_is_refused_with_what_to_do(browser: AsyncClient) -> None:
    await form_of(browser)
    answer = await browser.post("/intake/send", data={"words": "x"}, headers=PAGE)
    assert answer.status_code == 403
    assert "load the form again" in answer.text


async def test_a_form_with_another_browsers_token_is_refused(
    browser: AsyncClient, service: FastAPI
) -> None:
    token = await form_of(browser)
    browser.cookies.clear()
    assert await form_of(browser) != token
    answer = await browser.post("/intake/send", data={"csrf_token": token, "words": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "../"])
async def test_a_form_with_a_made_up_token_is_refused(browser: AsyncClient, token: str) -> None:
    await form_of(browser)
    answer = await browser.post("/intake/send", data={"csrf_token": token, "words": "x"})
    assert answer.status_code == 403


async def test_a_form_without_its_cookie_is_refused(browser: AsyncClient) -> None:
    token = await form_of(browser)
    browser.cookies.clear()
    answer = await browser.post("/intake/send", data={"csrf_token": token, "words": "x"})
    assert answer.status_code == 403


class Spooled:
    """Every temporary file that uploads were put into."""

    def __init__(self) -> None:
        self.files: list[IO[bytes]] = []

    def __call__(self, max_size: int) -> IO[bytes]:
        self.files.append(SpooledTemporaryFile(max_size))  # noqa: SIM115
        return self.files[-1]


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [("send", "wrong", 403), ("work", "wrong", 403), ("read", "wrong", 403), ("read", "ours", 404)],
)
async def test_an_upload_is_closed_with_its_request_also_where_the_form_is_refused(
    browser: AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str, token: str, status: int
) -> None:
    spooled = Spooled()
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", spooled)
    token = await form_of(browser) if token == "ours" else token
    answer = await browser.post(
        f"/intake/{path}",
        data={"csrf_token": token, "words": "x"},
        files={"photo": ("photo.jpg", b"\xff\xd8" * 1000)},
        headers={"who": "adviser"},
    )
    assert answer.status_code == status
    assert [file.closed for file in spooled.files] == [True]


async def test_a_route_for_staff_checks_a_browsers_form_without_being_told(
    browser: AsyncClient,
) -> None:
    who = {"who": "adviser"}
    assert (await browser.post("/intake/work", headers=who)).status_code == 403
    token = await form_of(browser)
    answer = await browser.post("/intake/work", data={"csrf_token": token}, headers=who)
    assert answer.status_code == 303


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_cookies_are_for_this_host_and_not_for_scripts(service: FastAPI, scheme: str) -> None:
    async with AsyncClient(transport=ASGITransport(service), base_url=f"{scheme}://test") as client:
        cookie = (await client.get("/work", headers={"who": "adviser"})).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert cookie.startswith("__Host-intake-form=" if scheme == "https" else "intake-form=")
    assert ("Secure" in cookie) == (scheme == "https")


async def test_a_body_at_the_limit_is_taken(browser: AsyncClient) -> None:
    answer = await browser.post("/intake/raw", content=b"x" * MAX_BODY)
    assert answer.json() == MAX_BODY


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("path", ["/raw", "/send"])
async def test_a_body_over_the_limit_is_refused_and_not_read_to_its_end(
    browser: AsyncClient, path: str, announced: bool
) -> None:
    given = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1000):
            given += 1000
            yield b"x" * 1000

    headers = PAGE | {"content-type": "application/x-www-form-urlencoded"}
    if announced:
        headers["content-length"] = "1000000"
    answer = await browser.post(f"/intake{path}", content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert "the most this service accepts" in answer.text
    assert given <= READ_OFF * MAX_BODY + 2000


async def test_the_navigation_shows_what_the_role_may_open(browser: AsyncClient) -> None:
    adviser = (await browser.get("/intake/work", headers={"who": "adviser"})).text
    both = (await browser.get("/intake/work", headers={"who": "adviser operations"})).text
    assert "My work" in adviser
    assert "Held records" not in adviser
    assert "Held records" in both
    assert "Maya Thornbury" in adviser
    assert "Adviser, operations" in both


async def test_a_role_without_the_right_is_refused(browser: AsyncClient) -> None:
    answer = await browser.get("/intake/operations", headers={"who": "adviser"})
    assert answer.status_code == 403


def test_every_route_is_listed_with_its_right(service: FastAPI) -> None:
    check_rights(service)
    listed = {(line.method, line.path): line.right for line in rights(service)}
    assert listed["GET", "/work"] == "adviser"
    assert listed["GET", "/operations"] == "operations"
    assert listed["POST", "/send"] == "public"
    assert listed["*", "/static"] == "public"


async def test_the_api_is_described_without_files_from_elsewhere(browser: AsyncClient) -> None:
    page = (await browser.get("/intake/docs")).text
    assert "/intake/openapi.json" in page
    assert "https://" not in page
    assert (await browser.get("/intake/openapi.json")).status_code == 200
    assert (await browser.get("/intake/redoc")).status_code == 404


def silent_route(app: FastAPI) -> None:
    app.add_api_route("/silent", lambda: None)


def silent_included_route(app: FastAPI) -> None:
    router = APIRouter()
    router.add_api_route("/silent", lambda: None)
    app.include_router(router)


def silent_mount(app: FastAPI) -> None:
    app.mount("/silent", FastAPI())


def silent_websocket(app: FastAPI) -> None:
    app.add_api_websocket_route("/silent", lambda: None)


@pytest.mark.parametrize(
    "silent", [silent_route, silent_included_route, silent_mount, silent_websocket]
)
def test_a_route_without_a_right_stops_the_start(service: FastAPI, silent: object) -> None:
    assert callable(silent)
    silent(service)
    with pytest.raises(RuntimeError, match="/silent"):
        check_rights(service)


async def test_a_name_that_a_page_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ forgotten }}").render()


@pytest.mark.parametrize(
    "component",
    [
        '{{ govukTable({"rows": [[{"html": words}]]}) }}',
        '{{ govukInsetText({"html": words}) }}',
        '{{ govukSummaryList({"rows": [{"key": {"html": words}, "value": {"html": words}}]}) }}',
        '{{ govukErrorSummary({"titleHtml": words, "errorList": [{"html": words}]}) }}',
        '{{ govukInsetText({"text": words}) }}',
        "{{ words }}",
    ],
)
def test_a_complaints_text_cannot_run_even_where_a_component_takes_markup(component: str) -> None:
    page = environment().from_string(component).render(words="<script>alert(1)</script>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_markup_of_our_own_reaches_a_component_unharmed() -> None:
    template = environment().from_string(
        '{{ govukInsetText({"html": govukTag({"text": "<New>"})}) }}'
    )
    assert '<strong class="govuk-tag">' in template.render()
    assert "&lt;New&gt;" in template.render()


@pytest.fixture
def built() -> Path:
    import complaints_chassis.web as web

    folder = Path(web.__file__).parent / "static" / "govuk"
    if not (folder / "stamp").exists():
        pytest.skip("scripts/assets has not run")
    return folder


def test_the_built_style_has_no_typeface_of_its_own(built: Path) -> None:
    style = (built / "complaints.css").read_text()
    assert "GDS Transport" not in style
    assert "@font-face" not in style
    assert "font-family:Arial" in style


async def test_no_page_shows_a_crown_or_the_gov_uk_logo(browser: AsyncClient) -> None:
    for path in ("/intake/", "/intake/work"):
        page = (await browser.get(path, headers={"who": "adviser"})).text.lower()
        assert "crown" not in page
        assert "gov.uk" not in page
