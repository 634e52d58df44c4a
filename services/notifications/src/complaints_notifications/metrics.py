"""Notifications' metrics: counts and times, nothing of whom they are about."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge

REPLIES: Final = Counter(
    "complaints_mail_replies", "What the mail server said to each attempt", ["kind"]
)
FACTS: Final = Counter(
    "complaints_mail_facts", "What became of notices: prepared, sent, refused and so on", ["fact"]
)
RETURNED: Final = Counter(
    "complaints_mail_returned",
    "Reports of machines about mail: what they say, and whether the mail is known to be ours",
    ["kind", "ours"],
)
WAITING: Final = Gauge("complaints_mail_waiting", "Mails not done with")
WAITING_AGE: Final = Gauge("complaints_mail_waiting_oldest_seconds", "Age of the oldest of them")
