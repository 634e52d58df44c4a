"""Reviews' settings: those of every service."""

from __future__ import annotations

from complaints_chassis.settings import Settings as Settings
