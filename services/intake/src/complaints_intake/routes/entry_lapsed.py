"""Who was signed in when they opened an entry, and is no more when they press a button.

A session ends after an hour, and a call may not have: what was typed is kept, and the browser goes
on to sign in and comes back to it. Nothing is saved for somebody who is not signed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, cast

from fastapi import Depends, HTTPException, Request
from fastapi.params import Depends as Dependency

from complaints_chassis.auth import TokenRefused, principal_of
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Problem, Role
from complaints_chassis.web.csrf import check_form
from complaints_chassis.web.rights import Right
from complaints_chassis.web.sessions import SignedCookies

LAPSED: Final = timedelta(hours=12)
"""So long after its end a session still lets its browser keep what was typed."""

Keep = Callable[[Request], Awaitable[str]]
"""Keeps what a form holds; the address where it can be seen again."""


class OrKeep(Right):
    """The right of those who hold one of `roles`; where their session has just ended, keep."""

    def __init__(self, roles: frozenset[Role], keep: Keep) -> None:
        super().__init__(roles)
        self._keep = keep

    async def __call__(self, request: Request) -> Principal:
        """Who asks. Raises as `Right` does, or a redirect (303) to the page with what was kept."""
        try:
            return await super().__call__(request)
        except Problem as refused:
            if refused.status_code != 401 or not self._was_here(request):
                raise
        await check_form(request)
        raise HTTPException(303, headers={"location": await self._keep(request)})

    def _was_here(self, request: Request) -> bool:
        run: Running = request.app.state.running
        secret = run.settings.secret.get_secret_value().encode()
        session = SignedCookies(secret, lambda: run.clock.now() - LAPSED).read(request, "session")
        try:
            return session is not None and bool(principal_of(session).roles & self.roles)
        except TokenRefused:
            return False


def requires_or_keeps(*roles: Role, keep: Keep) -> Dependency:
    """As `requires`, for a form whose answers must outlive its session."""
    return cast(Dependency, Depends(OrKeep(frozenset(roles), keep)))
