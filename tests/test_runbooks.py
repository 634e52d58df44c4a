"""The runbooks speak of the system there is: its metrics, topics, commands and settings."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from complaints_chassis.settings import variable_of
from complaints_contracts.topics import topics

FOLDER = Path(__file__).parents[1] / "docs" / "runbooks"
COMMON = (FOLDER / "README.md").read_text(encoding="utf-8")
SERVICES = ("intake", "triage", "casework", "notifications", "reviews")
PAGES = {name: (FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in SERVICES}
ALL = "\n".join([COMMON, *PAGES.values()])


def metrics() -> set[str]:
    for module in ("complaints_chassis.telemetry", "complaints_intake.metrics"):
        import_module(module)
    import_module("complaints_notifications.metrics")
    return {m.name for m in REGISTRY.collect() if m.name.startswith("complaints_")}


def test_every_metric_is_explained_and_none_that_is_not_there() -> None:
    written = set(re.findall(r"\bcomplaints_[a-z_]+", ALL))
    known = metrics()
    for name in known:
        assert written & {name, f"{name}_total"}, name
    assert {name.removesuffix("_total") for name in written} <= known


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_writes_what_its_page_says(service: str) -> None:
    page = PAGES[service]
    reads, writes = re.search(
        r"\*\*Reads\*\* (.*?)\*\*Writes\*\* (.*?)\*\*Owns", page, re.S
    ).groups()  # type: ignore[union-attr]

    def named(text: str) -> set[str]:
        return {
            name.replace("<force>", "{force}") for name in re.findall(r"`([a-z<>.]+\.v1)`", text)
        }

    mine = {topic.name for topic in topics().values() if service in topic.producers}
    assert named(reads) == {t.name for t in topics().values() if service in t.consumers}
    assert named(writes) == mine - {"complaints.ops.v1"}


def test_every_setting_that_is_named_is_one() -> None:
    known = set()
    for service in SERVICES:
        fields = import_module(f"complaints_{service}.settings").Settings.model_fields.items()
        known |= {variable_of(str(field.validation_alias or name)) for name, field in fields}
    written = set(re.findall(r"\b(?:COMPLAINTS|KAFKA)_[A-Z_]+[A-Z](?!…)\b", ALL))
    assert written - {"COMPLAINTS_REQUESTS_PER_MINUTE"} <= known
    security = {name for name in known if name.startswith("KAFKA_")}
    assert security <= written


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_says_how_to_start_what_alarms_mean_and_what_to_do(service: str) -> None:
    headings = re.findall(r"^## (.*)$", PAGES[service], re.M)
    assert headings == ["Start", "Alarms of its own", "What to do"]
    assert "(README.md)" in PAGES[service]


def test_what_readyz_can_say_is_explained() -> None:
    code = import_module("complaints_chassis.health").__file__
    said = re.findall(r'found\.append\(f?"([a-z]+: [a-z ]+)', Path(str(code)).read_text())
    assert len(said) > 5
    for words in said:
        assert words.strip()[:25] in COMMON, words


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", ALL):
        assert (FOLDER / link).exists(), link
