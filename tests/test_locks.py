"""The locks pin the same versions everywhere, and hold what the members ask for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MEMBERS = (*sorted((ROOT / "services").iterdir()), ROOT / "local")
ALL = ROOT / "requirements.lock"
LOCKS = (ROOT / "requirements-build.lock", *(member / ALL.name for member in MEMBERS))

Pins = dict[str, tuple[str, frozenset[str]]]


def pins(lock: Path) -> Pins:
    """Version and hashes of each package that a lock names."""
    found = re.findall(r"^(\S+)==(\S+)[^\n]*((?:\n    --hash=\S+[^\n]*)+)", lock.read_text(), re.M)
    return {
        canonicalize_name(name): (version, frozenset(re.findall(r"--hash=(\S+)", hashes)))
        for name, version, hashes in found
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_pins_with_hashes_what_the_common_one_pins(lock: Path) -> None:
    everything, mine = pins(ALL), pins(lock)
    assert mine
    assert len(mine) == len(re.findall(r"^[a-z]\S*==", lock.read_text(), re.M | re.I))
    assert mine.items() <= everything.items(), "run scripts/lock"


@pytest.mark.parametrize("lock", [ALL, *LOCKS], ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text()


def asked_by(member: Path) -> list[Requirement]:
    """What a member asks for, with what those of ours ask for that it needs."""
    project = tomllib.loads((member / "pyproject.toml").read_text())["project"]
    found = []
    for requirement in map(Requirement, project["dependencies"]):
        ours = requirement.name.removeprefix("complaints-")
        if ours == requirement.name:
            found.append(requirement)
            continue
        folder = next(f for f in (ROOT / ours, ROOT / "services" / ours) if f.is_dir())
        found += asked_by(folder)
        extras = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        for extra in requirement.extras:
            wanted = map(Requirement, extras["optional-dependencies"][extra])
            found += [each for each in wanted if not each.name.startswith("complaints-")]
    return found


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_member_finds_in_its_lock_what_it_asks_for(member: Path) -> None:
    mine = pins(member / ALL.name)
    for requirement in asked_by(member):
        version, _ = mine[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement}: run scripts/lock"
