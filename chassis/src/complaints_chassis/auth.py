"""Who asks, proven by a token of the office's identity provider (OpenID Connect).

Programs send an access token (`Authorization: Bearer`), browsers a session that `web.sign_in` made
of an ID token. `web.rights` decides what a `Principal` may do.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey
from pydantic import BaseModel, HttpUrl, SecretStr, ValidationError

from complaints_chassis.web.problems import Problem
from complaints_chassis.web.rights import Principal, Role

Now = Callable[[], datetime]
Claims = Mapping[str, object]

ALGORITHMS = ("RS256", "ES256")
LEEWAY_SECONDS = 30
ANSWER_SECONDS = 5
MAX_TOKEN_CHARACTERS = 16_384
KEYS_FRESH_FOR = timedelta(minutes=10)
KEYS_ASKED_AT_MOST_EVERY = timedelta(seconds=30)


@dataclass(frozen=True)
class Client:
    """What this service is at the identity provider."""

    issuer: str
    """Address of the identity provider, exactly as its tokens say it."""
    client_id: str
    """Our name there."""
    public_url: str
    """Address under which browsers reach us; with `/signed-in` behind it, registered there."""
    secret: SecretStr | None = None
    """For a confidential client."""
    audience: str = "complaints-api"
    """What an access token for our API says it is for."""
    required_amr: str | None = "mfa"
    """Method that the provider must say it used at sign-in (S15); None where it does not say."""

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends the browser after sign-in."""
        return f"{self.public_url.rstrip('/')}/signed-in"


class TokenRefused(Exception):
    """A token that proves nothing; the text says why, without quoting it."""


class TokenExpired(TokenRefused):
    """A token that was good once."""


class Metadata(BaseModel):
    """What we use of a provider's discovery document."""

    issuer: str
    authorization_endpoint: HttpUrl
    token_endpoint: HttpUrl
    jwks_uri: HttpUrl
    end_session_endpoint: HttpUrl | None = None


class Exchanged(BaseModel):
    """What we use of a provider's answer to an authorization code."""

    id_token: str


class Provider:
    """The identity provider: its addresses and its keys, asked for rarely and kept briefly.

    An unknown key id asks again, at most every 30 seconds; keys older than 10 minutes are asked for
    again, so that a withdrawn key stops counting. When the provider does not answer, nobody new
    gets in (S27).
    """

    def __init__(
        self, issuer: str, now: Now, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.issuer = issuer
        self._now = now
        self._transport = transport
        self._metadata: Metadata | None = None
        self._keys: dict[str, Key] = {}
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """The provider's addresses. Raises `Problem` 503 when it does not answer as it should."""
        if self._metadata is None:
            found = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            try:
                metadata = Metadata.model_validate_json(found)
            except ValidationError:
                raise _away() from None
            if metadata.issuer != self.issuer:
                raise _away()
            self._metadata = metadata
        return self._metadata

    async def key(self, kid: str) -> Key:
        """The provider's signing key `kid`. Raises `TokenRefused` where it has none of that id."""
        async with self._asking:
            age = self._now() - self._asked_at if self._asked_at else KEYS_FRESH_FOR
            if age >= KEYS_FRESH_FOR or (kid not in self._keys and age >= KEYS_ASKED_AT_MOST_EVERY):
                self._keys = await self._ask_for_keys()
                self._asked_at = self._now()
        if kid not in self._keys:
            raise TokenRefused("it is signed with a key that is not known")
        return self._keys[kid]

    async def exchange(self, client: Client, code: str, verifier: str) -> str:
        """The ID token for an authorization code. Raises `TokenRefused` for a bad code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "client_id": client.client_id,
            "code_verifier": verifier,
        }
        if client.secret:
            form["client_secret"] = client.secret.get_secret_value()
        endpoint = str((await self.metadata()).token_endpoint)
        try:
            async with self._http() as http:
                answer = await http.post(endpoint, data=form)
        except httpx.HTTPError:
            raise _away() from None
        if answer.is_server_error:
            raise _away()
        try:
            return Exchanged.model_validate_json(answer.content).id_token
        except ValidationError:
            raise TokenRefused("the identity provider does not confirm it") from None

    async def _ask_for_keys(self) -> dict[str, Key]:
        found = await self._get(str((await self.metadata()).jwks_uri))
        try:
            published = KeySet.import_key_set(json.loads(found))
        except (JoseError, ValueError, KeyError, TypeError):
            raise _away() from None
        return {
            key.kid: key
            for key in published.keys
            if key.kid and isinstance(key, (RSAKey, ECKey)) and key.get("use") in (None, "sig")
        }

    async def _get(self, address: str) -> bytes:
        try:
            async with self._http() as http:
                return (await http.get(address)).raise_for_status().content
        except httpx.HTTPError:
            raise _away() from None

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, timeout=ANSWER_SECONDS)


async def verify(
    token: str,
    provider: Provider,
    *,
    audience: str,
    now: datetime,
    types: frozenset[str] = frozenset({"JWT"}),
) -> Claims:
    """The claims of `token`, if the provider signed it for `audience` and it is valid now.

    Raises `TokenRefused`, or `TokenExpired` where only the time is wrong.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused("it is too long")
    try:
        header = jws.extract_compact(token.encode()).headers()
        alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "JWT")
        if alg not in ALGORITHMS:
            raise TokenRefused("it is not signed in a way that is accepted")
        if not isinstance(kid, str):
            raise TokenRefused("it does not name its key")
        if kind not in types or "crit" in header:
            raise TokenRefused("it is not a token of the kind that is accepted")
        claims = jwt.decode(token, await provider.key(kid), algorithms=[alg]).claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except ExpiredTokenError:
        raise TokenExpired("it has expired") from None
    except (JoseError, ValueError):
        raise TokenRefused("it is damaged, or not meant for this service") from None
    return claims


def principal_of(claims: Claims) -> Principal:
    """Who the claims speak of; a role that is not known here gives no right.

    Raises `TokenRefused` where `sub` or `roles` are not what they should be.
    """
    subject, roles = claims.get("sub"), claims.get("roles", [])
    name = claims.get("name") or claims.get("preferred_username") or subject
    if not isinstance(subject, str) or not subject or not isinstance(name, str):
        raise TokenRefused("it does not say whom it is about")
    if not isinstance(roles, list):
        raise TokenRefused("its roles are not a list")
    return Principal(subject, name, frozenset(role for role in Role if role.value in roles))


def _away() -> Problem:
    return Problem(
        503,
        "The sign-in service is not answering, so nobody can be let in just now. "
        "Nothing was saved.",
        headers={"Retry-After": "30"},
    )
