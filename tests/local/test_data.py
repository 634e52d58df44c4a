"""The data folder: one system at a time, its owner's only, and nothing half written."""

import stat
from pathlib import Path

import pytest

from complaints_local.data import DataFolder


def test_a_second_system_is_refused_until_the_first_one_ends(tmp_path: Path) -> None:
    path = tmp_path / "data"
    refused = pytest.raises(BlockingIOError, match="in use by another running system")
    with DataFolder(path), refused, DataFolder(path):
        pass
    with DataFolder(path):
        pass


def test_everything_in_it_is_its_owners_only(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data") as data:
        data.secret("cookies")
        data.folder("mail")
    for path in (data.path, *data.path.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_secret_is_the_same_at_every_start_and_differs_by_name(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as data:
        secret = data.secret("cookies")
        assert len(bytes.fromhex(secret)) == 32
        assert data.secret("identity") != secret
    with DataFolder(tmp_path) as data:
        assert data.secret("cookies") == secret
