"""How a route answers with a page."""

from functools import partial

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from complaints_chassis.web.csrf import FIELD, form_token
from complaints_chassis.web.rights import may
from complaints_chassis.web.site import static, url, web_of


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """The page `template` with `context`, and with what every layout and form needs.

    Templates find besides: `site`, `url(route, **params)`, `static(path)`, `csrf_field`,
    `principal` (None before sign-in), `may(route)`, `nonce`, `request`, and every GOV.UK component.
    """
    web = web_of(request)
    token, cookie = form_token(request)
    page = web.templates.get_template(template).render(
        {
            "request": request,
            "site": web.site,
            "url": partial(url, request),
            "static": partial(static, request),
            "nonce": request.scope["complaints.nonce"],
            "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token),
            "principal": getattr(request.state, "principal", None),
            "may": partial(may, request),
            "navigation": _navigation(request),
            **context,
        }
    )
    response = HTMLResponse(page, status, headers)
    if cookie:
        cookie.set_on(response)
    return response


def redirect(request: Request, route: str, /, **params: object) -> RedirectResponse:
    """See the route called `route` next (303), as after every form that was accepted."""
    return RedirectResponse(url(request, route, **params), status_code=303)


def _navigation(request: Request) -> list[dict[str, object]]:
    """The entries that who is signed in may open, the current one marked."""
    here = request.url.path
    entries = [
        (link.text, url(request, link.route))
        for link in web_of(request).site.navigation
        if may(request, link.route)
    ]
    return [{"text": text, "href": href, "active": href == here} for text, href in entries]
