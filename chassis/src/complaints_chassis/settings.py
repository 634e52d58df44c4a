"""What every service can be told from outside."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment: `COMPLAINTS_` and the field's name; secrets have no default."""

    model_config = SettingsConfigDict(
        env_prefix="COMPLAINTS_",
        frozen=True,
        hide_input_in_errors=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: SecretStr = Field(
        description="PostgreSQL as the service's own role: postgresql+asyncpg://role:password@host/db"
    )
    migrate_url: SecretStr | None = Field(
        default=None,
        description="The same database as the role that owns its tables; only `migrate` uses it",
    )
    kafka_bootstrap_servers: str = Field(
        validation_alias="KAFKA_BOOTSTRAP_SERVERS", description="host:port, comma-separated"
    )
    kafka_security: dict[str, str] = Field(
        default_factory=dict,
        description="JSON: sasl_mechanism, sasl_plain_username, sasl_plain_password, ssl_cafile",
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
    secret: SecretStr = Field(description="At least 32 random characters; signs forms and cookies")
    http_host: str = Field(default="127.0.0.1", description="Where `serve` listens")
    http_port: int = Field(default=8080, description="Where `serve` listens")
    log_level: str = Field(default="INFO")
