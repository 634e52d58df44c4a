"""What a browser keeps for us between two requests: signed, for one purpose, until a moment."""

import hmac
from collections.abc import Mapping
from datetime import timedelta

from fastapi import Request, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from complaints_chassis.auth import Now
from complaints_chassis.web.cookies import Cookie, cookie_name, is_secure


class SignedCookies:
    """Cookies that only this service can make, each good for one purpose and for a time.

    Nothing is stored, so that any replica with the same secret can read them.
    """

    def __init__(self, secret: bytes, now: Now) -> None:
        self._key = OctKey.import_key(hmac.digest(secret, b"cookies", "sha256"))
        self._now = now

    def write(
        self,
        request: Request,
        response: Response,
        purpose: str,
        claims: Mapping[str, object],
        lifetime: timedelta,
    ) -> None:
        """Give the browser `claims` for `purpose`."""
        name = cookie_name(request, purpose)
        expires = int((self._now() + lifetime).timestamp())
        value = jwt.encode({"alg": "HS256"}, {**claims, "aud": name, "exp": expires}, self._key)
        Cookie(name, value, is_secure(request)).set_on(response)

    def read(self, request: Request, purpose: str) -> Mapping[str, object] | None:
        """What the browser holds for `purpose`; None where it is missing, foreign or too old."""
        name = cookie_name(request, purpose)
        try:
            claims = jwt.decode(request.cookies.get(name, ""), self._key, ["HS256"]).claims
            jwt.JWTClaimsRegistry(
                now=int(self._now().timestamp()),
                aud={"essential": True, "value": name},
                exp={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError):
            return None
        return claims

    def drop(self, request: Request, response: Response, purpose: str) -> None:
        """Tell the browser to forget what it holds for `purpose`."""
        Cookie(cookie_name(request, purpose), "", is_secure(request), max_age=0).set_on(response)
