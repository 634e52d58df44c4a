"""Cookies of one service: for it alone, never for scripts, only over TLS where there is TLS."""

from dataclasses import dataclass

from fastapi import Request, Response

from complaints_chassis.web.site import web_of


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; `max_age` in seconds, `None` for as long as the browser is open."""

    name: str
    value: str
    secure: bool
    max_age: int | None = None

    def set_on(self, response: Response) -> None:
        """Add the cookie to `response`."""
        response.set_cookie(
            self.name,
            self.value,
            max_age=self.max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS (to us, or to the proxy that uvicorn trusts)."""
    return request.url.scheme == "https"


def cookie_name(request: Request, purpose: str) -> str:
    """Name of this service's cookie; over TLS with the prefix that ties it to this very host.

    Services may share a host, and the `__Host-` prefix demands the path `/`, so the service is part
    of the name.
    """
    prefix = "__Host-" if is_secure(request) else ""
    return f"{prefix}{web_of(request).site.name}-{purpose}"
