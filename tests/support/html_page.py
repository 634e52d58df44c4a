"""A page as a keyboard and a screen reader meet it: controls in order, labels, headings, links."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

CONTROLS = ("input", "textarea", "select", "button")


@dataclass
class Control:
    tag: str
    attributes: dict[str, str | None]
    value: str = ""

    @property
    def name(self) -> str:
        return self.attributes.get("name") or ""

    @property
    def id(self) -> str:
        return self.attributes.get("id") or ""

    @property
    def type(self) -> str:
        return self.attributes.get("type") or self.tag

    @property
    def sends(self) -> bool:
        """Whether its value goes with the form."""
        if self.type in ("checkbox", "radio"):
            return "checked" in self.attributes
        return bool(self.name) and self.type not in ("submit", "file")


@dataclass
class Page(HTMLParser):
    html: str
    controls: list[Control] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    tab_indexes: list[str] = field(default_factory=list)
    images: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._in: str | None = None
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in CONTROLS:
            self.controls.append(Control(tag, given, given.get("value") or ""))
        if tag in ("textarea", "button", "h1", "h2"):
            self._in = tag
            if tag.startswith("h"):
                self.headings.append(f"{tag} ")
        if tag == "label":
            self.labels.add(given.get("for") or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "img":
            self.images.append(given)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if "tabindex" in given:
            self.tab_indexes.append(given["tabindex"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._in:
            self._in = None

    def handle_data(self, data: str) -> None:
        if self._in == "textarea":
            control = self.controls[-1]
            control.value += data.removeprefix("\n") if not control.value else data
        elif self._in in ("h1", "h2"):
            self.headings[-1] += data

    def sent(self) -> dict[str, list[str]]:
        """What the page's forms send as it stands, by name."""
        found: dict[str, list[str]] = {}
        for control in self.controls:
            if control.sends:
                found.setdefault(control.name, []).append(control.value)
        return found
