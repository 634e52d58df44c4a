"""How long answers take, by route: the route's pattern, never the address with its references."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from complaints_chassis.telemetry import HTTP_SECONDS


class Measure:
    """Counts every answer into `complaints_http_seconds`."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and note when its answer began."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                HTTP_SECONDS.labels(
                    service=self.service,
                    method=scope["method"],
                    route=getattr(scope.get("route"), "path", "none"),
                    status=message["status"],
                ).observe(perf_counter() - start)
            await send(message)

        await self.app(scope, receive, timed)
