"""Every archived example, every model, and strategies that make what they describe."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID

import pytest
from annotated_types import MinLen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from complaints_contracts.envelope import dataschema
from complaints_contracts.event import Event, Model
from complaints_contracts.examples import examples
from complaints_contracts.forces import ContactRedirected
from complaints_contracts.registry import EVENTS, FROM_FORCES

settings.register_profile("contracts", deadline=None)
settings.load_profile("contracts")

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
MOMENTS = st.integers(-62_135_500_000, 253_402_200_000).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=1)
)
PLAIN: dict[type, SearchStrategy[Any]] = {
    int: st.integers(0, 2**63 - 1),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: MOMENTS,
    AwareDatetime: MOMENTS,
}


def _values(annotation: Any, marks: list[Any]) -> SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(arguments[0], [*marks, *arguments[1:]])
    if origin in (Union, types.UnionType):
        return st.one_of([_values(argument, marks) for argument in arguments])
    if annotation is types.NoneType:
        return st.none()
    for mark in marks:
        if isinstance(mark, FieldInfo):
            return _values(annotation, mark.metadata)
        if pattern := getattr(mark, "pattern", None):
            return st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    least = max([mark.min_length for mark in marks if isinstance(mark, MinLen)], default=0)
    if origin is tuple:
        return st.lists(_values(arguments[0], []), min_size=least, max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_values(arguments[0], []), _values(arguments[1], []), max_size=3)
    if issubclass(annotation, Model):
        return _models(annotation)
    if issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if annotation is str:
        return st.text(CHARACTERS, min_size=least, max_size=40)
    return PLAIN[annotation]


def _models(model: type[Model]) -> SearchStrategy[Any]:
    fields = model.model_fields.items()
    return st.builds(model, **{name: _values(f.annotation, f.metadata) for name, f in fields})


@pytest.fixture(scope="session")
def events() -> SearchStrategy[Event]:
    """Events of every type, with everything in them that a model allows."""
    return st.one_of([_models(model) for model in EVENTS.values()])


@pytest.fixture(scope="session")
def redirected() -> SearchStrategy[ContactRedirected]:
    """What forces send, with everything in it that a model allows."""
    return st.one_of([_models(model) for model in FROM_FORCES.values()])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`example` runs over the archive of our events, `sent` over that of forces, `model` over the
    event types."""
    for fixture, from_force in (("example", False), ("sent", True)):
        if fixture in metafunc.fixturenames:
            found = [example for example in examples() if example.from_force is from_force]
            metafunc.parametrize(fixture, found, ids=[example.name for example in found])
    if "model" in metafunc.fixturenames:
        short = [dataschema(name).rsplit(":", 1)[1] for name in EVENTS]
        metafunc.parametrize("model", EVENTS.values(), ids=short)
