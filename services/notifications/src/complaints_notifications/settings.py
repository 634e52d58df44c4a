"""Notifications' settings: those of every service, and how to reach the mail server."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, model_validator

from complaints_chassis.settings import Settings as ChassisSettings
from complaints_contracts.kafka import Certificates


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    """Not at all: for a mail server on the same machine only, and without a password."""
    STARTTLS = "starttls"
    """Protected before anything is said that matters; no mail where the server cannot."""
    TLS = "tls"
    """Protected from the first byte."""


class Settings(ChassisSettings):
    """Read from the environment, as those of every service."""

    smtp_host: str = Field(description="The mail server that takes our mail")
    smtp_port: int = Field(default=587, description="Its port")
    smtp_username: str | None = Field(default=None, description="Our name there, if it asks")
    smtp_password: SecretStr | None = Field(default=None, description="Our password there")
    smtp_tls: Tls = Field(default=Tls.STARTTLS, description="none, starttls or tls")
    smtp_ca_file: Certificates | None = Field(
        default=None,
        description="Certificates (PEM) of who vouches for the mail server; the system's where none"
        " is given",
    )

    @model_validator(mode="after")
    def _keep_the_password_safe(self) -> Self:
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("COMPLAINTS_SMTP_USERNAME and COMPLAINTS_SMTP_PASSWORD go together")
        if self.smtp_password is not None and self.smtp_tls is Tls.NONE:
            raise ValueError(
                "COMPLAINTS_SMTP_TLS should be starttls or tls where there is a password"
            )
        return self
