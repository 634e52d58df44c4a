"""What every service can be told from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from complaints_contracts.kafka import KafkaSettings

PREFIX: Final = "COMPLAINTS_"
MIN_SECRET: Final = 32
"""Characters: 128 bits where they are random hexadecimal digits."""


def variable_of(field: str) -> str:
    """What the environment calls a field: by its alias, which is in capitals, or our prefix."""
    return field if field.isupper() else PREFIX + field.upper()


def _of_postgresql(url: SecretStr) -> SecretStr:
    try:
        found = make_url(url.get_secret_value())
        usable = found.drivername == "postgresql+asyncpg" and bool(found.username)
    except (ArgumentError, ValueError):  # the latter of a port that is no number
        usable = False
    if not usable:
        raise ValueError("should look like postgresql+asyncpg://role:password@host:port/database")
    return url


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < MIN_SECRET:
        raise ValueError(f"should be at least {MIN_SECRET} random characters long")
    return secret


DatabaseUrl = Annotated[SecretStr, AfterValidator(_of_postgresql)]
Secret = Annotated[SecretStr, AfterValidator(_long_enough)]


class Settings(KafkaSettings):
    """Read from the environment: `COMPLAINTS_` and the field's name; secrets have no default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX)

    database_url: DatabaseUrl = Field(
        description="PostgreSQL as the service's own role: postgresql+asyncpg://role:password@host/db"
    )
    migrate_url: DatabaseUrl | None = Field(
        default=None,
        description="The same database as the role that owns its tables; only `migrate` uses it",
    )
    kafka_keeps_records: bool = Field(
        default=True,
        description="False for the in-memory broker: an event then counts as published only when"
        " every consumer group has read it",
    )
    office: Path | None = Field(
        default=None, description="The office profile (YAML); Cleveland's where none is given"
    )
    files_folder: Path = Field(description="The content-addressed store of files")
    oidc_issuer: str = Field(description="Address of the identity provider")
    oidc_client_id: str = Field(default="complaints", description="Our name there")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Where we are a confidential client there"
    )
    oidc_audience: str = Field(
        default="complaints-api", description="What access tokens for our API say they are for"
    )
    oidc_required_amr: str | None = Field(
        default="mfa", description="Method the provider must say it used at sign-in"
    )
    public_url: str = Field(description="Address under which browsers reach this service")
    secret: Secret = Field(description="At least 32 random characters; signs forms and cookies")
    http_host: str = Field(default="127.0.0.1", description="Where `serve` listens")
    http_port: int = Field(default=8080, description="Where `serve` listens")
    http_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses of the proxies in front, comma-separated, or *: what they say of the"
        " caller's address and of https is believed",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO",
        description="The least that is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL",
    )
