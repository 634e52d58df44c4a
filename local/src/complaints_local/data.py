"""The one folder in which the local system keeps everything it must not forget (`--data`)."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Self


class DataFolder:
    """A folder that only its owner can open, held by one running system at a time.

    Used as a context manager; the hold ends with the process, however that ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock = -1

    def __enter__(self) -> Self:
        """Create the folder and hold it.

        Raises:
            BlockingIOError: another running system holds it.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            message = f"{self.path} is in use by another running system. Stop it, or give --data."
            raise BlockingIOError(message) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def folder(self, name: str) -> Path:
        """A subfolder, created with mode 700 when it is missing."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def secret(self, name: str) -> str:
        """A random secret of 256 bits, in hexadecimal, the same at every start."""
        return secret(self.path / f"{name}.secret")


def secret(path: Path) -> str:
    """The secret in this file; made, with mode 600 and on disk before it is used, when missing."""
    if not path.exists():
        write_durably(path, secrets.token_hex(32).encode())
    return path.read_text()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; once this returns it survives a power cut.

    It appears under its name complete or not at all.
    """
    part = path.with_name(path.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Put on disk which names a folder holds; syncing a file alone does not keep its name."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
