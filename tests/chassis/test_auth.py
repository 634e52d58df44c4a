"""Tokens that prove something, and those that do not (S15)."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from complaints_chassis.auth import Client, Provider, TokenRefused, principal_of
from complaints_chassis.web import Problem, Role, Site, install_web, requires
from complaints_chassis.web.sign_in import install_auth

ISSUER = "https://identity.example"
AUDIENCE = "complaints-api"
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

RSA = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
EC = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
ENCRYPTION = RSAKey.generate_key(2048, {"use": "enc"}, auto_kid=True)
STRANGER = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class IdentityProvider:
    """An identity provider whose keys, addresses and mood a test decides."""

    def __init__(self) -> None:
        self.keys: list[Key] = [RSA, EC, ENCRYPTION]
        self.issuer = ISSUER
        self.answers = True
        self.asked_for_keys = 0
        self.transport = httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if not self.answers:
            raise httpx.ConnectError("refused")
        if request.url.path == "/.well-known/openid-configuration":
            paths = {"authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "keys"}
            addresses = {name: f"{ISSUER}/{path}" for name, path in paths.items()}
            return httpx.Response(200, json={"issuer": self.issuer, **addresses})
        assert request.url.path == "/keys"
        self.asked_for_keys += 1
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys]})


def claims(**changed: object) -> dict[str, object]:
    good: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "p-17",
        "name": "Maya Thornbury",
        "roles": ["adviser"],
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=15)).timestamp()),
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def seconds(delta: float) -> int:
    return int(NOW.timestamp() + delta)


def signed(
    key: Key = RSA, alg: str = "RS256", header: dict[str, object] | None = None, **changed: object
) -> str:
    head = {"alg": alg, "kid": key.kid, "typ": "at+jwt", **(header or {})}
    return jwt.encode(head, claims(**changed), key, algorithms=[alg])


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def by_hand(header: dict[str, object], key: bytes | None = None) -> str:
    """A token as an attacker would put it together, without a library that refuses to."""
    body = f"{encoded(header)}.{encoded(claims())}"
    mac = hmac.digest(key, body.encode(), sha256) if key is not None else b""
    return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def with_claims_of_another(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims(roles=['operations']))}.{signature}"


def with_flipped_signature(token: str) -> str:
    body, _, signature = token.rpartition(".")
    return f"{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


GOOD = {
    "RSA": lambda: signed(),
    "elliptic curve": lambda: signed(EC, "ES256"),
    "one audience of several": lambda: signed(aud=["other", AUDIENCE]),
    "expired within the leeway": lambda: signed(exp=seconds(-20)),
    "of type JWT": lambda: signed(header={"typ": "JWT"}),
}

BAD: dict[str, Callable[[], str]] = {
    "alg none": lambda: by_hand({"alg": "none", "kid": RSA.kid}),
    "alg None": lambda: by_hand({"alg": "None", "kid": RSA.kid}),
    "alg missing": lambda: by_hand({"kid": RSA.kid}),
    "HMAC with the public key's PEM": lambda: by_hand(
        {"alg": "HS256", "kid": RSA.kid}, RSA.as_pem(private=False)
    ),
    "HMAC with an empty key": lambda: by_hand({"alg": "HS256", "kid": RSA.kid}, b""),
    "RSA key called elliptic": lambda: by_hand({"alg": "ES256", "kid": RSA.kid}, b"x"),
    "algorithm not on the list": lambda: signed(alg="RS512"),
    "PSS, not on the list": lambda: signed(alg="PS256"),
    "key of a stranger": lambda: signed(STRANGER),
    "key of a stranger under a known id": lambda: signed(STRANGER, header={"kid": RSA.kid}),
    "key in the header": lambda: signed(STRANGER, header={"jwk": STRANGER.as_dict(private=False)}),
    "key address in the header": lambda: signed(STRANGER, header={"jku": "https://evil.example"}),
    "key for encryption": lambda: signed(
        RSAKey.import_key(ENCRYPTION.as_pem(private=True)), header={"kid": ENCRYPTION.kid}
    ),
    "key id missing": lambda: jwt.encode({"alg": "RS256"}, claims(), RSA),
    "key id a path": lambda: signed(header={"kid": "../../dev/null"}),
    "critical extension": lambda: by_hand(
        {"alg": "RS256", "kid": RSA.kid, "crit": ["exp"], "exp": 1}
    ),
    "type of a logout token": lambda: signed(header={"typ": "logout+jwt"}),
    "tampered claims": lambda: with_claims_of_another(signed()),
    "tampered signature": lambda: with_flipped_signature(signed()),
    "signature missing": lambda: signed().rpartition(".")[0] + ".",
    "two parts": lambda: signed().rpartition(".")[0],
    "four parts": lambda: signed() + ".x",
    "wrong issuer": lambda: signed(iss="https://evil.example"),
    "issuer with a slash": lambda: signed(iss=f"{ISSUER}/"),
    "issuer missing": lambda: signed(iss=None),
    "wrong audience": lambda: signed(aud="payroll"),
    "audience missing": lambda: signed(aud=None),
    "audience empty": lambda: signed(aud=[]),
    "expired": lambda: signed(exp=seconds(-31)),
    "expiry missing": lambda: signed(exp=None),
    "expiry not a number": lambda: signed(exp="tomorrow"),
    "not valid yet": lambda: signed(nbf=seconds(120)),
    "issued in the future": lambda: signed(iat=seconds(120)),
    "issue time missing": lambda: signed(iat=None),
    "subject missing": lambda: signed(sub=None),
    "subject a number": lambda: signed(sub=17),
    "roles a text": lambda: signed(roles="adviser"),
    "claims a list": lambda: f"{encoded({'alg': 'RS256', 'kid': RSA.kid})}.{encoded([1])}.x",
    "empty": lambda: "",
    "not a token": lambda: "let-me-in",
    "not text": lambda: "é.é.é",
    "enormous": lambda: "a" * 20_000,
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identity_provider() -> IdentityProvider:
    return IdentityProvider()


@pytest.fixture
def api(identity_provider: IdentityProvider, clock: Clock) -> AsyncClient:
    app = FastAPI()
    site = Site(
        name="casework",
        office="Office of the Commissioner for Nether Wold",
        title="Cases",
        home="cases",
        help="Telephone 01632 960123 if you need help.",
        privacy=None,
    )
    install_web(app, site, secret=b"s" * 32)
    client = Client(issuer=ISSUER, client_id="casework", public_url="http://test")
    install_auth(app, client, secret=b"s" * 32, now=clock, transport=identity_provider.transport)

    @app.get("/cases", dependencies=[requires(Role.ADVISER)])
    async def cases() -> str:
        return "yours"

    @app.post("/cases", dependencies=[requires(Role.ADVISER)])
    async def open_case() -> str:
        return "opened"

    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


def bearer(token: str) -> dict[bytes, bytes]:
    return {b"Authorization": b"Bearer " + token.encode("latin-1")}


@pytest.mark.parametrize("token", GOOD.values(), ids=GOOD)
async def test_a_good_token_is_accepted(api: AsyncClient, token: Callable[[], str]) -> None:
    assert (await api.get("/cases", headers=bearer(token()))).status_code == 200


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
async def test_a_bad_token_is_refused_in_words(api: AsyncClient, token: Callable[[], str]) -> None:
    answer = await api.get("/cases", headers=bearer(token()))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["action"]


async def test_an_expired_token_is_told_so(api: AsyncClient) -> None:
    answer = await api.get("/cases", headers=bearer(signed(exp=seconds(-3600))))
    assert "it has expired" in answer.json()["detail"]
    assert "Fetch a new access token" in answer.json()["action"]


@pytest.mark.parametrize("roles", [None, [], ["cleaner"], ["ADVISER"], ["operations"], [1, None]])
async def test_a_token_without_the_role_is_known_but_has_no_right(
    api: AsyncClient, roles: list[object] | None
) -> None:
    answer = await api.get("/cases", headers=bearer(signed(roles=roles)))
    assert answer.status_code == 403


async def test_a_program_without_a_token_is_told_to_bring_one(api: AsyncClient) -> None:
    answer = await api.get("/cases")
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["action"]


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer ", "token x"])
async def test_another_way_to_prove_oneself_is_refused(api: AsyncClient, header: str) -> None:
    assert (await api.get("/cases", headers={"Authorization": header})).status_code == 401


async def test_a_program_with_a_token_needs_no_form_token(api: AsyncClient) -> None:
    assert (await api.post("/cases", headers=bearer(signed()))).status_code == 200


async def test_a_session_cookie_made_elsewhere_is_refused(api: AsyncClient) -> None:
    person = {"sub": "p-17", "roles": ["adviser"], "aud": "casework-session", "exp": seconds(600)}
    for key in (b"s" * 32, b"t" * 32, hmac.digest(b"t" * 32, b"cookies", "sha256")):
        api.cookies.set(
            "casework-session", jwt.encode({"alg": "HS256"}, person, OctKey.import_key(key))
        )
        assert (await api.get("/cases")).status_code == 401


async def test_a_browser_is_sent_to_sign_in_but_never_loses_a_form_to_it(api: AsyncClient) -> None:
    page = {"Accept": "text/html"}
    shown = await api.get("/cases?page=2", headers=page)
    assert shown.status_code == 303
    assert shown.headers["location"].startswith(f"{ISSUER}/a?response_type=code")
    sent = await api.post("/cases", headers=page)
    assert sent.status_code == 401
    assert "was not saved" in sent.text
    assert 'href="/sign-in"' in sent.text


async def test_a_new_key_is_fetched_when_a_token_names_it(
    api: AsyncClient, identity_provider: IdentityProvider, clock: Clock
) -> None:
    assert (await api.get("/cases", headers=bearer(signed()))).status_code == 200
    identity_provider.keys = [STRANGER]
    clock.time += timedelta(seconds=31)
    assert (await api.get("/cases", headers=bearer(signed(STRANGER)))).status_code == 200
    assert identity_provider.asked_for_keys == 2


async def test_unknown_key_ids_do_not_make_us_ask_again_and_again(
    api: AsyncClient, identity_provider: IdentityProvider
) -> None:
    for number in range(20):
        token = signed(STRANGER, header={"kid": f"k{number}"})
        assert (await api.get("/cases", headers=bearer(token))).status_code == 401
    assert identity_provider.asked_for_keys == 1


async def test_a_withdrawn_key_stops_counting_after_ten_minutes(
    api: AsyncClient, identity_provider: IdentityProvider, clock: Clock
) -> None:
    token = signed()
    assert (await api.get("/cases", headers=bearer(token))).status_code == 200
    identity_provider.keys = [EC]
    clock.time += timedelta(minutes=10)
    assert (await api.get("/cases", headers=bearer(token))).status_code == 401


async def test_nobody_gets_in_while_the_provider_does_not_answer(
    api: AsyncClient, identity_provider: IdentityProvider
) -> None:
    identity_provider.answers = False
    answer = await api.get("/cases", headers=bearer(signed()))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    identity_provider.answers = True
    assert (await api.get("/cases", headers=bearer(signed()))).status_code == 200


async def test_a_provider_that_says_it_is_another_is_not_believed(
    identity_provider: IdentityProvider, clock: Clock
) -> None:
    identity_provider.issuer = "https://evil.example"
    with pytest.raises(Problem):
        await Provider(ISSUER, clock, identity_provider.transport).metadata()


def test_a_person_without_a_name_goes_by_the_subject() -> None:
    assert principal_of({"sub": "p-17"}).name == "p-17"
    with pytest.raises(TokenRefused):
        principal_of({"name": "Maya Thornbury"})
