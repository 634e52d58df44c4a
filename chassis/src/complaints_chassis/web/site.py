"""What a service says about itself on every page, and where the pages' code finds it."""

from dataclasses import dataclass
from typing import Protocol, cast

from fastapi import Request
from jinja2 import Environment


@dataclass(frozen=True)
class Link:
    """An entry of the navigation; shown to those whom the route's right lets in."""

    text: str
    route: str


@dataclass(frozen=True)
class Site:
    """What every page of a service says about itself."""

    name: str
    """Short name, part of cookie names: `intake`."""
    office: str
    """Whose service this is, in the header."""
    title: str
    """What the service is called."""
    home: str
    """Name of the route behind the office's and the service's name."""
    help: str
    """How to reach a person when the page cannot help, in a sentence."""
    privacy: str | None
    """Address of the privacy notice."""
    phase: str | None = None
    """A tag above every page where given, such as `Demonstration`, with `phase_text` beside it."""
    phase_text: str = ""
    navigation: tuple[Link, ...] = ()


class _Links(Protocol):
    @property
    def privacy_notice(self) -> object: ...


class Office(Protocol):
    """What pages say of the office; `complaints_law`'s office profile is one."""

    @property
    def name(self) -> str: ...
    @property
    def telephone(self) -> str: ...
    @property
    def links(self) -> _Links: ...
    def opening_hours_text(self) -> str: ...


def site_of(
    office: Office, name: str, title: str, home: str, navigation: tuple[Link, ...] = ()
) -> Site:
    """What the pages of one service say, as its office profile has it."""
    hours = office.opening_hours_text()
    return Site(
        name=name,
        office=office.name,
        title=title,
        home=home,
        help=f"Telephone {office.telephone}, {hours}.",
        privacy=str(office.links.privacy_notice),
        navigation=navigation,
    )


@dataclass(frozen=True)
class Web:
    """What `install_web` leaves at `app.state.web`."""

    site: Site
    templates: Environment
    secret: bytes
    version: str
    """Of the built assets; part of their address, so that browsers may keep them."""


def web_of(request: Request) -> Web:
    """The `Web` of the application that answers `request`."""
    return cast(Web, request.app.state.web)


def root_of(request: Request) -> str:
    """Path under which the service is mounted, without a slash at its end.

    Not `scope["root_path"]`, which a mounted application such as the static files lengthens.
    """
    return cast(str, request.scope["complaints.root"])


def url(request: Request, route: str, /, **params: object) -> str:
    """Path of this service's route called `route`, wherever the service is mounted.

    A path, not an address: the Host header of a request has no say in our links.
    """
    path: str = request.app.url_path_for(route, **params)
    return root_of(request) + path


def static(request: Request, path: str) -> str:
    """Path of the static file `path`, with the version that lets a browser keep it for a year."""
    return f"{root_of(request)}/static/{path}?v={web_of(request).version}"


def wants_page(request: Request) -> bool:
    """Whether whoever asks is a browser that shows pages, rather than a program."""
    return "text/html" in request.headers.get("accept", "")
