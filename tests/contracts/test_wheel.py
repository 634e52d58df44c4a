"""Another force can install the wheel alone: files inside, pydantic and nothing else needed."""

from __future__ import annotations

import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"

PYDANTIC = (
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
)

READS_THE_ARCHIVE = """
import importlib, pkgutil, sys
sys.path[:0] = sys.argv[1:]
import complaints_contracts
assert complaints_contracts.__file__.startswith(sys.argv[1]), complaints_contracts.__file__
for module in pkgutil.iter_modules(complaints_contracts.__path__):
    try:
        importlib.import_module(f"complaints_contracts.{module.name}")
    except ModuleNotFoundError as missing:
        found = module.name, missing.name
        assert found[1] == {"kafka": "aiokafka"}.get(found[0], "yaml"), found
        assert found[0] in {"topics", "access", "kafka", "gate", "asyncapi"}, found
from complaints_contracts.envelope import decode
from complaints_contracts.examples import examples
from complaints_contracts.foreign import decode_foreign
print(len([
    decode_foreign(e.value, e.headers, e.topic) if e.from_force
    else decode(e.key, e.value, e.headers, e.topic)
    for e in examples()
]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CONTRACTS, check=True, capture_output=True, timeout=60)
    (found,) = folder.glob("*.whl")
    return found


def _files(folder: Path) -> set[str]:
    return {
        f"complaints_contracts/{folder.name}/{file.relative_to(folder).as_posix()}"
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_wheel_holds_the_models_topics_schemas_and_examples(wheel: Path) -> None:
    source = CONTRACTS / "src" / "complaints_contracts"
    code = {f"complaints_contracts/{file.name}" for file in source.iterdir() if file.is_file()}
    expected = code.union(*(_files(CONTRACTS / name) for name in ("topics", "schemas", "examples")))
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == expected


def test_the_wheel_needs_pydantic_only(wheel: Path) -> None:
    (metadata,) = [
        zipfile.ZipFile(wheel).read(name).decode()
        for name in zipfile.ZipFile(wheel).namelist()
        if name.endswith("/METADATA")
    ]
    needed = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    always = [line for line in needed if "extra ==" not in line]
    assert [line.split(": ")[1].split("<")[0].split(">")[0] for line in always] == ["pydantic"]


def test_the_wheel_works_where_only_pydantic_is_installed(wheel: Path, tmp_path: Path) -> None:
    unpacked, pydantic = tmp_path / "wheel", tmp_path / "pydantic"
    zipfile.ZipFile(wheel).extractall(unpacked)
    pydantic.mkdir()
    for name in PYDANTIC:
        found = Path(str(importlib.import_module(name).__file__))
        found = found.parent if found.name == "__init__.py" else found
        (pydantic / found.name).symlink_to(found)
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", READS_THE_ARCHIVE, str(unpacked), str(pydantic)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == len(list((CONTRACTS / "examples").glob("*/*.record")))
