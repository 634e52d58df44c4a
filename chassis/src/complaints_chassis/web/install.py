"""One call that makes an application answer with our pages, errors and headers."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from complaints_chassis.web.address import RefuseNul
from complaints_chassis.web.body import DEFAULT_MAX_BODY, LimitBody
from complaints_chassis.web.contracts_page import add_contracts_page
from complaints_chassis.web.errors import install_errors
from complaints_chassis.web.headers import SecurityHeaders
from complaints_chassis.web.measure import Measure
from complaints_chassis.web.pages import render
from complaints_chassis.web.rights import public
from complaints_chassis.web.site import Site, Web, root_of
from complaints_chassis.web.templating import environment

STATIC = Path(__file__).parent / "static"


class VersionedFiles(StaticFiles):
    """Static files: kept for a year under an address with a version, else asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at `path`."""
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if versioned else "no-cache"
        )
        return response


def install_web(
    app: FastAPI,
    site: Site,
    *,
    secret: bytes,
    package: str | None = None,
    max_body: int = DEFAULT_MAX_BODY,
) -> None:
    """Give `app` templates (those of `package` first), static files, errors, headers and limits.

    `secret` signs the forms' tokens; every replica of a service needs the same one. `max_body` is
    the largest request in bytes.
    """
    stamp = STATIC / "govuk" / "stamp"
    version = stamp.read_text().strip() if stamp.exists() else "unbuilt"
    app.state.web = Web(site, environment(package), secret, version)
    _replace_docs(app)
    add_contracts_page(app)
    app.mount("/static", VersionedFiles(directory=STATIC), name="static")
    app.add_middleware(LimitBody, max_bytes=max_body)
    app.add_middleware(RefuseNul)
    install_errors(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measure, service=site.name)


def _replace_docs(app: FastAPI) -> None:
    """`/docs` from our own files: FastAPI's own pages load theirs from elsewhere."""
    theirs = {app.docs_url, app.redoc_url, app.swagger_ui_oauth2_redirect_url} - {None}
    app.router.routes[:] = [r for r in app.routes if getattr(r, "path", None) not in theirs]
    if app.openapi_url:
        app.add_api_route("/docs", _docs, include_in_schema=False, dependencies=[public])


async def _docs(request: Request) -> Response:
    """The API, to be read."""
    return render(request, "docs.html", schema=root_of(request) + request.app.openapi_url)
