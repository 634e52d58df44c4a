"""What changed between two JSON Schemas of one message, and who it is that may not understand.

Pure: two schemas in, changes out. Readers are taken to be tolerant: they ignore fields that they do
not know, and take a member of an open code list that they do not know for `OTHER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

LOWER_LIMITS: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
UPPER_LIMITS: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
RULES: Final = ("pattern", "format", "multipleOf", "uniqueItems")
MEANINGS: Final = ("default", "x-personal")
"""What changes nothing on the wire, and all the same what a reader does about it."""
HANDLED: Final = frozenset(
    {
        *LOWER_LIMITS, *UPPER_LIMITS, *RULES, *MEANINGS, "$ref", "$defs", "anyOf", "type", "enum",
        "const", "x-extensible-enum", "properties", "required", "additionalProperties", "items",
    }
)  # fmt: skip
ANNOTATIONS: Final = frozenset({"$schema", "$id", "title", "description", "examples", "$comment"})
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    `narrower`: what was valid is not any more, so that new readers may refuse old messages.
    `wider`: what was not valid is now, so that old readers may refuse new messages.
    """

    place: str
    what: str
    narrower: bool = False
    wider: bool = False


def schema_changes(old: Schema, new: Schema) -> tuple[Change, ...]:
    """Every difference between the schema that was released and the one of today."""
    return tuple(_Walk(old, new).of_node("", old, new))


class _Walk:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_defs = old.get("$defs", {})
        self._new_defs = new.get("$defs", {})
        self._seen: set[tuple[str, str]] = set()

    def of_node(self, place: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Changes below a place; a definition that many places share is told of at the first."""
        was, old_null = _without_null(old)
        now, new_null = _without_null(new)
        if old_null != new_null:
            words = "may be null now" if new_null else "may not be null any more"
            yield Change(place, words, narrower=old_null, wider=new_null)
        names = was.get("$ref", ""), now.get("$ref", "")
        if all(names):
            if names in self._seen:
                return
            self._seen.add(names)
        yield from self._of_type(
            place, _resolved(was, self._old_defs), _resolved(now, self._new_defs)
        )

    def _of_type(self, place: str, was: Schema, now: Schema) -> Iterator[Change]:
        before, after = was.get("type"), now.get("type")
        if (before, after) in {("integer", "number"), (before, None)} and before != after:
            yield Change(place, f"was {before}, is {after or 'anything'}", wider=True)
        elif (before, after) in {("number", "integer"), (None, after)} and before != after:
            yield Change(place, f"was {before or 'anything'}, is {after}", narrower=True)
        elif before != after:
            yield Change(place, f"was {before}, is {after}", narrower=True, wider=True)
            return
        yield from _of_codes(place, was, now)
        yield from _of_limits(place, was, now)
        for name in RULES:
            yield from _of_rule(place, name, was, now)
        for name in MEANINGS:
            if was.get(name, _ABSENT) != now.get(name, _ABSENT):
                words = f"{name} was {_shown(was, name)}, is {_shown(now, name)}"
                yield Change(place, words, narrower=True)
        yield from self._of_object(place, was, now)
        yield from self._of_parts(place, "items", "[]", was, now)
        yield from self._of_parts(place, "additionalProperties", ".*", was, now)
        for name in sorted((was.keys() | now.keys()) - HANDLED - ANNOTATIONS):
            if not name.startswith(("x-topic", "x-key")) and was.get(name) != now.get(name):
                yield Change(place, f"{name} changed", narrower=True, wider=True)

    def _of_object(self, place: str, was: Schema, now: Schema) -> Iterator[Change]:
        before, after = was.get("properties", {}), now.get("properties", {})
        required, requires = set(was.get("required", ())), set(now.get("required", ()))
        added = [name for name in after if name not in before]
        for name in before:
            here = f"{place}.{name}".removeprefix(".")
            if name not in after:
                alike = [new for new in added if _alike(before[name], after[new])]
                hint = f"; renamed to {alike[0]}?" if len(alike) == 1 else ""
                yield Change(here, f"is gone{hint}", narrower=True, wider=True)
                continue
            if name in requires - required:
                yield Change(here, "is required now", narrower=True)
            if name in required - requires:
                yield Change(here, "is optional now", wider=True)
            yield from self.of_node(here, before[name], after[name])
        for name in added:
            here = f"{place}.{name}".removeprefix(".")
            words = "is new and required" if name in requires else "is new"
            yield Change(here, words, narrower=name in requires)

    def _of_parts(
        self, place: str, name: str, step: str, was: Schema, now: Schema
    ) -> Iterator[Change]:
        before, after = was.get(name, True), now.get(name, True)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.of_node(place + step, before, after)
        elif before != after:
            tighter = before is True or after is False
            yield Change(place + step, f"{name} changed", narrower=tighter, wider=not tighter)


def _resolved(node: Schema, defs: Mapping[str, Schema]) -> Schema:
    while "$ref" in node:
        rest = {name: value for name, value in node.items() if name != "$ref"}
        node = {**defs[node["$ref"].removeprefix("#/$defs/")], **rest}
    return node


def _without_null(node: Schema) -> tuple[Schema, bool]:
    """The node as it is where it is not null, and whether it may be."""
    if "anyOf" not in node:
        return node, False
    others = [one for one in node["anyOf"] if one != {"type": "null"}]
    rest = {name: value for name, value in node.items() if name != "anyOf"}
    if len(others) == 1:
        return {**others[0], **rest}, len(node["anyOf"]) == 2
    return {**rest, "anyOf of": others}, len(others) < len(node["anyOf"])


def _of_codes(place: str, was: Schema, now: Schema) -> Iterator[Change]:
    for name in ("enum", "const"):
        closed, closes = name in was, name in now
        if closed != closes:
            words = f"is closed now: {name}" if closes else "is no longer closed"
            yield Change(place, words, narrower=closes, wider=closed)
        elif closed:
            before, after = _members(was[name]), _members(now[name])
            yield from _gone(place, before, after)
            for member in sorted(after - before):
                yield Change(place, f"{member} is a new member of a closed list", wider=True)
    before, after = (_members(one.get("x-extensible-enum", ())) for one in (was, now))
    yield from _gone(place, before, after)
    for member in sorted(after - before):
        yield Change(place, f"{member} is a new code")


def _gone(place: str, before: set[str], after: set[str]) -> Iterator[Change]:
    for member in sorted(before - after):
        yield Change(place, f"{member} is gone", narrower=True)


def _members(value: Any) -> set[str]:
    return {str(one) for one in (value if isinstance(value, list | tuple) else [value])}


def _of_limits(place: str, was: Schema, now: Schema) -> Iterator[Change]:
    for name in (*LOWER_LIMITS, *UPPER_LIMITS):
        before, after = was.get(name), now.get(name)
        if before == after:
            continue
        tighter = before is None or (
            after is not None and (after > before if name in LOWER_LIMITS else after < before)
        )
        words = f"{name} was {_shown(was, name)}, is {_shown(now, name)}"
        yield Change(place, words, narrower=tighter, wider=not tighter)


def _of_rule(place: str, name: str, was: Schema, now: Schema) -> Iterator[Change]:
    if was.get(name) != now.get(name):
        words = f"{name} was {_shown(was, name)}, is {_shown(now, name)}"
        yield Change(place, words, narrower=name in now, wider=name in was)


def _alike(one: Schema, other: Schema) -> bool:
    plain = [{k: v for k, v in node.items() if k not in ANNOTATIONS} for node in (one, other)]
    return plain[0] == plain[1]


def _shown(node: Schema, name: str) -> str:
    return repr(node[name]) if name in node else "not there"
