"""Apache Kafka on local Java as a force or an office runs it: TLS, passwords, access rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from certificates import Authority
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from complaints_contracts.access import Access
from complaints_contracts.kafka import KafkaSettings
from complaints_local.kafka import KafkaBroker
from complaints_local.ports import HOST

ADMIN: Final = "admin"
SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"


class SecuredKafka(KafkaBroker):
    """One broker with SASL_SSL and SCRAM-SHA-512, which refuses whatever no rule allows.

    `passwords` has the principals and what they say; `ADMIN` is added, who may do everything.
    """

    protocol = "SASL_SSL"

    def __init__(self, folder: Path, authority: Authority, passwords: dict[str, str]) -> None:
        super().__init__(folder)
        self.passwords = {ADMIN: "high-and-mighty", **passwords}
        self._authority = authority
        issued = authority.issue("kafka.test", HOST)
        self._keys = folder.with_name("kafka-keys.pem")
        self._keys.write_bytes(issued.key.read_bytes() + issued.certificate.read_bytes())

    @property
    def clients(self) -> dict[str, Any]:
        return self.settings_of(ADMIN).for_clients()

    def environment_of(self, principal: str) -> dict[str, str]:
        """What a service that is this principal is told."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_USERNAME": principal,
            "KAFKA_PASSWORD": self.passwords[principal],
            "KAFKA_CA_FILE": str(self._authority.file),
        }

    def settings_of(self, principal: str) -> KafkaSettings:
        """The same, read."""
        return KafkaSettings.model_validate(self.environment_of(principal))

    def allow(self, rules: Sequence[Access]) -> None:
        """Makes access rules, as its administrator would."""
        admin = AdminClient(
            {
                "bootstrap.servers": self.bootstrap,
                "security.protocol": self.protocol,
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": ADMIN,
                "sasl.password": self.passwords[ADMIN],
                "ssl.ca.location": str(self._authority.file),
            }
        )
        for made in admin.create_acls([_binding(rule) for rule in rules]).values():
            made.result(timeout=10)

    def _security(self) -> Sequence[str]:
        login = f'{SCRAM} required username="{ADMIN}" password="{self.passwords[ADMIN]}";'
        return (
            f"listener.security.protocol.map={self.protocol}:{self.protocol},CONTROLLER:PLAINTEXT",
            f"inter.broker.listener.name={self.protocol}",
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
            f"listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={self._keys}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={self._authority.file}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found=false",
            # The controller's own listener has no names; no client can reach a topic by it.
            f"super.users=User:{ADMIN};User:ANONYMOUS",
        )

    def _principals(self) -> Sequence[str]:
        return [
            f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]"
            for name, password in self.passwords.items()
        ]


def _binding(rule: Access) -> AclBinding:
    return AclBinding(
        ResourceType[rule.resource.name],
        rule.name,
        ResourcePatternType.PREFIXED if rule.is_prefix else ResourcePatternType.LITERAL,
        f"User:{rule.principal}",
        "*",
        AclOperation[rule.operation.name],
        AclPermissionType.ALLOW,
    )
