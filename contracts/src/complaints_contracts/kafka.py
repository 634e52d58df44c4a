"""How to reach a Kafka cluster, and how its topics are made. Needs the extra `kafka`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from complaints_contracts.topics import Topic

DAY_MS: Final = 86_400_000
REPLICAS: Final = 3
LOOK_SECONDS: Final = 0.5


def _of_certificates(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except OSError:  # what is in the file, too: ssl.SSLError is one
        raise ValueError("should name a file of certificates in PEM form") from None
    return file


Certificates = Annotated[Path, AfterValidator(_of_certificates)]
"""A file with the certificates of those who are believed."""


class Protocol(StrEnum):
    """How the connection is protected, and whether it asks for a password."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def asks(self) -> bool:
        """Whether there is a password."""
        return self.startswith("SASL")

    @property
    def encrypts(self) -> bool:
        """Whether there is TLS."""
        return self.endswith("SSL")


class KafkaSettings(BaseSettings):
    """How to reach the cluster, read from the environment. The names are those of every member."""

    model_config = SettingsConfigDict(
        frozen=True, hide_input_in_errors=True, extra="ignore", populate_by_name=True
    )

    kafka_bootstrap_servers: str = Field(
        validation_alias="KAFKA_BOOTSTRAP_SERVERS", description="host:port, comma-separated"
    )
    kafka_protocol: Protocol = Field(
        default=Protocol.PLAINTEXT,
        validation_alias="KAFKA_SECURITY_PROTOCOL",
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; across a network SASL_SSL",
    )
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        default="SCRAM-SHA-512",
        validation_alias="KAFKA_SASL_MECHANISM",
        description="SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, with SASL",
    )
    kafka_username: str | None = Field(
        default=None,
        validation_alias="KAFKA_USERNAME",
        description="Our principal there, with SASL",
    )
    kafka_password: SecretStr | None = Field(
        default=None, validation_alias="KAFKA_PASSWORD", description="Its password"
    )
    kafka_ca_file: Certificates | None = Field(
        default=None,
        validation_alias="KAFKA_CA_FILE",
        description="Certificates (PEM) of who vouches for the brokers, with SSL; the system's"
        " where none is given",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = bool(self.kafka_username), bool(self.kafka_password)
        if self.kafka_protocol.asks and not all(given):
            raise ValueError("KAFKA_USERNAME and KAFKA_PASSWORD are needed with SASL")
        if any(given) and not self.kafka_protocol.asks:
            raise ValueError("KAFKA_SECURITY_PROTOCOL should be SASL_SSL where there is a password")
        if self.kafka_mechanism == "PLAIN" and self.kafka_protocol is Protocol.SASL_PLAINTEXT:
            raise ValueError(
                "KAFKA_SASL_MECHANISM should be SCRAM-SHA-512 where nothing is encrypted"
            )
        if self.kafka_ca_file and not self.kafka_protocol.encrypts:
            raise ValueError("KAFKA_SECURITY_PROTOCOL should be SASL_SSL or SSL with KAFKA_CA_FILE")
        return self

    def for_clients(self) -> dict[str, Any]:
        """What aiokafka's clients are told."""
        found: dict[str, Any] = {
            "bootstrap_servers": self.kafka_bootstrap_servers,
            "security_protocol": self.kafka_protocol.value,
        }
        if self.kafka_protocol.encrypts:
            found["ssl_context"] = ssl.create_default_context(cafile=self.kafka_ca_file)
        if self.kafka_protocol.asks and self.kafka_password:
            found |= {
                "sasl_mechanism": self.kafka_mechanism,
                "sasl_plain_username": self.kafka_username,
                "sasl_plain_password": self.kafka_password.get_secret_value(),
            }
        return found


class ClusterError(Exception):
    """The cluster did not do what it was told; the text says what, and what to do."""


async def create_topics(
    topics: Iterable[Topic], clients: Mapping[str, Any], patience: float = 0
) -> set[str]:
    """Creates the topics that are missing; the names of those. What is there stays as it is.

    `clients` is what `KafkaSettings.for_clients` says; a cluster that does not answer is asked
    again for `patience` seconds.

    Raises:
        ClusterError: it does not answer, or refused a topic.
    """
    async with administering(clients, patience) as admin:
        return {
            topic.name
            for topic in topics
            if await create_topic(admin, topic.name, topic.partitions, kept_as(topic))
        }


async def differences(
    topics: Iterable[Topic], clients: Mapping[str, Any], patience: float = 0
) -> dict[str, tuple[str, ...] | None]:
    """By topic, what is not there as its file says, in words; None where the topic is missing.

    Raises:
        ClusterError: the cluster does not answer, or does not say.
    """
    async with administering(clients, patience) as admin:
        # All are asked for, because asking by name can create a topic.
        there = {found["topic"]: found for found in await admin.describe_topics()}
        wanted = {topic.name: topic for topic in topics}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted if name in there]
        settings = {}
        for answer in await admin.describe_configs(asked) if asked else ():
            for code, words, _, name, entries in answer.resources:
                if code:
                    raise ClusterError(f"Kafka does not say how {name} is kept: {words}")
                settings[name] = {entry[0]: entry[1] for entry in entries}
    return {
        name: tuple(_differs(topic, len(there[name]["partitions"]), settings[name]))
        if name in there
        else None
        for name, topic in wanted.items()
    }


def _differs(topic: Topic, partitions: int, settings: Mapping[str, str]) -> Iterator[str]:
    if partitions != topic.partitions:
        yield f"{partitions} partitions instead of {topic.partitions}"
    for setting, value in kept_as(topic).items():
        if settings.get(setting) != value:
            yield f"{setting} {settings.get(setting)} instead of {value}"


def kept_as(topic: Topic) -> dict[str, str]:
    """Kafka's settings of a topic, as its file says."""
    return {
        "retention.ms": str(topic.retention_days * DAY_MS),
        "cleanup.policy": topic.cleanup.value,
    }


async def create_topic(
    admin: AIOKafkaAdminClient, name: str, partitions: int, settings: Mapping[str, str]
) -> bool:
    """Creates a topic; says whether it was new. One that exists stays as it is.

    It has three replicas, or one for each broker where there are fewer; of three, two must have a
    record before it is acknowledged.

    Raises:
        ClusterError: the cluster refused it.
    """
    replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
    safe = {"min.insync.replicas": "2"} if replicas == REPLICAS else {}
    new = NewTopic(name, partitions, replicas, topic_configs={**safe, **settings})
    [(_, code, text)] = (await admin.create_topics([new])).topic_errors
    if code not in (0, TopicAlreadyExistsError.errno):
        raise ClusterError(f"Kafka did not create topic {name}: {text or for_code(code)}")
    return bool(code == 0)


@asynccontextmanager
async def administering(
    clients: Mapping[str, Any], patience: float = 0
) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client, started; a cluster that is away is asked again.

    Raises:
        ClusterError: the cluster does not answer, or does not let us in.
    """
    end = time.monotonic() + patience
    while True:
        admin = AIOKafkaAdminClient(**clients)
        try:
            await admin.start()
            break
        except KafkaError as error:
            await admin.close()
            if time.monotonic() > end:
                raise ClusterError(
                    f"No Kafka answers at {clients['bootstrap_servers']}, or it does not let us in."
                    " Is it up, and are address, protocol, name and password right?"
                ) from error
        await asyncio.sleep(LOOK_SECONDS)
    try:
        yield admin
    finally:
        await admin.close()
