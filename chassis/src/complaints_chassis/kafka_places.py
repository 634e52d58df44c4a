"""What lies fetched, partition by partition, and the places in it that could not be read.

A place where unpacking fails is fetched once more and unpacked without insisting on UTF-8
(`kafka_bytes`), which costs its partition one request and the others nothing. What even that cannot
read blocks its own partition, and is tried again every 30 seconds: a grant may have come, a replica
may have healed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchError
from aiokafka.errors import (
    KafkaError,
    OffsetOutOfRangeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
)

from complaints_chassis.kafka_bytes import fetch_tolerantly

REREAD_SECONDS: Final = 0.5
"""How soon to ask again when the broker could not be asked for the bytes of a bad place."""
REREAD_TIMEOUT_SECONDS: Final = 5.0
BLOCKED_SECONDS: Final = 30.0


@dataclass(slots=True)
class Bad:
    """A place that could not be read. Without a `reason` it has not been read tolerantly yet."""

    offset: int
    due: float
    reason: str = ""


class Places:
    """Takes records out of an aiokafka consumer's buffers, and minds the bad places."""

    def __init__(
        self,
        consumer: Any,
        paused_topics: Container[str],
        on_blocked: Callable[[TopicPartition, int, str], None],
    ) -> None:
        self._consumer = consumer
        self._paused_topics = paused_topics
        self._on_blocked = on_blocked
        self._bad: dict[TopicPartition, Bad] = {}
        self._reread: dict[TopicPartition, Any] = {}
        self._assignment: Any = None  # the one that `_bad` and `_reread` speak of

    @property
    def blocked(self) -> dict[TopicPartition, Bad]:
        """The partitions whose next record nothing here can read."""
        return {tp: bad for tp, bad in self._bad.items() if bad.reason}

    def forget(self, tp: TopicPartition) -> None:
        """Nothing is known of this partition any more: reading goes on at its position."""
        self._bad.pop(tp, None)
        self._reread.pop(tp, None)

    def due(self) -> list[tuple[TopicPartition, Bad]]:
        """The bad places whose bytes should be fetched again now."""
        now, places = time.monotonic(), self._bad.items()
        return [(tp, bad) for tp, bad in places if bad.due <= now and tp not in self._reread]

    async def read_again(self) -> None:
        """Fetches the bytes at each bad place that is due, for `drain` to unpack."""
        assignment = self._look()
        for tp, bad in self.due():
            try:
                async with asyncio.timeout(REREAD_TIMEOUT_SECONDS):
                    buffer = await fetch_tolerantly(self._consumer, tp, bad.offset)
            except (RecordTooLargeError, TopicAuthorizationFailedError) as error:
                self._block(tp, bad, error)
            except OffsetOutOfRangeError:
                self.forget(tp)  # no longer there: aiokafka's fetcher knows where to go on
            except (KafkaError, TimeoutError):
                bad.due = time.monotonic() + REREAD_SECONDS
            else:
                if assignment.active and self._bad.get(tp) is bad:
                    self._reread[tp] = buffer

    def drain(self, limit: int) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Up to `limit` records, in order within each partition; positions move behind them."""
        assignment, fetcher = self._look(), self._consumer._fetcher
        self._pause_and_resume(assignment)
        drained: dict[TopicPartition, list[ConsumerRecord]] = {}
        for tp in list(self._reread):
            if tp.topic not in self._paused_topics and limit:
                drained[tp] = self._take(tp, assignment.state_value(tp), self._reread, limit)
                limit -= len(drained[tp])
        fetched = fetcher._records
        for tp, result in list(fetched.items()):
            state = assignment.state_value(tp)
            if state is None or state.paused:
                del fetched[tp]
            elif isinstance(result, FetchError):
                del fetched[tp]
                self._refused(tp, state, result._error)
            elif not result.check_assignment(tp):
                del fetched[tp]
            elif limit:
                buffers = {tp: result._partition_records}
                drained[tp] = self._take(tp, state, buffers, limit)
                limit -= len(drained[tp])
                if buffers:
                    fetched.move_to_end(tp)  # what is left waits behind the other partitions
                else:
                    del fetched[tp]
        fetcher._notify(fetcher._wait_consume_future)
        return {tp: records for tp, records in drained.items() if records}

    def _look(self) -> Any:
        assignment = self._consumer._subscription.subscription.assignment
        if assignment is not self._assignment:
            self._assignment = assignment
            self._bad.clear()
            self._reread.clear()
        return assignment

    def _pause_and_resume(self, assignment: Any) -> None:
        for tp in assignment.tps:
            state = assignment.state_value(tp)
            if tp.topic in self._paused_topics or tp in self._bad or tp in self._reread:
                state.pause()
            else:
                state.resume()

    def _take(
        self, tp: TopicPartition, state: Any, buffers: dict[TopicPartition, Any], limit: int
    ) -> list[ConsumerRecord]:
        """Up to `limit` records of a buffer; drops it when it is empty or cannot be read on."""
        buffer = buffers[tp]
        records: list[ConsumerRecord] = []
        failure = None
        try:
            for record in islice(buffer, limit):
                records.append(record)
        except Exception as error:
            failure = error
        state.consumed_to(buffer.next_fetch_offset)
        if failure or len(records) < limit:
            del buffers[tp]
        bad = self._bad.get(tp)
        if not failure:
            self._bad.pop(tp, None)
        elif bad and bad.offset == state.position:
            self._block(tp, bad, failure)
        else:
            self._bad[tp] = Bad(state.position, time.monotonic())
            state.pause()
        return records

    def _refused(self, tp: TopicPartition, state: Any, error: Exception) -> None:
        """The broker's answer itself was an error for this partition."""
        if isinstance(error, RecordTooLargeError):
            state.seek(state.position - 1)  # aiokafka has stepped over it
        state.pause()
        self._bad[tp] = Bad(state.position, 0.0)
        self._block(tp, self._bad[tp], error)

    def _block(self, tp: TopicPartition, bad: Bad, error: Exception) -> None:
        bad.due = time.monotonic() + BLOCKED_SECONDS
        if not bad.reason:
            bad.reason = type(error).__name__  # never its text, which may quote the record
            self._on_blocked(tp, bad.offset, bad.reason)
