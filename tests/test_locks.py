"""The locks agree with each other and with every pyproject.toml: a forgotten lock shows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MEMBERS = {
    f"complaints-{folder.name}": folder
    for folder in (*(ROOT / name for name in ("contracts", "law", "chassis", "local")),
                   *(ROOT / "services").iterdir())
    if (folder / "pyproject.toml").exists()
}  # fmt: skip
ALONE = [name for name, folder in MEMBERS.items() if folder.parent.name == "services"]
ALONE.append("complaints-local")
EVERY_LOCK = sorted(
    [*ROOT.glob("requirements*.lock"), *(MEMBERS[name] / "requirements.lock" for name in ALONE)]
)

Pins = Mapping[tuple[str, str], frozenset[str]]


@cache
def pins(lock: Path) -> Pins:
    """The hashes of each name and version."""
    lines = re.sub(r" *\\\n *", " ", lock.read_text(encoding="utf-8")).splitlines()
    found = {}
    for line in lines:
        if pin := re.match(r"([a-z0-9-]+)==([^ ;]+)", line):
            found[pin[1], pin[2]] = frozenset(re.findall(r"--hash=(\S+)", line))
    return found


def _project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def _needed(lines: Iterable[str]) -> Iterator[Requirement]:
    """What these requirements are of other people's packages, through our own members."""
    for line in lines:
        requirement = Requirement(line)
        if requirement.name not in MEMBERS:
            yield requirement
            continue
        project = _project(MEMBERS[requirement.name])["project"]
        yield from _needed(project["dependencies"])
        for extra in requirement.extras:
            yield from _needed(project["optional-dependencies"][extra])


def _not_met(lines: Iterable[str], lock: Path) -> list[str]:
    return [
        str(needed)
        for needed in _needed(lines)
        if not any(
            name == canonicalize_name(needed.name) and needed.specifier.contains(version)
            for name, version in pins(lock)
        )
    ]


def _development() -> list[str]:
    groups = _project(ROOT)["dependency-groups"]
    return [*groups["build"], *(line for line in groups["dev"] if isinstance(line, str))]


@pytest.mark.parametrize("member", ALONE)
def test_a_members_lock_has_all_that_it_needs(member: str) -> None:
    assert _not_met([member], MEMBERS[member] / "requirements.lock") == []


def test_the_lock_of_all_has_all_that_anything_needs() -> None:
    contracts = "complaints-contracts[topics]"
    assert _not_met([*MEMBERS, contracts, *_development()], ROOT / "requirements.lock") == []


@pytest.mark.parametrize("member", MEMBERS)
def test_the_lock_for_builds_can_build_every_member(member: str) -> None:
    needed = _project(MEMBERS[member])["build-system"]["requires"]
    assert _not_met(needed, ROOT / "requirements-build.lock") == []


@pytest.mark.parametrize("lock", EVERY_LOCK, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_agrees_with_the_lock_of_all_and_names_no_registry(lock: Path) -> None:
    assert pins(lock)
    assert all(pins(lock).values())
    assert pins(lock).items() <= pins(ROOT / "requirements.lock").items()
    assert "://" not in lock.read_text(encoding="utf-8")


def test_a_service_alone_is_given_nothing_of_the_tests() -> None:
    tests = {canonicalize_name(Requirement(line).name) for line in _development()} - {"packaging"}
    for member in ALONE:
        assert not tests & {name for name, _ in pins(MEMBERS[member] / "requirements.lock")}


def test_what_is_missing_from_a_lock_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("striprtf==0.0.34 \\\n    --hash=sha256:0\n    # via complaints-intake\n")
    assert pins(lock) == {("striprtf", "0.0.34"): {"sha256:0"}}
    wanted = ["striprtf>=0.0.34", "striprtf>=0.0.35,<0.1", "filetype"]
    assert _not_met(wanted, lock) == ["striprtf<0.1,>=0.0.35", "filetype"]
