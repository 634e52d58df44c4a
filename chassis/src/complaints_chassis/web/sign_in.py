"""Sign-in of people with a browser: authorization code flow with PKCE, state and nonce (S15).

A browser without a session that asks for a page is sent to the identity provider and comes back to
that page. The session is a cookie signed by this service; there is nothing to store, so any replica
can answer.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import cast
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from complaints_chassis.auth import (
    Client,
    Now,
    Provider,
    TokenExpired,
    TokenRefused,
    principal_of,
    verify,
)
from complaints_chassis.web.csrf import csrf_checked
from complaints_chassis.web.pages import redirect, render
from complaints_chassis.web.problems import Problem
from complaints_chassis.web.rights import SAFE_METHODS, Principal, public
from complaints_chassis.web.sessions import SignedCookies
from complaints_chassis.web.site import url, wants_page, web_of

SESSION = timedelta(hours=1)
"""After this the provider is asked again, unseen where its own session still stands; so it is also
how long somebody who left keeps an open page."""
SIGN_IN = timedelta(minutes=10)
ACCESS_TOKEN_TYPES = frozenset({"JWT", "at+jwt", "application/at+jwt"})


class SignIn:
    """How one service learns who asks, from a bearer token or from its own session cookie."""

    def __init__(
        self, client: Client, provider: Provider, cookies: SignedCookies, now: Now
    ) -> None:
        self.client = client
        self.provider = provider
        self.cookies = cookies
        self.now = now

    async def principal(self, request: Request) -> Principal:
        """Who asks. Raises `Problem` 401, or a redirect (303) where a browser asks for a page."""
        header = request.headers.get("authorization")
        if header is not None:
            return await self._bearer(header)
        session = self.cookies.read(request, "session")
        if session:
            return principal_of(session)
        if wants_page(request) and request.method in SAFE_METHODS:
            raise await self._go_and_sign_in(request)
        raise self._nobody(request)

    async def start(self, request: Request, back_to: str) -> Response:
        """Send the browser to the identity provider; it comes back to the path `back_to`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self.client.client_id,
                "redirect_uri": self.client.redirect_uri,
                "scope": "openid profile",
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge.decode(),
                "code_challenge_method": "S256",
            }
        )
        endpoint = (await self.provider.metadata()).authorization_endpoint
        response = RedirectResponse(f"{endpoint}?{query}", 303)
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "back_to": back_to}
        self.cookies.write(request, response, "sign-in", kept, SIGN_IN)
        return response

    async def finish(self, request: Request, code: str, state: str) -> Response:
        """Turn the provider's `code` into a session. Raises `Problem` 401 or 403."""
        kept = self.cookies.read(request, "sign-in")
        if not kept or not hmac.compare_digest(str(kept["state"]).encode(), state.encode()):
            raise self._failed(request, "The sign-in took too long, or began in another window.")
        try:
            token = await self.provider.exchange(self.client, code, str(kept["verifier"]))
            claims = await verify(
                token, self.provider, audience=self.client.client_id, now=self.now()
            )
            self._check_sign_in(claims, str(kept["nonce"]))
            principal = principal_of(claims)
        except TokenRefused as refusal:
            raise self._failed(request, f"The sign-in was not accepted: {refusal}.") from None
        if not principal.roles:
            raise Problem(
                403,
                "You have signed in, but your account has no role in this service.",
                action="Ask the person who manages accounts in your office to give you one.",
            )
        response = RedirectResponse(str(kept["back_to"]), 303)
        person = {
            "sub": principal.subject,
            "name": principal.name,
            "roles": sorted(principal.roles),
        }
        self.cookies.write(request, response, "session", person, SESSION)
        self.cookies.drop(request, response, "sign-in")
        return response

    def end(self, request: Request) -> Response:
        """Forget the session of this browser."""
        response = redirect(request, "signed_out")
        self.cookies.drop(request, response, "session")
        return response

    async def _bearer(self, header: str) -> Principal:
        scheme, _, token = header.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise TokenRefused("only Bearer tokens are accepted")
            claims = await verify(
                token.strip(),
                self.provider,
                audience=self.client.audience,
                now=self.now(),
                types=ACCESS_TOKEN_TYPES,
            )
            return principal_of(claims)
        except TokenRefused as refusal:
            action = (
                "Fetch a new access token and send the request again."
                if isinstance(refusal, TokenExpired)
                else "Fetch an access token for this service from the identity provider."
            )
            raise Problem(
                401,
                f"The access token is not accepted: {refusal}.",
                action=action,
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            ) from None

    def _check_sign_in(self, claims: Mapping[str, object], nonce: str) -> None:
        if claims.get("nonce") != nonce:
            raise TokenRefused("it answers another sign-in")
        if claims.get("azp", self.client.client_id) != self.client.client_id:
            raise TokenRefused("it was made for another service")
        methods = claims.get("amr")
        required = self.client.required_amr
        if required and not (isinstance(methods, list) and required in methods):
            raise TokenRefused("it was made without a second factor")

    async def _go_and_sign_in(self, request: Request) -> HTTPException:
        query = f"?{request.url.query}" if request.url.query else ""
        response = await self.start(request, f"/{request.url.path.lstrip('/')}{query}")
        headers = {name: response.headers[name] for name in ("location", "set-cookie")}
        return HTTPException(303, headers=headers)

    def _nobody(self, request: Request) -> Problem:
        if wants_page(request):
            return Problem(
                401,
                "Your session has ended, so what you sent was not saved.",
                title="You need to sign in again",
                action="Sign in in a new tab. Then go back to this one, where what you typed is "
                "most likely still there, and send it again.",
                link=("Sign in", url(request, "sign_in")),
            )
        return Problem(
            401,
            "This needs an access token.",
            action="Send one of the office's identity provider as 'Authorization: Bearer ...'.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _failed(self, request: Request, detail: str) -> Problem:
        return Problem(
            401,
            detail,
            title="You are not signed in",
            action="Start again. If it happens twice, tell the person who manages accounts.",
            link=("Sign in", url(request, "sign_in")),
        )


routes = APIRouter(include_in_schema=False, dependencies=[public])


def _sign_in_of(request: Request) -> SignIn:
    return cast(SignIn, request.app.state.auth)


@routes.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """Begin to sign in, and come back to the service's first page."""
    return await _sign_in_of(request).start(request, url(request, web_of(request).site.home))


@routes.get("/signed-in")
async def signed_in(request: Request, state: str = "", code: str = "") -> Response:
    """Where the identity provider sends the browser back to, with a code or an error."""
    return await _sign_in_of(request).finish(request, code, state)


@routes.post("/sign-out", dependencies=[csrf_checked])
async def sign_out(request: Request) -> Response:
    """End the session in this browser."""
    return _sign_in_of(request).end(request)


@routes.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """Say that the session has ended, and how to end the identity provider's too."""
    end_session = (await _sign_in_of(request).provider.metadata()).end_session_endpoint
    return render(request, "signed_out.html", end_session=end_session)


def install_auth(
    app: FastAPI,
    client: Client,
    *,
    secret: bytes,
    now: Now,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Let `app` know who asks, and add its sign-in pages; after `install_web`.

    `secret` signs the sessions; every replica of a service needs the same one. `transport` reaches
    an identity provider that has no address of its own.
    """
    provider = Provider(client.issuer, now, transport)
    app.state.auth = SignIn(client, provider, SignedCookies(secret, now), now)
    app.include_router(routes)
