"""Notifications' settings: those of every service, and how to reach the mail server."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, SecretStr

from complaints_chassis.settings import Settings as ChassisSettings


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    """Not at all: for a mail server on the same machine or network only."""
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
