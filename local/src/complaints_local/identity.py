"""An identity provider for made-up staff: real tokens, no passwords.

OpenID Connect as far as the services use it: discovery, keys, authorization code with PKCE, tokens,
end of session. Whoever opens it picks a person from a list, so it must never face real staff.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import BaseModel

from complaints_chassis.web import Problem, Role, Site, install_web, public, redirect, render
from complaints_chassis.web.sessions import SignedCookies
from complaints_law.office import OfficeProfile

CODE = timedelta(minutes=1)
TOKEN = timedelta(minutes=15)
SESSION = timedelta(hours=8)
AUDIENCE = "complaints-api"


@dataclass(frozen=True)
class Person:
    """Somebody invented, who can be picked."""

    id: str
    name: str
    roles: tuple[Role, ...]


class Asked(BaseModel):
    """What a service asks for when it sends a browser here (OpenID Connect Core, 3.1.2.1)."""

    response_type: str
    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: str | None = None


class Redeemed(BaseModel):
    """What a service sends to turn a code into tokens (RFC 6749, 4.1.3; RFC 7636, 4.5)."""

    grant_type: str
    code: str
    redirect_uri: str
    client_id: str
    code_verifier: str


@dataclass(frozen=True)
class Granted:
    """What a code stands for, until it is used or its minute is over."""

    person: Person
    asked: Asked
    until: datetime


class Identity:
    """Who can be picked, which codes are open, and the key that signs."""

    def __init__(
        self, staff: Collection[Person], issuer: str, key: RSAKey, now: Callable[[], datetime]
    ) -> None:
        self.staff = {person.id: person for person in staff}
        self.issuer = issuer
        self.key = key
        self.now = now
        self._codes: dict[str, Granted] = {}

    def grant(self, person: Person, asked: Asked) -> str:
        """A code for `person`, good once and for a minute."""
        now = self.now()
        self._codes = {code: held for code, held in self._codes.items() if held.until > now}
        code = secrets.token_urlsafe(32)
        self._codes[code] = Granted(person, asked, now + CODE)
        return code

    def redeem(self, sent: Redeemed) -> dict[str, object] | None:
        """The tokens for a code; None where it is used, too old, or was given to another."""
        held = self._codes.pop(sent.code, None)
        if held is None or held.until <= self.now() or sent.grant_type != "authorization_code":
            return None
        challenge = urlsafe_b64encode(sha256(sent.code_verifier.encode()).digest()).rstrip(b"=")
        same = hmac.compare_digest(challenge, held.asked.code_challenge.encode())
        asked = held.asked
        if not same or (sent.client_id, sent.redirect_uri) != (asked.client_id, asked.redirect_uri):
            return None
        return {
            "token_type": "Bearer",
            "expires_in": int(TOKEN.total_seconds()),
            "access_token": self.access_token(held.person),
            "id_token": self._sign("JWT", held.person, asked.client_id, nonce=asked.nonce),
        }

    def access_token(self, person: Person) -> str:
        """A token for the services' API, good for 15 minutes."""
        return self._sign("at+jwt", person, AUDIENCE)

    def _sign(self, kind: str, person: Person, audience: str, **more: object) -> str:
        now = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": person.id,
            "aud": audience,
            "iat": now,
            "exp": now + int(TOKEN.total_seconds()),
            "name": person.name,
            "roles": list(person.roles),
            "amr": ["mfa"],  # services refuse a sign-in without it; here nobody is real
            **more,
        }
        return jwt.encode({"alg": "RS256", "typ": kind, "kid": self.key.kid}, claims, self.key)


def made_up_staff(office: OfficeProfile) -> list[Person]:
    """Everybody who works for an office of made-up people."""
    return [
        Person(member.id, member.name, tuple(Role[role.name] for role in sorted(member.roles)))
        for member in office.staff
    ]


def signing_key(folder: Path) -> RSAKey:
    """The key kept in `folder`, readable by its owner only; made where there is none."""
    path = folder / "identity-key.pem"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


def create_identity(
    staff: Collection[Person],
    *,
    issuer: str,
    redirect_uris: Collection[str],
    folder: Path,
    now: Callable[[], datetime],
) -> FastAPI:
    """The provider, to be mounted at the path of `issuer`.

    Browsers are sent back to `redirect_uris` only; the key is kept in `folder`. The `Identity` is
    at `app.state.identity`, so that a command can ask it for an access token.
    """
    app = FastAPI(title="Identity", openapi_url=None, dependencies=[public])
    identity = app.state.identity = Identity(staff, issuer, signing_key(folder), now)
    site = Site(
        name="identity",
        office="Made-up staff",
        title="Sign in",
        home="people",
        help="This page exists only where the system is tried out.",
        privacy=None,
    )
    secret = sha256(identity.key.as_pem(private=True)).digest()
    install_web(app, site, secret=secret, package="complaints_local")
    cookies = SignedCookies(secret, now)

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, object]:
        """What is where (OpenID Connect Discovery, 4.2)."""
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "end_session_endpoint": f"{issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    @app.get("/keys")
    async def keys() -> dict[str, object]:
        """The public half of the key that signs."""
        return {"keys": [identity.key.as_dict(private=False)]}

    @app.get("/")
    async def people(request: Request) -> Response:
        """Who there is."""
        return render(request, "identity.html", people=identity.staff.values(), asked=None)

    @app.get("/authorize")
    async def authorize(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """Ask who it shall be, once for each browser session; send the browser back with a code."""
        if asked.redirect_uri not in redirect_uris:
            raise Problem(400, "The address to go back to is not one of this system's services.")
        if (asked.response_type, asked.code_challenge_method) != ("code", "S256"):
            raise Problem(400, "Only the authorization code flow with PKCE (S256) is offered.")
        before = cookies.read(request, "session") or {}
        person = identity.staff.get(asked.person or str(before.get("sub")))
        if person is None:
            return render(request, "identity.html", people=identity.staff.values(), asked=asked)
        answer = urlencode({"code": identity.grant(person, asked), "state": asked.state})
        response = RedirectResponse(f"{asked.redirect_uri}?{answer}", 303)
        cookies.write(request, response, "session", {"sub": person.id}, SESSION)
        return response

    @app.post("/token")
    async def token(sent: Annotated[Redeemed, Form()]) -> Response:
        """Tokens for a code."""
        tokens = identity.redeem(sent)
        return JSONResponse(tokens or {"error": "invalid_grant"}, 200 if tokens else 400)

    @app.get("/end")
    async def end(request: Request) -> Response:
        """Forget who was picked in this browser."""
        response = redirect(request, "people")
        cookies.drop(request, response, "session")
        return response

    return app
