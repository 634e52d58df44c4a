"""The topic files, against the events and the services there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from complaints_contracts import topics as topics_module
from complaints_contracts.event import Event
from complaints_contracts.forces import (
    FORCE_CASES,
    FORCE_CONTACTS,
    FORCE_RECEIPTS,
    FORCE_TRANSFERS,
    RecordAnswered,
)
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.topics import Topic, topic_named, topics, topics_for

SERVICES = {folder.name for folder in (Path(__file__).parents[2] / "services").iterdir()}
FORCE = "force {force}"
EVERY = list(topics().values())


def test_the_topics_are_those_that_models_name() -> None:
    assert set(topics()) == {model.topic for model in (EVENTS | FROM_FORCES).values()}


def test_each_force_has_topics_of_its_own_and_an_office_one_of_each_other() -> None:
    kinds = {FORCE_CONTACTS, FORCE_CASES, FORCE_TRANSFERS, FORCE_RECEIPTS}
    assert {topic.name for topic in EVERY if topic.per_force} == kinds
    assert all(topic.name.startswith("complaints.") for topic in EVERY if not topic.per_force)


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_topic_names_known_services_only(topic: Topic) -> None:
    producers = SERVICES | ({FORCE} if topic.per_force else set())
    assert topic.owner in producers | {"chassis"}
    assert topic.producers
    assert set(topic.producers) <= producers
    assert set(topic.consumers) <= SERVICES
    assert set(topic.readers) <= ({FORCE} if topic.per_force else {"operations"})
    for names in (topic.producers, topic.consumers, topic.readers):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_topic_is_written_by_its_owner_and_read_by_others(topic: Topic) -> None:
    assert topic.owner == "chassis" or topic.producers[0] == topic.owner
    shared = topic.name in ("complaints.ops.v1", FORCE_RECEIPTS)  # a stream has one producer
    assert shared or len(topic.producers) == 1
    assert topic.consumers or topic.readers
    assert not set(topic.producers) & {*topic.consumers, *topic.readers}


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_topic_carries_events_of_ours_with_its_key_or_what_forces_send_with_any(
    topic: Topic,
) -> None:
    ours = [model for model in EVENTS.values() if model.topic == topic.name]
    theirs = [model for model in FROM_FORCES.values() if model.topic == topic.name]
    assert bool(ours) is not bool(theirs)
    assert {model.key for model in ours} | {"any" for _ in theirs} == {topic.key}
    assert (topic.producers == (FORCE,)) is bool(theirs)


def test_what_forces_send_is_no_event_and_is_never_taken_for_one() -> None:
    assert not set(EVENTS) & set(FROM_FORCES)
    assert not any(issubclass(model, Event) for model in FROM_FORCES.values())
    assert all(name == model.type for name, model in (EVENTS | FROM_FORCES).items())
    assert EVENTS[RecordAnswered.type] is RecordAnswered


def test_a_topic_of_one_force_names_it_everywhere() -> None:
    contacts = topics()[FORCE_CONTACTS].for_force("cleveland")
    assert contacts.name == "force.cleveland.contacts.v1"
    assert (contacts.owner, contacts.producers) == ("force cleveland", ("force cleveland",))
    assert not contacts.per_force
    assert contacts.model_dump(exclude={"name", "owner", "producers"}) == topics()[
        FORCE_CONTACTS
    ].model_dump(exclude={"name", "owner", "producers"})
    receipts = topics()[FORCE_RECEIPTS].for_force("cleveland")
    assert (receipts.name, receipts.owner) == ("force.cleveland.receipts.v1", "intake")
    assert (receipts.producers, receipts.readers) == (
        ("intake", "casework"),
        ("force cleveland",),
    )


def test_a_topic_of_no_force_stays_as_it_is_whoever_asks() -> None:
    cases = topics()["complaints.cases.v1"]
    assert cases.for_force("cleveland") == cases.for_force("") == cases


def test_an_office_has_the_common_topics_and_a_set_for_each_of_its_forces() -> None:
    common = {topic.name for topic in EVERY if not topic.per_force}
    assert set(topics_for([])) == common
    made = topics_for(force for force in ("cleveland", "north-moors"))
    assert set(made) == common | {
        *(
            f"force.{force}.{kind}.v1"
            for force in ("cleveland", "north-moors")
            for kind in ("contacts", "cases", "transfers", "receipts")
        ),
    }
    assert all(topic.name == name for name, topic in made.items())


@pytest.mark.parametrize("name", sorted(topics_for(["cleveland"])))
def test_a_topic_is_found_by_its_name(name: str) -> None:
    assert topic_named(name) == topics_for(["cleveland"])[name]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "complaints",
        "complaints.contacts",
        "complaints.cleveland.contacts.v1",
        "complaints.unheard-of.v1",
        "force.cleveland",
        "force.cleveland.triage.v1",
        "force.cleveland.contacts.v2",
        "force..contacts.v1",
        "force.Cleveland.contacts.v1",
        "force.cleve land.contacts.v1",
        "force.north.moors.contacts.v1",
        "force.cleveland\n.contacts.v1",
    ],
)
def test_a_name_of_no_topic_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        topic_named(name)


@pytest.mark.parametrize("force", ["", "Cleveland", "north.moors", "{force}", "north_moors", "a\n"])
def test_a_force_whose_key_cannot_stand_in_a_name_gets_no_topics(force: str) -> None:
    with pytest.raises(ValueError, match="small letters, digits and hyphens"):
        topics_for([force])


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
        {"name": "force.cleveland.contacts.v1"},
        {"name": "force.{county}.contacts.v1"},
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
