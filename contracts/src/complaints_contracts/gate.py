"""What no deployment may break: today's contracts compared with those of a release.

A release is a folder with `topics/`, `schemas/` and `examples/SHA256SUMS`, as in this repository or
below `released/`. Who is affected follows from the topic files: services are deployed by us, in the
order that is said here; forces and operations are not, so nothing may be asked of them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

import yaml

from complaints_contracts.data import data_folder
from complaints_contracts.schema_changes import Change, Schema, schema_changes
from complaints_contracts.topics import Topic

SERVICES: Final = frozenset({"intake", "triage", "casework", "notifications", "reviews"})
PARTS: Final = ("topics", "schemas", "examples")
SUMS: Final = "SHA256SUMS"


class GateError(Exception):
    """What to compare with cannot be read; the text says why."""


@dataclass(frozen=True)
class Release:
    """Contracts as they stood at one time."""

    topics: Mapping[str, Topic]
    schemas: Mapping[str, Schema]
    """By the name of the event's type."""
    examples: Mapping[str, str]
    """The SHA-256 of each archived file, by its path."""


@dataclass(frozen=True)
class Finding:
    """One difference, and what it means."""

    subject: str
    """A type of event, a topic, or an archived example."""
    what: str
    breaks: tuple[str, ...] = ()
    """Who cannot do with it; empty where it breaks nobody."""
    topic: str = ""
    """Whose readers are to be deployed before whose writers; empty where the order is no matter."""


def read_release(folder: Path) -> Release:
    """The contracts in a folder.

    Raises:
        GateError: they are not there, or are none.
    """
    try:
        topics = [
            Topic.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
            for file in sorted((folder / "topics").glob("*.yaml"))
        ]
        schemas = {
            file.stem: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted((folder / "schemas").glob("*.json"))
        }
        sums = (folder / "examples" / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise GateError(f"{folder} holds no contracts: {error}") from error
    if not topics or not schemas:
        raise GateError(f"{folder} holds no contracts: it needs topics/ and schemas/.")
    return Release(
        topics={topic.name: topic for topic in topics},
        schemas=schemas,
        examples={path: digest for digest, path in (line.split() for line in sums)},
    )


def today() -> Release:
    """The contracts beside this code."""
    return read_release(data_folder("topics").parent)


def release_at(against: str) -> Release:
    """A release by its folder, its number below `released/`, or a commit of this repository.

    Raises:
        GateError: there is none.
    """
    contracts = data_folder("topics").parent
    for folder in (Path(against), contracts / "released" / against):
        if (folder / "schemas").is_dir():
            return read_release(folder)
    asked = ["git", "-C", str(contracts), "archive", "--format=zip", against, *PARTS]
    found = subprocess.run(asked, capture_output=True, check=False)
    if found.returncode:
        raise GateError(
            f"{against} is no folder of contracts, no release below {contracts / 'released'} and no"
            f" commit: {found.stderr.decode().strip()}"
        )
    with TemporaryDirectory() as place, ZipFile(BytesIO(found.stdout)) as archive:
        archive.extractall(place)
        return read_release(Path(place))


def findings(old: Release, new: Release) -> tuple[Finding, ...]:
    """Everything that is different, and whom it breaks."""
    return (*_of_topics(old, new), *_of_events(old, new), *_of_examples(old, new))


def _of_topics(old: Release, new: Release) -> Iterator[Finding]:
    for name, was in old.topics.items():
        now = new.topics.get(name)
        everyone = (*was.producers, *was.consumers, *was.readers)
        if now is None:
            yield Finding(name, "the topic is gone", breaks=everyone)
            continue
        if now.key != was.key:
            yield Finding(name, f"its key was {was.key}, is {now.key}", breaks=everyone)
        if now.partitions != was.partitions:
            words = f"it had {was.partitions} partitions, has {now.partitions}"
            fewer = now.partitions < was.partitions
            yield Finding(name, words, breaks=everyone if fewer else ())
        if now.cleanup != was.cleanup:
            words = f"its cleanup was {was.cleanup}, is {now.cleanup}"
            yield Finding(name, words, breaks=(*was.consumers, *was.readers))
        if now.retention_days != was.retention_days:
            words = f"it kept records {was.retention_days} days, keeps them {now.retention_days}"
            shorter = now.retention_days < was.retention_days
            yield Finding(name, words, breaks=(*was.consumers, *was.readers) if shorter else ())
        yield from _of_parties(was, now)
    for name in sorted(new.topics.keys() - old.topics.keys()):
        yield Finding(name, "the topic is new", topic=name)


def _of_parties(was: Topic, now: Topic) -> Iterator[Finding]:
    for role in ("producers", "consumers", "readers"):
        before, after = getattr(was, role), getattr(now, role)
        for party in before:
            if party not in after:
                # A service that stops is our own doing; who is outside has lost what it was given.
                lost = () if party in SERVICES else (party,)
                yield Finding(was.name, f"{party} is none of its {role} any more", breaks=lost)
        for party in after:
            if party not in before:
                yield Finding(was.name, f"{party} is one of its {role} now")


def _of_events(old: Release, new: Release) -> Iterator[Finding]:
    for name, was in old.schemas.items():
        topic = old.topics[was["x-topic"]]
        now = new.schemas.get(name)
        if now is None:
            yield Finding(name, "the type is gone", breaks=_readers(topic))
            continue
        for attribute in ("x-topic", "x-key"):
            if was.get(attribute) != now.get(attribute):
                words = f"its {attribute[2:]} was {was.get(attribute)}, is {now.get(attribute)}"
                yield Finding(name, words, breaks=(*topic.producers, *_readers(topic)))
        for change in schema_changes(was, now):
            yield _judged(name, topic, change)
    for name in sorted(new.schemas.keys() - old.schemas.keys()):
        yield Finding(name, "the type is new", topic=new.schemas[name]["x-topic"])


def _judged(name: str, topic: Topic, change: Change) -> Finding:
    """Old messages lie on the topic and are still being sent while services are deployed, so what
    became narrower breaks whoever reads, and those outside who send; what became wider breaks
    readers outside, and is for readers of ours first."""
    what = f"{change.place} {change.what}".strip()
    outside = tuple(who for who in _readers(topic) if who not in SERVICES)
    senders = tuple(who for who in topic.producers if who not in SERVICES)
    broken: list[str] = []
    if change.narrower:
        broken += [*senders, *topic.consumers, *topic.readers]
    elif change.wider:
        broken += outside
    if broken:
        return Finding(name, what, breaks=tuple(dict.fromkeys(broken)))
    return Finding(name, what, topic=topic.name)


def _of_examples(old: Release, new: Release) -> Iterator[Finding]:
    for path, digest in old.examples.items():
        if new.examples.get(path) != digest:
            words = "was changed" if path in new.examples else "is gone"
            yield Finding(f"examples/{path}", f"an archived message {words}", breaks=("archive",))


def _readers(topic: Topic) -> tuple[str, ...]:
    return (*topic.consumers, *topic.readers)


def report(found: Sequence[Finding], against: str, topics: Mapping[str, Topic]) -> str:
    """What was found, in words: what breaks somebody, what does not, and who is deployed first."""
    breaking = [finding for finding in found if finding.breaks]
    lines = [
        f"Today's contracts against {against}: {_counted(len(found), 'difference')};"
        f" {len(breaking) or 'none'} of them breaks somebody.",
        *(f"  BREAKS {', '.join(one.breaks)}: {one.subject}: {one.what}" for one in breaking),
        *(f"  {one.subject}: {one.what}" for one in found if not one.breaks),
    ]
    moved = sorted({one.topic for one in found} & topics.keys())
    if breaking:
        lines.append(
            "Leave what was released as it is: make a new version beside it (.v2), and take the old"
            " one away when its last reader has moved."
        )
    elif moved:
        lines.append("Deploy, for each topic, who reads before who writes:")
        for name in moved:
            readers, writers = _readers(topics[name]), topics[name].producers
            lines.append(f"  {name}: {', '.join(readers) or 'nobody'}; then {', '.join(writers)}")
    return "\n".join(lines)


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
