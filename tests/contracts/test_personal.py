"""Personal data: known by name, needed by somebody, taken out and put back without loss."""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from complaints_contracts.data import data_folder
from complaints_contracts.event import Event, Model
from complaints_contracts.forces import FORCE_CASES, FORCE_CONTACTS, FORCE_TRANSFERS
from complaints_contracts.ops import OpsEvent
from complaints_contracts.personal import ERASED, Personal, is_personal, join, split
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.schemas import short_type
from complaints_contracts.topics import topics

NEEDED: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
    (data_folder("topics").parent / "personal-fields.yaml").read_text()
)
MODELS = {short_type(name): model for name, model in (EVENTS | FROM_FORCES).items()}
NOBODYS = {
    # Come with every person, also where nobody needs them of that event.
    "case.opened.v1": {"persons.reach.interpreter_for", "persons.representation.scope"},
    "case.compliment-forwarded.v1": {
        "persons.reach.interpreter_for",
        "persons.representation.scope",
    },
    "case.concern-noted.v1": {"persons.reach.interpreter_for", "persons.representation.scope"},
    "case.moved.v1": {"persons.reach.interpreter_for", "persons.representation.scope"},
}
"""What travels though nobody needs it. Nothing is added here for a field that is new."""
TEXT = (str, str | None)


def _inner_models(annotation: Any) -> Iterator[type[Model]]:
    """The models in a field, and only where `split` looks for them: alone, or in a tuple."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _inner_models(arguments[0])
    elif origin in (tuple, Union, types.UnionType):
        for argument in arguments:
            yield from _inner_models(argument)
    elif origin is not None:
        assert origin is dict
        assert all(issubclass(argument, str) for argument in arguments)
    elif isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation


def _personal(
    model: type[Model], path: str = "", subject: bool = False
) -> Iterator[tuple[str, Any, bool]]:
    """Path, annotation, and whether a person is known there, of every personal field."""
    subject = subject or hasattr(model, "person")
    for name, field in model.model_fields.items():
        if is_personal(model, name):
            yield f"{path}{name}", field.annotation, subject
        else:
            for inner in _inner_models(field.annotation):
                yield from _personal(inner, f"{path}{name}.", subject)


def test_a_personal_field_is_text_and_stands_where_a_person_is_known(model: type[Event]) -> None:
    for path, annotation, subject in _personal(model):
        assert annotation in TEXT, path
        assert subject, path
        assert path != model.key


def test_what_forces_send_names_no_person_by_an_id_of_ours() -> None:
    """So it is never split or journalled: the contact that it becomes is."""
    for model in FROM_FORCES.values():
        fields = list(_personal(model))
        assert {annotation for _, annotation, _ in fields} <= set(TEXT)
        assert not [path for path, _, subject in fields if subject]


def test_every_personal_field_is_listed() -> None:
    there = {name: {path for path, _, _ in _personal(model)} for name, model in MODELS.items()}
    listed = {name: set(fields) for name, fields in NEEDED.items()}
    assert listed == {name: fields for name, fields in there.items() if fields}


@pytest.mark.parametrize("short", NEEDED)
def test_a_personal_field_is_needed_by_somebody_or_known_to_be_nobodys(short: str) -> None:
    unneeded = {path for path, needs in NEEDED[short].items() if not needs}
    assert unneeded == NOBODYS.get(short, set())


@pytest.mark.parametrize("short", NEEDED)
def test_who_needs_a_personal_field_reads_its_topic_and_says_why(short: str) -> None:
    topic = topics()[MODELS[short].topic]
    for path, needs in NEEDED[short].items():
        assert set(needs) <= {*topic.consumers, *(one.split()[0] for one in topic.readers)}, path
        assert all(why.strip() for why in needs.values()), path


def test_topics_with_personal_fields_are_kept_for_fourteen_days_at_most() -> None:
    personal = {model.topic for model in MODELS.values() if any(_personal(model))}
    assert personal == {
        "complaints.contacts.v1",
        "complaints.triage.v1",
        "complaints.cases.v1",
        "complaints.allegations.v1",
        FORCE_CONTACTS,
        FORCE_CASES,
        FORCE_TRANSFERS,
    }
    for name in personal:
        assert topics()[name].retention_days <= 14
        assert topics()[name].cleanup == "delete"


def test_operations_are_never_told_anything_personal() -> None:
    ops = [model for model in EVENTS.values() if issubclass(model, OpsEvent)]
    assert ops
    assert not [path for model in ops for path in _personal(model)]


def _leaves(model: Model, data: dict[str, Any]) -> Iterator[Any]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if is_personal(type(model), name):
            yield data[name]
        for index, item in enumerate(value if isinstance(value, tuple) else [value]):
            if isinstance(item, Model):
                inner = data[name][index] if isinstance(value, tuple) else data[name]
                yield from _leaves(item, inner)


def _subjects(model: Model) -> Iterator[Any]:
    """Whom an event names, itself or in a part of it."""
    yield getattr(model, "person", None)
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, tuple) else [value]:
            if isinstance(item, Model):
                yield from _subjects(item)


@given(data=st.data())
def test_what_was_split_off_is_gone_and_comes_back_by_joining(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    event = data.draw(events)
    rest, parts = split(event)
    whole = event.model_dump(mode="json")
    texts = [text for text in _leaves(event, whole) if text is not None]
    assert sorted(texts) == sorted(text for each in parts.values() for text in each.values())
    assert all(left in (ERASED, None) for left in _leaves(event, rest))
    assert type(event).model_validate(rest).stream == event.stream
    assert set(parts) <= {str(subject) for subject in _subjects(event)}
    assert join(copy.deepcopy(rest), parts) == whole


@given(data=st.data())
def test_erasing_one_person_leaves_the_others_whole(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    event = data.draw(events)
    rest, parts = split(event)
    if not parts:
        return
    erased = data.draw(st.sampled_from(sorted(parts)))
    kept = {subject: values for subject, values in parts.items() if subject != erased}
    joined = type(event).model_validate(join(rest, kept))
    assert split(joined)[1] == {
        **kept,
        erased: dict.fromkeys(parts[erased], ERASED),
    }


def test_a_personal_field_without_a_person_is_refused() -> None:
    class Orphan(Model):
        words: Personal[str]

    with pytest.raises(TypeError, match=r"Orphan\.words is personal but names no subject"):
        split(Orphan(words="nobody's"))
