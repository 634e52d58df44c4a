"""Apache Kafka on this machine's Java: started, adopted and stopped by us, its records kept.

It listens on loopback only, without passwords, and it outlives a killed manager: the next `start`
adopts it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import psutil
from aiokafka.errors import KafkaError

from complaints_contracts.kafka import ClusterError
from complaints_local import kafka_artefacts
from complaints_local.broker import Broker, BrokerError, MemoryBroker
from complaints_local.kafka_artefacts import KafkaUnavailable
from complaints_local.kafka_cluster import KafkaCluster, cluster_id, groups_can_meet
from complaints_local.ports import HOST, free_port, is_free

START_SECONDS = 60.0
STOP_SECONDS = 20.0
OLDEST_JAVA = 17
SETTINGS = Path(__file__).with_name("kafka.properties")
SERVER, FORMATTER = "kafka.Kafka", "kafka.tools.StorageTool"
LOGGING: Final = {
    "defaultLogLevel": "warn",
    "log.org.apache.kafka.common.utils.AppInfoParser": "info",  # says the version
    "showDateTime": "true",
    "dateTimeFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
}
JAVA_OPTIONS: Final = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    *(f"-Dorg.slf4j.simpleLogger.{name}={value}" for name, value in LOGGING.items()),
)


def choose(broker: Literal["memory", "kafka"], folder: Path, say: Callable[[str], None]) -> Broker:
    """The cluster at `KAFKA_BOOTSTRAP_SERVERS` where that is set; else the one that is named."""
    if bootstrap := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        return KafkaCluster(bootstrap)
    return KafkaBroker(folder, say) if broker == "kafka" else MemoryBroker()


class KafkaBroker(KafkaCluster):
    """One broker, its records in `folder`/records and its log in `folder`/log.

    `say` is told what takes long.
    """

    protocol = "PLAINTEXT"

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
        super().__init__(bootstrap="")
        self.folder = folder.resolve()
        self._say = say
        self._log = self.folder / "log"
        self._settings = self.folder / "server.properties"
        self._identity = self.folder / "records" / "meta.properties"
        self._child: subprocess.Popen[bytes] | None = None

    async def start(self) -> str:
        """Have the broker run: adopt it, or start it, or format its storage first.

        Its ports stay the same from start to start, unless another program took one.

        Raises:
            KafkaUnavailable: there is no Java of version 17 or later, or no jars.
            BrokerError: it did not start; the message ends with its log's last lines.
        """
        java = await asyncio.to_thread(_java)
        jars = await asyncio.to_thread(kafka_artefacts.jars, self._say)
        command = [java, *JAVA_OPTIONS, "-cp", str(jars / "*")]
        serve = [*command, SERVER, self._settings.name]
        # One of another version is not adopted, nor one whose data was removed under it.
        known = self._identity.exists() and self._ports()
        if not known or any(line != serve for line in self._processes().values()):
            await self.stop()
        if not self._identity.exists():
            if self._identity.with_name("__cluster_metadata-0").exists():
                raise BrokerError(
                    f"{self._identity} is missing: restore it, or remove {self.folder}"
                )
            await asyncio.to_thread(self._format, command)
        launched = False
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    if not self._processes():
                        if launched:
                            raise self._failure("it ended")
                        self._launch(serve)
                        launched = True
                    await asyncio.sleep(0.02)
                await groups_can_meet(self.clients)
        except TimeoutError as error:
            raise self._failure("it did not answer in time") from error
        return self.bootstrap

    async def stop(self) -> None:
        """Stop it in order; kill it where that takes too long. What it acknowledged is kept."""
        await asyncio.to_thread(self._end)

    async def version(self) -> str:
        """The version of Apache Kafka that answers.

        Raises:
            BrokerError: what answers is not this broker.
        """
        if not await self._answers():
            raise BrokerError(f"Apache Kafka does not run in {self.folder}")
        return kafka_artefacts.version()

    # Its processes. It is known by the folder it runs in: no file can point to the wrong one.

    def _processes(self) -> dict[psutil.Process, list[str]]:
        """Those that run, with their command lines."""
        found = {}
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "java":
                with suppress(psutil.Error):
                    command = process.cmdline()
                    if SERVER in command and process.cwd() == str(self.folder):
                        found[process] = command
        return found

    async def _answers(self) -> bool:
        """Whether our broker answers, and not whatever else took over an old port."""
        if not self._processes() or not (ports := self._ports()):
            return False
        self.bootstrap = f"{HOST}:{ports[0]}"
        try:
            _, writer = await asyncio.open_connection(HOST, ports[0])
            writer.close()
            await writer.wait_closed()
            identity = await cluster_id(self.clients)
        except (OSError, ClusterError, KafkaError):  # the last of one that starts, or is busy
            return False
        return f"cluster.id={identity}" in self._identity.read_text().splitlines()

    def _launch(self, command: list[str]) -> None:
        self._configure()
        if self._child:
            self._child.poll()
        with open(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as log:
            # In a session of its own, for Ctrl-C is for the manager, which stops it in its turn.
            self._child = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _end(self) -> None:
        processes = list(self._processes())
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, alive = psutil.wait_procs(processes, timeout=STOP_SECONDS)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive)
        if self._child:
            self._child.wait()

    def _failure(self, problem: str) -> BrokerError:
        tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
        return BrokerError(f"Apache Kafka: {problem}. {self._log} ends with:\n{tail}")

    # Its storage and settings

    def _format(self, command: list[str]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._configure()
        identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        arguments = ["format", f"--cluster-id={identity}", "--config", self._settings.name]
        arguments += self._principals()
        with open(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)) as log:
            finished = subprocess.run(
                [*command, FORMATTER, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if finished.returncode:
            raise self._failure("its storage could not be formatted")

    def _configure(self) -> None:
        ports = self._ports()
        while len(set(ports)) != 2 or not all(map(is_free, ports)):
            ports = free_port(), free_port()
        clients, controller = (f"{HOST}:{port}" for port in ports)
        lines = [
            SETTINGS.read_text(encoding="utf-8"),
            f"listeners={self.protocol}://{clients},CONTROLLER://{controller}",
            f"advertised.listeners={self.protocol}://{clients}",
            f"controller.quorum.voters=1@{controller}",
            *self._security(),
        ]
        self._settings.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _security(self) -> Sequence[str]:
        """Settings that ask clients for more; the last of a name counts."""
        return ()

    def _principals(self) -> Sequence[str]:
        """Arguments of the formatter that make the first principals."""
        return ()

    def _ports(self) -> tuple[int, ...]:
        """For clients and for the controller, as at the last start; none before the first."""
        with suppress(FileNotFoundError):
            for line in self._settings.read_text(encoding="utf-8").splitlines():
                if line.startswith("listeners="):
                    return tuple(int(port) for port in re.findall(r":(\d+)", line))
        return ()


def _java() -> str:
    """The Java to use. Raises `KafkaUnavailable` where there is none that is new enough."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin" if home else None)
    where = f"at JAVA_HOME ({home})" if home else "on PATH"
    if java is None:
        problem = f"there is none {where}"
    else:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
        found = re.search(r'version "(\d+)', said.stderr)
        if found and int(found[1]) >= OLDEST_JAVA:
            return java
        problem = f"the one {where} is {'older' if found else 'broken'}"
    raise KafkaUnavailable(
        f"Apache Kafka needs Java {OLDEST_JAVA} or later, and {problem}. Install it (on Debian and"
        " Ubuntu: default-jre-headless), or use --broker memory."
    )
