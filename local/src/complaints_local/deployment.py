"""A deployed system, reached over the network only."""

from __future__ import annotations

import asyncio
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx

from complaints_chassis.clock import Clock
from complaints_chassis.web import Role
from complaints_law.office import OfficeProfile, load_office
from complaints_local import mailpit
from complaints_local.identity import made_up_staff
from complaints_local.target import SERVICES, Caught

WAIT_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 5.0
RENEW: Final = timedelta(minutes=1)
"""So long before a token expires another one is fetched."""


class DeploymentError(Exception):
    """The deployed system is not as the demo needs it; the message says how."""


class _Held(NamedTuple):
    """An access token, and until when it is used."""

    token: str
    until: datetime


@dataclass
class Deployment:
    """Who it is reached by, and where its parts are; its clock is real time."""

    http: httpx.AsyncClient
    url: str
    bootstrap: str
    mail_in: tuple[str, int]
    mailpit: str
    """Address of the Mailpit that catches what it sends."""
    memory: Path
    office: OfficeProfile = field(default_factory=load_office)
    clock: Clock = field(default_factory=Clock)
    _tokens: dict[Role, _Held] = field(default_factory=dict)
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ready(self, say: Callable[[str], None], seconds: float = WAIT_SECONDS) -> None:
        """Waits until services, identity page and Mailpit answer; `say` is told for which.

        Raises:
            DeploymentError: some do not after so many seconds.
        """
        end = time.monotonic() + seconds
        said: list[str] = []
        while silent := await self._silent():
            if time.monotonic() > end:
                raise DeploymentError(
                    f"Not ready after {seconds:.0f} seconds: {', '.join(silent)}."
                )
            if silent != said:
                say(f"Waiting for {', '.join(silent)}")
                said = silent
            await asyncio.sleep(LOOK_SECONDS)

    async def as_staff(self, role: Role) -> dict[str, str]:
        """The header with an access token, which is kept until shortly before it expires.

        Raises:
            DeploymentError: the identity page lets nobody in.
        """
        async with self._signing_in:
            held = self._tokens.get(role)
            if held is None or held.until <= self.clock.now():
                held = self._tokens[role] = await self._sign_in(role)
        return {"Authorization": f"Bearer {held.token}"}

    async def caught(self) -> list[Caught]:
        """All mail that it has sent."""
        return await mailpit.caught(self.http, self.mailpit)

    async def _silent(self) -> list[str]:
        addresses = [
            *(f"{self.url}/{service}/readyz" for service in SERVICES),
            f"{self.url}/identity/.well-known/openid-configuration",
            f"{self.mailpit}/api/v1/messages?limit=1",
        ]
        answers = await asyncio.gather(*map(self._answers, addresses))
        return [address for address, ok in zip(addresses, answers, strict=True) if not ok]

    async def _answers(self, address: str) -> bool:
        try:
            answer = await self.http.get(address, timeout=ANSWER_SECONDS)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def _sign_in(self, role: Role) -> _Held:
        """An access token, by the authorization code flow with PKCE (RFC 7636).

        It goes as casework's does, whose address to come back to the identity page knows.
        """
        person = next(p for p in made_up_staff(self.office) if role in p.roles)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
        client = {"client_id": "complaints", "redirect_uri": f"{self.url}/casework/signed-in"}
        asked = {
            **client,
            "response_type": "code",
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
            "person": person.id,
        }
        picked = await self.http.get(f"{self.url}/identity/authorize", params=asked)
        back = parse_qs(urlsplit(picked.headers.get("location", "")).query)
        if back.get("state") != [state] or "code" not in back:
            raise DeploymentError(
                f"{self.url}/identity lets nobody in who comes from {client['redirect_uri']}"
                f" (HTTP {picked.status_code}). Give --url as its --issuer has it."
            )
        sent = {
            **client,
            "grant_type": "authorization_code",
            "code": back["code"][0],
            "code_verifier": verifier,
        }
        now = self.clock.now()
        answer = await self.http.post(f"{self.url}/identity/token", data=sent)
        tokens = answer.raise_for_status().json()
        lifetime = timedelta(seconds=tokens["expires_in"])
        return _Held(tokens["access_token"], now + lifetime - RENEW)
