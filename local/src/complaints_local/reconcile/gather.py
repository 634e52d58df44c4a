"""Gathers the evidence: files, topics, databases and sink, each read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local import mailpit
from complaints_local.reconcile.evidence import Evidence
from complaints_local.reconcile.from_databases import SERVICES, read_addresses, read_databases
from complaints_local.reconcile.from_files import read_folder, read_logs, sink_mail
from complaints_local.reconcile.from_kafka import read_topics
from complaints_local.reconcile.ledger import read_ledger
from complaints_local.reconcile.watched import read_watched


@dataclass(frozen=True)
class Sources:
    """Where everything is. Of `mail` and `mailpit` one is given."""

    ledger: Path
    databases: Path
    kafka: Mapping[str, Any]
    """What aiokafka's clients are told."""
    mail: Path | None = None
    mailpit: str | None = None
    logs: Sequence[Path] = ()
    watched: Path | None = None


async def gather(sources: Sources) -> Evidence:
    """Reads everything.

    Raises:
        LedgerError, WatchedError, EvidenceError, ClusterError, Transient: and says what to do.
        DBAPIError, OSError: a database does not answer, or does not let us in.
        httpx.HTTPError: Mailpit does not answer.
    """
    ledger = tuple(read_ledger(sources.ledger))
    watched = read_watched(sources.watched) if sources.watched else None
    addresses = read_addresses(sources.databases)
    services, tables = await read_databases(addresses, sources.kafka)
    topics = await read_topics(
        sources.kafka,
        list(topics_for(force.key for force in load_office().forces).values()),
        {name: service.topics for name, service in SERVICES.items()},
    )
    if sources.mail:
        mails = read_folder(sources.mail)
    else:
        async with httpx.AsyncClient(timeout=30) as http:
            caught = await mailpit.mails(http, sources.mailpit or "")
        mails = tuple(map(sink_mail, caught))
    return Evidence(
        ledger=ledger,
        services=services,
        tables=tables,
        topics=topics,
        mails=mails,
        logs=read_logs(sources.logs) if sources.logs else None,
        watched=watched,
    )
