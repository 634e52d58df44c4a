"""Who may use which route: every route declares its right, and none is open by mistake (S1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, cast

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from complaints_chassis.web.csrf import check_form
from complaints_chassis.web.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

OPEN = frozenset(
    {
        "/static",
        "/metrics",
        "/asyncapi",
        "/openapi.json",
    }
)
"""Mounts and routes made by libraries, which cannot declare a right: they are about nobody."""


class Role(StrEnum):
    """What a member of staff is here for, as the identity provider says it in the token."""

    ADVISER = "adviser"
    TEAM_LEADER = "team-leader"
    ADJUDICATOR = "adjudicator"
    OPERATIONS = "operations"


@dataclass(frozen=True)
class Principal:
    """Who asks, as proven for this one request."""

    subject: str
    name: str
    roles: frozenset[Role]

    @property
    def roles_in_words(self) -> str:
        """For pages: `Adviser, team leader`."""
        return ", ".join(sorted(role.replace("-", " ") for role in self.roles)).capitalize()


class Authenticator(Protocol):
    """How an application learns who asks; `auth.install_auth` puts one at `app.state.auth`."""

    async def principal(self, request: Request) -> Principal:
        """Who asks. Raises `Problem` 401, or sends a browser to sign in."""
        ...


class Right:
    """Dependency that lets in whoever holds one of `roles`, and says who it is."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Principal:
        """Who asks. Raises `Problem` 401 or 403, also for a browser's form without its token."""
        principal = await cast(Authenticator, request.app.state.auth).principal(request)
        request.state.principal = principal
        if not self.roles & principal.roles:
            raise Problem(403)
        by_cookie = "authorization" not in request.headers
        if by_cookie and request.method not in SAFE_METHODS:
            await check_form(request)
        return principal

    def __str__(self) -> str:
        return ", ".join(sorted(self.roles))


class Everyone:
    """Dependency that lets everyone in."""

    async def __call__(self) -> None:
        """Ask nothing."""

    def __str__(self) -> str:
        return "public"


def requires(*roles: Role) -> Dependency:
    """The right of those who hold one of `roles`.

    As `dependencies=[requires(Role.ADVISER)]`, or where the route needs to know who asks as
    `principal: Annotated[Principal, requires(Role.ADVISER)]`. Forms are checked with it.
    """
    return cast(Dependency, Depends(Right(frozenset(roles))))


public = cast(Dependency, Depends(Everyone()))
"""The right of everyone; a public form declares `csrf_checked` besides."""


class RouteRight(NamedTuple):
    """A line of the list of rights; `right` is `None` where a route declares none."""

    method: str
    path: str
    right: str | None


def rights(app: FastAPI) -> list[RouteRight]:
    """Every route of `app` with its right."""
    return sorted(
        (
            RouteRight(method, route.path or "", _right_of(route))
            for route in iter_route_contexts(app.routes)
            for method in route.methods or {"*"}
        ),
        key=lambda line: line[:2],
    )


def check_rights(app: FastAPI) -> None:
    """Refuse to start with a route that declares no right. Raises RuntimeError naming them."""
    if silent := [f"{line.method} {line.path}" for line in rights(app) if line.right is None]:
        raise RuntimeError(
            f"routes without a right: {', '.join(silent)}; "
            "add requires(Role...) or public to their dependencies"
        )


def may(request: Request, route: str) -> bool:
    """Whether the right of the route called `route` lets in who is signed in."""
    principal = getattr(request.state, "principal", None)
    held = principal.roles if principal else frozenset()
    return any(
        isinstance(right, Everyone) or (isinstance(right, Right) and bool(right.roles & held))
        for context in iter_route_contexts(request.app.routes)
        if context.name == route
        for right in _declared(context)
    )


def _right_of(route: RouteContext) -> str | None:
    if not isinstance(route.original_route, APIRoute):
        return "public" if route.path in OPEN else None
    return " and ".join(str(right) for right in _declared(route)) or None


def _declared(route: RouteContext) -> list[Right | Everyone]:
    if not isinstance(route.original_route, APIRoute):
        return []
    return [call for call in _calls(route.dependant) if isinstance(call, (Right, Everyone))]


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
