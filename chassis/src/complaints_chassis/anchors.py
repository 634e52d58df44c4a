"""`journal verify --topic`: whether the seals here are those that operations were sent.

Whoever may change every table can make journal and seals anew so that they agree. What lies on
`complaints.ops.v1` is out of their hands, for as long as the topic keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.errors import Transient
from complaints_chassis.kafka_read import partitions, records_now
from complaints_contracts import envelope
from complaints_contracts.kafka import ClusterError
from complaints_contracts.ops import JournalSealed

READ_SECONDS: Final = 300.0
"""How long reading the topic to its end may take."""


async def published_seals(kafka: Mapping[str, Any], service: str) -> list[JournalSealed]:
    """Every seal of a service that the topic keeps, by number; the same one once.

    Raises:
        Transient: the topic is not there, or could not be read to its end.
    """
    topic, key = JournalSealed.topic, f"{service}-seals".encode()
    seals: set[JournalSealed] = set()
    try:
        async with asyncio.timeout(READ_SECONDS):
            if not await partitions(kafka, topic.__eq__):
                raise UnknownTopicOrPartitionError
            async for record in records_now(kafka, topic.__eq__):
                if record.key == key:
                    headers = [(name.encode(), value) for name, value in record.headers]
                    event = envelope.decode(record.key, record.value, headers, topic).event
                    if isinstance(event, JournalSealed):
                        seals.add(event)
    except (ClusterError, KafkaError, TimeoutError) as error:
        raise Transient(
            f"{topic} could not be read to its end ({type(error).__name__}). Is the broker up?"
        ) from error
    return sorted(seals, key=lambda seal: seal.number)


async def differences(connection: AsyncConnection, published: Iterable[JournalSealed]) -> list[str]:
    """What was published, and is not so here: rows were rewritten or cut off, seals and all."""
    found = await connection.execute(text("SELECT number, root, previous, seqs FROM seals"))
    here = {
        row.number: {"root": row.root.hex(), "previous": row.previous.hex()}
        | ({"rows": len(row.seqs)} if row.seqs else {})  # of one taken back `verify` minds them
        for row in found
    }
    problems = []
    for seal in published:
        ours = here.get(seal.number)
        if ours is None:
            problems.append(
                f"seal {seal.number}: was published over {seal.rows} rows, and is gone here:"
                " the journal was cut off, or an old backup restored"
            )
            continue
        differing = [name for name, value in ours.items() if value != getattr(seal, name)]
        if differing:
            problems.append(
                f"seal {seal.number}: differs from the one published in {', '.join(differing)}:"
                " journal and seals were rewritten"
            )
    return problems
