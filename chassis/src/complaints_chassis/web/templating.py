"""The Jinja environment: a service's templates before the chassis's, GOV.UK components as globals.

Components are called by their Nunjucks name, without an import: `{{ govukTag({"text": "New"}) }}`.
They are compiled in an environment of their own, because they rely on missing options being empty
while in our templates a missing name is an error.
"""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup, escape

from complaints_chassis.web.filters import london, words

Component = Callable[..., Markup]


def environment(package: str | None = None) -> Environment:
    """The environment of a service whose templates are in `package`'s folder `templates`."""
    loaders: list[BaseLoader] = [PackageLoader("complaints_chassis.web")]
    if package:
        loaders.insert(0, PackageLoader(package))
    env = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(_components())
    env.filters.update(london=london, words=words)
    return env


@cache
def _components() -> dict[str, Component]:
    library = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        autoescape=True,
    )
    found: dict[str, Component] = {}
    for folder in (files("govuk_frontend_jinja") / "templates" / "components").iterdir():
        path = f"govuk_frontend_jinja/components/{folder.name}/macro.html"
        name = "govuk" + folder.name.title().replace("-", "")
        found[name] = _safe(getattr(library.get_template(path).module, name))
    return found


def _safe(macro: Component) -> Component:
    def component(
        params: dict[str, object] | None = None, caller: Callable[..., str] | None = None
    ) -> Markup:
        options = _escaped(params or {})
        return macro(options, caller=caller) if caller else macro(options)

    return component


def _escaped(value: object, name: str = "") -> object:
    """`value` with every option `html`, `...Html` escaped unless it is markup already.

    The components put those options into the page as they are; a complaint's text that got there
    by mistake must not run (S20).
    """
    match value:
        case dict():
            return {key: _escaped(inner, str(key)) for key, inner in value.items()}
        case list() | tuple():
            return [_escaped(inner, name) for inner in value]
        case str() if name.lower().endswith("html"):
            return escape(value)
        case _:
            return value
