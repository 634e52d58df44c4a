"""`/asyncapi`: every topic with its messages, as the contracts say; and the same for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from complaints_chassis.web.pages import render
from complaints_chassis.web.rights import public
from complaints_contracts.asyncapi import document
from complaints_contracts.topics import Topic, topics

_document = cache(document)


class Field(NamedTuple):
    """One field of a message, for people."""

    name: str
    kind: str
    required: bool
    personal: bool
    codes: tuple[str, ...]


class Message(NamedTuple):
    """One message, for people."""

    name: str
    about: str
    fields: tuple[Field, ...]
    examples: tuple[Mapping[str, Any], ...]


def add_contracts_page(app: FastAPI) -> None:
    """Adds `/asyncapi` and `/asyncapi.json`. Nothing can be published from there."""
    for path, answer in (("/asyncapi", _page), ("/asyncapi.json", _json)):
        app.add_api_route(path, answer, include_in_schema=False, dependencies=[public])


async def _page(request: Request) -> Response:
    """Topics and messages, to be read."""
    return render(request, "asyncapi.html", topics=_topics())


async def _json(_: Request) -> Response:
    """The AsyncAPI document."""
    return JSONResponse(_document())


@cache
def _topics() -> tuple[tuple[Topic, tuple[Message, ...]], ...]:
    said = _document()
    channels = {channel["address"]: channel for channel in said["channels"].values()}
    return tuple(
        (topic, tuple(_message(said, name) for name in channels[topic.name]["messages"]))
        for topic in topics().values()
    )


def _message(said: Mapping[str, Any], name: str) -> Message:
    told = said["components"]["messages"][name]
    schemas = said["components"]["schemas"]
    fields = tuple(_fields(schemas, told["payload"]))
    return Message(name, told["summary"], fields, tuple(told["examples"]))


def _fields(schemas: Mapping[str, Any], node: Mapping[str, Any], path: str = "") -> Iterator[Field]:
    for name, given in node.get("properties", {}).items():
        kind, inner = _kind(schemas, given)
        yield Field(
            name=f"{path}{name}",
            kind=kind,
            required=name in node.get("required", ()),
            personal=bool(given.get("x-personal") or inner.get("x-personal")),
            codes=tuple(inner.get("x-extensible-enum", ())),
        )
        many = "[]" if kind.startswith("list") else ""
        yield from _fields(schemas, inner, f"{path}{name}{many}.")


def _kind(schemas: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """What it is, in words, and the schema that says more of it."""
    if "$ref" in node:
        return _kind(schemas, schemas[node["$ref"].removeprefix("#/components/schemas/")])
    if "anyOf" in node:
        [other] = [one for one in node["anyOf"] if one != {"type": "null"}]
        kind, inner = _kind(schemas, other)
        return f"{kind} or null", inner
    if node.get("type") == "array":
        kind, inner = _kind(schemas, node["items"])
        return f"list of {kind}", inner
    if "x-extensible-enum" in node:
        return "code", node
    words = {"string": "text", "integer": "whole number", "boolean": "yes or no"}
    kind = node.get("format") or words.get(node.get("type", ""), node.get("type", "anything"))
    return str(kind), node
