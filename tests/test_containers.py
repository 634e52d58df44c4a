"""The compose file, the images' recipes and the proxy say what the code needs, and no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from complaints_chassis.settings import Settings, variable_of
from complaints_chassis.web import rights
from complaints_intake.app import create_app
from complaints_intake.settings import Settings as IntakeSettings
from complaints_law.office import load_office
from complaints_local import kafka_artefacts

ROOT = Path(__file__).parents[1]
SERVICES = ("intake", "triage", "casework", "notifications", "reviews")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, each in CONTAINERS.items() if each["image"].startswith("complaints-")}


def environment_of(name: str) -> dict[str, str]:
    found: dict[str, str] = CONTAINERS[name].get("environment", {})
    return found


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """Docker Compose, as a plugin or by itself; no engine is needed to read a file."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        found = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if not found.returncode:
            return ["docker", "compose"]
    if os.environ.get("REQUIRE_COMPOSE") == "1":
        raise RuntimeError("REQUIRE_COMPOSE is set, and there is no Docker Compose")
    pytest.skip("there is no Docker Compose on this machine")


def test_compose_reads_the_file_with_the_secrets_that_the_script_makes(
    compose: list[str], tmp_path: Path
) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "secrets", tmp_path / "scripts")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def config() -> subprocess.CompletedProcess[str]:
        command = [*compose, "--profile", "demo", "config"]
        return subprocess.run(
            command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )

    assert "run scripts/secrets" in config().stderr
    subprocess.run([tmp_path / "scripts" / "secrets"], check=True, env=clean)
    secrets = tmp_path / ".env"
    made = secrets.read_text()
    assert secrets.stat().st_mode & 0o077 == 0
    assert len(set(re.findall(r"=([0-9a-f]{64})$", made, re.M))) == len(made.splitlines()) == 16
    found = config()
    assert found.returncode == 0, found.stderr
    assert set(yaml.safe_load(found.stdout)["services"]) == set(CONTAINERS)
    subprocess.run([tmp_path / "scripts" / "secrets"], check=True, env=clean)
    assert secrets.read_text() == made


def test_only_loopback_is_listened_on_and_every_image_is_pinned() -> None:
    for name, container in CONTAINERS.items():
        assert all(port.startswith("127.0.0.1:") for port in container.get("ports", ())), name
        if name not in OURS:
            assert re.search(r":v?\d+(\.\d+)*[a-z0-9-]*$", container["image"]), name
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{kafka_artefacts.version()}"


def test_our_containers_may_write_nothing_but_their_volumes() -> None:
    assert set(SERVICES) <= OURS
    for name in OURS:
        container = CONTAINERS[name]
        assert container["read_only"], name
        assert container["cap_drop"] == ["ALL"], name
        assert container["security_opt"] == ["no-new-privileges:true"], name


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_its_own_password_and_only_migrate_the_owners(service: str) -> None:
    told = yaml.safe_dump(environment_of(service))
    assert set(re.findall(r"\$\{(\w+_(?:PASSWORD|SECRET))", told)) == {
        f"{service.upper()}_PASSWORD",
        f"{service.upper()}_SECRET",
    }
    more = set(environment_of(f"migrate-{service}").items()) - set(environment_of(service).items())
    assert [name for name, _ in more] == ["COMPLAINTS_MIGRATE_URL"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_is_one_that_the_service_reads(service: str) -> None:
    fields = import_module(f"complaints_{service}.settings").Settings.model_fields.items()
    known = {variable_of(str(field.validation_alias or name)) for name, field in fields}
    assert set(environment_of(service)) <= known


@pytest.mark.parametrize("service", SERVICES)
def test_the_recipes_differ_in_nothing_but_the_service(service: str) -> None:
    recipe = (ROOT / "services" / service / "Dockerfile").read_text(encoding="utf-8")
    first = (ROOT / "services" / "intake" / "Dockerfile").read_text(encoding="utf-8")
    assert recipe == first.replace("intake", service)
    assert "ARG PYTHON_IMAGE=" in recipe
    assert "USER 10001" in recipe


def test_the_public_side_has_what_the_public_may_use_and_nothing_else(tmp_path: Path) -> None:
    """Every route of intake, against the proxy's first server."""
    settings = IntakeSettings(
        database_url="postgresql+asyncpg://intake:secret@nowhere/intake",
        kafka_bootstrap_servers="nowhere:1",
        files_folder=tmp_path,
        oidc_issuer="http://nowhere",
        public_url="http://nowhere/intake",
        secret="s" * 32,
    )
    server = (ROOT / "deploy" / "proxy.conf").read_text(encoding="utf-8").split("server {")[1]
    pages = re.compile(re.findall(r"location ~ (\S+) \{", server)[0])
    exact = set(re.findall(r"location = (\S+) \{", server))
    not_for_all = {"/livez", "/readyz", "/metrics", "/docs", "/openapi.json"}
    not_for_all |= {"/asyncapi", "/asyncapi.json"}
    signing_in = {"/sign-in", "/signed-in", "/sign-out", "/signed-out"}
    seen = set()
    for line in rights(create_app(settings)):
        path = "/intake" + re.sub(r"\{kind:form\}", "form", line.path)
        path = re.sub(r"\{[^}]*\}", "x", path) + ("/x" if line.path == "/static" else "")
        wanted = line.right == "public" and line.path not in not_for_all | signing_in
        assert bool(pages.match(path) or path in exact) is wanted, line
        seen.add(wanted)
    assert seen == {True, False}


def test_the_topics_made_are_those_of_the_office() -> None:
    command = CONTAINERS["topics"]["entrypoint"]
    forces = [command[at + 1] for at, word in enumerate(command) if word == "--force"]
    assert forces == [force.key for force in load_office().forces]


def test_the_settings_of_the_images_are_settings() -> None:
    recipe = (ROOT / "services" / "intake" / "Dockerfile").read_text(encoding="utf-8")
    names = {name.lower() for name in re.findall(r"COMPLAINTS_([A-Z_]+)=", recipe)}
    assert names
    assert names <= set(Settings.model_fields)
