"""Notifications' metrics: counts and times, nothing of whom they are about."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

REPLIES: Final = Counter(
    "complaints_mail_replies", "What the mail server said to each attempt", ["kind"]
)
CONCLUDED: Final = Counter(
    "complaints_mail_concluded", "Mails done with, and those that wait for a person", ["event"]
)
WITHHELD: Final = Counter(
    "complaints_mail_withheld", "Queued mails that were not sent after all", ["reason"]
)
WAITING: Final = Gauge("complaints_mail_waiting", "Mails not done with")
WAITING_AGE: Final = Gauge("complaints_mail_waiting_oldest_seconds", "Age of the oldest of them")
