"""Intake's settings: those of every service, how much the public may send, how mail comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt

from complaints_chassis.settings import Settings as ChassisSettings
from complaints_intake.mail import MAX_MAIL_BYTES


class Settings(ChassisSettings):
    """Read from the environment, as those of every service."""

    requests_per_minute: PositiveInt = Field(
        default=3000, description="Forms and API requests from everybody, bursts included"
    )
    requests_per_minute_per_address: PositiveInt = Field(
        default=60, description="The same from one address; many people may share one"
    )
    mail_port: int | None = Field(
        default=None, description="Where mail is taken in; none where no port is given"
    )
    mail_host: str = Field(default="127.0.0.1", description="The same, its address")
    mail_protocol: Literal["smtp", "lmtp"] = Field(
        default="smtp", description="What the mail server in front speaks to us: smtp or lmtp"
    )
    mail_certificate: Path | None = Field(
        default=None, description="Certificate (PEM) for STARTTLS; where there is none, no TLS"
    )
    mail_key: Path | None = Field(
        default=None, description="Its key (PEM), where that is a file of its own"
    )
    mail_max_bytes: PositiveInt = Field(
        default=MAX_MAIL_BYTES,
        le=MAX_MAIL_BYTES,
        description="The largest mail that is taken in",
    )
    mail_authserv_id: str = Field(
        default="",
        description="Name of the mail server in front, whose Authentication-Results are trusted",
    )
