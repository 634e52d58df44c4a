"""Intake's settings: those of every service, and how much the public may send."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from complaints_chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """Read from the environment, as those of every service."""

    requests_per_minute: PositiveInt = Field(
        default=3000, description="Forms and API requests from everybody, bursts included"
    )
    requests_per_minute_per_address: PositiveInt = Field(
        default=60, description="The same from one address; many people may share one"
    )
