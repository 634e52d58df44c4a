"""What the demo needs of a running system, wherever that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, Protocol

from complaints_chassis.clock import Clock
from complaints_chassis.web import Role
from complaints_law.office import OfficeProfile

SERVICES: Final = ("intake", "triage", "casework", "notifications", "reviews")
"""Each answers under its name at the address of the staff side."""


class Caught(NamedTuple):
    """What is asked of a mail that the system sent."""

    subject: str
    recipients: tuple[str, ...]


class Target(Protocol):
    """A running system: this process's own (`System`), or one somewhere else (`Deployment`)."""

    office: OfficeProfile
    url: str
    """Address of the staff side, without a slash at its end."""
    bootstrap: str
    """Where its Kafka is (`host:port`)."""
    mail_in: tuple[str, int]
    """Where it takes in mail: host and port."""
    clock: Clock

    @property
    def memory(self) -> Path:
        """The file that keeps what was fed to it."""

    async def as_staff(self, role: Role) -> dict[str, str]:
        """The HTTP header by which the first made-up member of staff who has the role asks."""

    async def caught(self) -> list[Caught]:
        """All mail that it has sent."""
