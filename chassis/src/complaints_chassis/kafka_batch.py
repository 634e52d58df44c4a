"""The batch in hand: applied and then committed, however often either takes; or let go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaTimeoutError

from complaints_chassis.crowd import gather_seconds
from complaints_chassis.errors import Transient
from complaints_chassis.kafka_tolerant import BATCH_RECORDS, TolerantConsumer
from complaints_chassis.points import point
from complaints_chassis.record import Record

log = logging.getLogger(__name__)

HANDOVER_SECONDS: Final = 10.0
"""How long a rebalance waits for the batch in hand, so that the next owner need not repeat it."""
BACKOFF_SECONDS: Final = (0.2, 5.0)
"""First and longest wait before something is tried again."""
NOT_OURS: Final = (CommitFailedError, IllegalStateError)
"""The partitions are another member's by now, or nobody's yet."""
COMMIT_SECONDS: Final = 1.0
"""How often a commit that the broker does not answer looks around; the last look when stopping."""


class Hands:
    """Holds at most one batch. Waits in it count as polling, so the group keeps this member."""

    def __init__(self, apply: Callable[[Sequence[Record]], Awaitable[None]]) -> None:
        self.waiting: str | None = None
        self.free = asyncio.Event()
        self.free.set()
        self._apply = apply
        self._dropped = 0  # counts: a batch from before the latest is no longer ours
        self._closing = False
        self._wake = asyncio.Event()

    def open(self) -> None:
        """From now on batches are ours."""
        self._closing = False

    def close(self) -> None:
        """No batch is tried again, and no commit waited for longer than a moment."""
        self._closing = True
        self._wake.set()

    async def let_go(self) -> None:
        """Before a rebalance: the batch in hand is finished and committed, or dropped."""
        self._dropped += 1
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self.free.wait()

    async def take(self, consumer: TolerantConsumer, records: Sequence[Record]) -> None:
        """Applies the batch and commits the offsets behind it; after a crowd, lets one gather."""
        self.free.clear()
        apply = partial(self._apply, records)
        commit = partial(self._commit, consumer, records)
        try:
            applied = await self._carry(consumer, records, apply, "batch not applied")
            if applied and await self._carry(consumer, records, commit, "offsets not committed"):
                point("apply.after-offset")
        except NOT_OURS as error:
            # Another member has them now, and applies them again: that is recognised there.
            log.warning("offsets are another's", extra={"error": type(error).__name__})
        finally:
            self.waiting = None
            self.free.set()
        if seconds := gather_seconds(len(records), BATCH_RECORDS):
            await self._stay(consumer, seconds)

    async def _stay(self, consumer: TolerantConsumer, seconds: float) -> None:
        """Waits as one who polls, until something is to be let go."""
        self._wake.clear()
        if not self._closing:
            wake = asyncio.ensure_future(self._wake.wait())
            await consumer.stay(wake, seconds)
            wake.cancel()

    async def _carry(
        self,
        consumer: TolerantConsumer,
        records: Sequence[Record],
        step: Callable[[], Awaitable[None]],
        undone: str,
    ) -> bool:
        """Does a step, however often it takes. False: the batch is no longer ours.

        Raises:
            CommitFailedError, IllegalStateError: as NOT_OURS.
        """
        delay, longest = BACKOFF_SECONDS
        dropped = self._dropped
        while True:
            try:
                await step()
            except NOT_OURS:
                raise
            except Exception as error:
                if self._closing:  # what is not done is done by whoever comes next
                    return False
                self._complain(error, records, undone)
            else:
                return True
            if dropped == self._dropped:
                await self._stay(consumer, delay)
            if self._closing or dropped != self._dropped:
                return False
            delay = min(delay * 2, longest)

    async def _commit(self, consumer: TolerantConsumer, records: Sequence[Record]) -> None:
        """Commits behind the batch. aiokafka waits for a broker that is away, so we stay with it.

        Raises:
            CommitFailedError, IllegalStateError: as NOT_OURS.
            KafkaError: the broker does not take the offsets.
        """
        next_ones = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
        commit = asyncio.ensure_future(consumer.commit(next_ones))
        try:
            last = False
            while not (last or commit.done()):
                last = self._closing
                await consumer.stay(commit, COMMIT_SECONDS)
            if not commit.done():
                raise KafkaTimeoutError
            commit.result()
        finally:
            commit.cancel()

    def _complain(self, error: Exception, records: Sequence[Record], undone: str) -> None:
        """Once for each kind of error: a database that is away for an hour is one line."""
        reason, first = type(error).__name__, records[0]
        if reason != self.waiting:
            level = logging.WARNING if isinstance(error, Transient) else logging.ERROR
            place = place_of(first.topic, first.partition, first.offset)
            log.log(level, f"{undone}, trying again", extra={**place, "error": reason})
        self.waiting = reason


def place_of(topic: str, partition: int, offset: int) -> dict[str, Any]:
    """All that a log line may say of a record."""
    return {"topic": topic, "partition": partition, "offset": offset}
