"""What an address may hold."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from complaints_chassis.web.errors import respond
from complaints_chassis.web.problems import Problem


class RefuseNul:
    """Answers an address with a NUL character in it: no text has one, nor can PostgreSQL keep it.

    Nothing has such a path (404); in a query it is a mistake (422). Bodies are checked by their
    models.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application on an address without one."""
        if scope["type"] == "http" and (problem := _problem(scope)):
            await respond(Request(scope, receive), problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _problem(scope: Scope) -> Problem | None:
    if "\0" in scope["path"]:
        return Problem(404)
    query: bytes = scope["query_string"]
    if b"%00" in query or b"\0" in query:
        return Problem(
            422,
            "The address holds a character that no text has.",
            action="Take %00 out of the address.",
        )
    return None
