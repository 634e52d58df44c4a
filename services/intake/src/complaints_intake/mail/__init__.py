"""Mail that arrives: read in a process of its own, so that no mail can take the service down."""

from typing import Final

MAX_MAIL_BYTES: Final = 25_000_000
"""The most that is taken of a mail, whichever way it comes: its reader has memory for that much."""
