"""The topic files, against the events and the services there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from complaints_contracts import topics as topics_module
from complaints_contracts.event import Event
from complaints_contracts.registry import EVENTS
from complaints_contracts.topics import Topic, topics

SERVICES = {folder.name for folder in (Path(__file__).parents[2] / "services").iterdir()}
OWN = [topic for topic in topics().values() if topic.name.startswith("complaints.")]


def test_there_is_a_file_for_every_topic_of_the_first_flow() -> None:
    streams = ("contacts", "triage", "cases", "notices", "ops")
    assert {f"complaints.{stream}.v1" for stream in streams} <= set(topics())


@pytest.mark.parametrize("topic", OWN, ids=lambda topic: topic.name)
def test_a_topic_names_known_services_only(topic: Topic) -> None:
    assert topic.owner in SERVICES | {"chassis"}
    assert topic.producers
    assert set(topic.producers) <= SERVICES
    assert set(topic.consumers) <= SERVICES
    for names in (topic.producers, topic.consumers):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("topic", OWN, ids=lambda topic: topic.name)
def test_a_topic_is_written_by_its_owner_and_read_by_others(topic: Topic) -> None:
    assert topic.owner == "chassis" or topic.producers == (topic.owner,)
    assert not set(topic.producers) & set(topic.consumers)


@pytest.mark.parametrize("topic", OWN, ids=lambda topic: topic.name)
def test_a_topic_carries_events_and_its_key_is_theirs(topic: Topic) -> None:
    carried = [model for model in EVENTS.values() if model.topic == topic.name]
    assert carried
    assert {model.key for model in carried} == {topic.key}


def test_an_event_has_a_topic_a_key_that_every_one_of_it_carries_and_a_documented_name(
    model: type[Event],
) -> None:
    assert model.topic in topics()
    assert model.model_fields[model.key].is_required()
    assert model.__doc__


def test_two_events_never_share_a_type() -> None:
    def narrower(model: type[Event]) -> set[type[Event]]:
        direct = model.__subclasses__()
        return set(direct).union(*(narrower(each) for each in direct))

    named = {model for model in narrower(Event) if "type" in vars(model)}
    ours = {model for model in named if model.__module__.startswith("complaints_contracts.")}
    assert set(EVENTS.values()) == ours
    assert len(EVENTS) == len(ours)


def test_the_type_of_an_event_is_spelled_as_all_are(model: type[Event]) -> None:
    prefix, system, stream, name, version = model.type.split(".")
    assert (prefix, system) == ("uk", "police-complaints")
    assert stream.isidentifier()
    assert name.replace("-", "").isalpha()
    assert name.islower()
    assert version.removeprefix("v").isdigit()


def test_a_file_named_otherwise_than_its_topic_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "{name: complaints.cases.v1, description: d, owner: casework, producers: [casework],"
        " consumers: [], key: case_id, partitions: 1, retention_days: 1}"
    )
    (tmp_path / "complaints.case.v1.yaml").write_text(text)
    monkeypatch.setattr(topics_module, "data_folder", lambda _: tmp_path)
    with pytest.raises(ValueError, match="rename one of them"):
        topics.__wrapped__()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "contacts"},
        {"name": "complaints.contacts"},
        {"partitions": 0},
        {"retention_days": 0},
        {"cleanup": "shred"},
        {"unknown": 1},
    ],
)
def test_a_wrong_topic_file_is_refused(wrong: dict[str, object]) -> None:
    good = topics()["complaints.contacts.v1"].model_dump()
    with pytest.raises(ValidationError):
        Topic.model_validate(good | wrong)
