"""What in an event is about a person, and how it is taken out and put back.

A field marked `Personal` is a string (or none). `split` takes such fields out, grouped by the
person they are about, and leaves `ERASED` in their place, so that what remains is complete and
valid without them; `join` puts back those that are still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

ERASED: Final = "[erased]"

T = TypeVar("T")


class PersonalMark:
    """Marks a field as personal data; becomes `x-personal` in the JSON Schema."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "x-personal": True}


Personal = Annotated[T, PersonalMark()]

Parts = dict[str, dict[str, str]]
"""Person id -> JSON pointer -> value."""


def is_personal(model: type[BaseModel], field: str) -> bool:
    """Whether the field of the model is marked `Personal`."""
    return any(isinstance(mark, PersonalMark) for mark in model.model_fields[field].metadata)


def split(event: BaseModel) -> tuple[dict[str, Any], Parts]:
    """The event as JSON data without what is personal, and the personal parts by person.

    Raises:
        TypeError: a personal field stands where no person can be named as its subject.
    """
    data = event.model_dump(mode="json")
    parts: Parts = {}
    for model, place, path, field, subject in _personal_fields(event, data, "", None):
        value = place[field]
        if value is None:
            continue
        if subject is None:
            raise TypeError(f"{type(model).__name__}.{field} is personal but names no subject")
        parts.setdefault(subject, {})[f"{path}/{field}"] = value
        place[field] = ERASED
    return data, parts


def join(data: dict[str, Any], parts: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Puts personal parts back into the data that `split` left, in place."""
    for values in parts.values():
        for pointer, value in values.items():
            *path, field = pointer.removeprefix("/").split("/")
            place: Any = data
            for step in path:
                place = place[int(step)] if isinstance(place, list) else place[step]
            place[field] = value
    return data


class Shape(NamedTuple):
    """What there is to find in a model, found once for each class."""

    personal: tuple[str, ...]
    nested: tuple[str, ...]
    """Fields that can hold models, or tuples of them."""
    names_person: bool
    """Whether its `person` is who its personal fields are about."""


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """Where a model's personal fields, and other models in it, are."""
    fields = model.model_fields
    personal = tuple(name for name in fields if is_personal(model, name))
    return Shape(
        personal=personal,
        nested=tuple(
            name
            for name, field in fields.items()
            if name not in personal and _holds_model(field.annotation)
        ),
        names_person="person" in fields or hasattr(model, "person"),
    )


def _holds_model(annotation: Any) -> bool:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return is_model or any(map(_holds_model, get_args(annotation)))


def _personal_fields(
    model: BaseModel, data: dict[str, Any], path: str, subject: str | None
) -> Iterator[tuple[BaseModel, dict[str, Any], str, str, str | None]]:
    shape = shape_of(type(model))
    own = getattr(model, "person", None) if shape.names_person else None
    subject = subject if own is None else str(own)
    for field in shape.personal:
        yield model, data, path, field, subject
    for field in shape.nested:
        value = getattr(model, field)
        if isinstance(value, BaseModel):
            yield from _personal_fields(value, data[field], f"{path}/{field}", subject)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    place = data[field][index]
                    yield from _personal_fields(item, place, f"{path}/{field}/{index}", subject)
