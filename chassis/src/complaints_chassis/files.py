"""The content-addressed store: a file is written once, named by its SHA-256, read by that name."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from complaints_chassis.errors import Transient

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class FileStore:
    """A folder; each file under the first two characters of its hash. Blocking: use a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keeps the bytes, on disk before it returns; their SHA-256 in hexadecimal.

        Raises:
            Transient: the folder is away or full; nothing was kept.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        with _reachable():
            if not path.exists():
                _write(path, data)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: there is none, or it was erased.
            Transient: the folder is away.
        """
        path = self._path(digest)
        with _reachable():
            return path.read_bytes()

    def delete(self, digest: str) -> None:
        """Removes a file, if it is there."""
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError("no such file")
        return self._folder / digest[:2] / digest


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Transient(
            "The files store cannot be used. Is COMPLAINTS_FILES_FOLDER right, and not full?"
        ) from error


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
