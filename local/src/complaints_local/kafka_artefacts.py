"""Apache Kafka's jars: fetched once from the Maven registry, checked, and kept for every checkout.

`kafka.lock` names each of them with its checksum; its first line says how a new one is made.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from complaints_local.broker import BrokerError

LOCK = Path(__file__).with_name("kafka.lock")
SERVER = "org.apache.kafka:kafka_2.13"
AT_ONCE = 8
TIMEOUT_SECONDS = 60


class KafkaUnavailable(BrokerError):
    """This machine lacks what Apache Kafka needs; the message says what and what to do."""


class Jar(NamedTuple):
    """A library by its Maven coordinates (`group:artifact:version`) and its SHA-256."""

    coordinates: str
    sha256: str


def version() -> str:
    """The locked version of Apache Kafka."""
    [coordinates] = [jar.coordinates for jar in _locked() if jar.coordinates.startswith(SERVER)]
    return coordinates.rpartition(":")[2]


def jars(say: Callable[[str], None]) -> Path:
    """The folder with exactly the jars that are locked; fetched, and `say` told, where it is new.

    Raises:
        KafkaUnavailable: a jar was not to be had, or is not the one that was locked.
    """
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]
    folder = cache_home / "complaints" / f"kafka-{version()}-{lock}"
    if not folder.exists():
        say(f"fetching Apache Kafka {version()} ({len(_locked())} jars, once)")
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            complete = Path(scratch, "complete")
            complete.mkdir()
            try:
                _fetch(_locked(), Path(scratch, "repository"), complete)
            except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
                raise KafkaUnavailable(
                    f"Apache Kafka {version()} was not to be had from the Maven registry: {error}."
                    " Try again when it answers, or use --broker memory."
                ) from error
            if not folder.exists():  # another process may have been as fast
                complete.rename(folder)
    return folder


def _locked() -> tuple[Jar, ...]:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    return tuple(Jar(*line.split()) for line in lines if not line.startswith("#"))


def _fetch(wanted: tuple[Jar, ...], repository: Path, into: Path) -> None:
    """Raises `RuntimeError` or `OSError` for a jar that does not come, or comes different."""
    from jgo.config import GlobalSettings  # half a second to import, for a fetch alone
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, timeout=TIMEOUT_SECONDS)
    # jgo.conf may give another address for `central`, where a machine has to use a mirror.
    context.remote_repos.update(GlobalSettings.load().repositories)

    def one(jar: Jar) -> None:
        group, artifact, number = jar.coordinates.split(":")
        path = context.project(group, artifact).at_version(number).artifact().resolve()
        if (found := hashlib.sha256(path.read_bytes()).hexdigest()) != jar.sha256:
            raise RuntimeError(f"{jar.coordinates} has the SHA-256 {found}, not {jar.sha256}")
        shutil.move(path, into)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, wanted))


def _lock(*roots: str) -> None:
    """Write `kafka.lock` anew: these libraries and all that they need to run."""
    import jgo

    found = sorted(jgo.resolve("+".join(roots)), key=str)
    lines = [f"# python -m complaints_local.kafka_artefacts {' '.join(roots)}"]
    for artifact in found:
        digest = hashlib.sha256(artifact.resolve().read_bytes()).hexdigest()
        lines.append(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version} {digest}")
    LOCK.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _lock(*sys.argv[1:])
