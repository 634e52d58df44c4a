"""An aiokafka consumer that one bad record cannot stop.

Stock aiokafka raises out of `getmany`, for ever, when it cannot unpack a record: a header name
that is not UTF-8, a checksum that does not match, a codec that is not installed. Here such a place
is fetched once more and unpacked without insisting on UTF-8; what even that cannot read pauses its
own partition, and the others go on.

This stands on aiokafka's insides (`Fetcher._records`, `PartitionRecords`, `SubscriptionState`), so
the release is pinned and `tests/chassis/test_kafka_in.py` drives every path against a broker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchError, PartitionRecords
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaError,
    LeaderNotAvailableError,
    OffsetOutOfRangeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.fetch import FetchRequest

from complaints_chassis.errors import Transient
from complaints_chassis.kafka_bytes import TolerantRecords

log = logging.getLogger(__name__)
logging.getLogger("aiokafka.conn").setLevel(logging.INFO)  # at DEBUG it prints whole records

TURN_SECONDS: Final = 0.25
"""How long one turn of the loop waits for records before it looks around."""
REREAD_SECONDS: Final = 0.5
"""How soon to ask again when the broker could not be asked for the bytes of a bad place."""
BLOCKED_SECONDS: Final = 30.0
"""How often a paused partition is tried again: a grant may have come, or a replica healed."""


@dataclass(slots=True)
class Bad:
    """A place that could not be read. Without a `reason` it has not been read tolerantly yet."""

    offset: int
    due: float
    reason: str = ""


class TolerantConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """`AIOKafkaConsumer` whose `getmany` never raises for one partition and can leave some out.

    Args:
        paused_topics: topics whose records are left where they are, looked at on each turn.
        on_blocked: told (partition, offset, reason) when a partition is paused here.
        on_lost: told when aiokafka's own tasks have died or may not work (authorisation); the
            consumer then hands out nothing more and has to be built again.
    """

    def __init__(
        self,
        *,
        paused_topics: Container[str],
        on_blocked: Callable[[TopicPartition, int, str], None],
        on_lost: Callable[[Exception], None],
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.turned = time.monotonic()
        self._paused_topics = paused_topics
        self._on_blocked = on_blocked
        self._on_lost = on_lost
        self._bad: dict[TopicPartition, Bad] = {}
        self._reread: dict[TopicPartition, Any] = {}
        self._known: object = None  # the assignment that `_bad` and `_reread` speak of

    @property
    def blocked(self) -> dict[TopicPartition, Bad]:
        """The partitions paused because nothing here can read their next record."""
        return {tp: bad for tp, bad in self._bad.items() if bad.reason}

    @property
    def started(self) -> bool:
        """Whether `start` has come through."""
        return self._coordinator is not None and not self._closed

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The partitions this member has, none during a rebalance."""
        moving = self._subscription.reassignment_in_progress
        return frozenset() if moving else frozenset(self.assignment())

    async def lag(self) -> dict[tuple[str, int], int]:
        """For each assigned partition, how many records lie past what was handed out."""
        states = {tp: self._subscription._assigned_state(tp) for tp in self.assigned}
        known = {tp: state for tp, state in states.items() if state.has_valid_position}
        ends = await self.end_offsets([TopicPartition(*tp) for tp in known]) if known else {}
        return {tp: max(0, end - known[tp].position) for tp, end in ends.items()}

    async def skip(self, tp: TopicPartition, offset: int) -> bool:
        """Commits `offset` and goes on there. False: reading had gone past it already.

        Raises:
            ValueError: the offset is not after the bad record, or past the end.
            Transient: reading has not come to a bad record on this partition yet.
            KafkaError: the broker did not take the commit; nothing was skipped.
        """
        bad = self.blocked.get(tp)
        if bad is None:
            state = self._subscription._assigned_state(tp)
            if state.has_valid_position and state.position >= offset:
                return False
            raise Transient("nothing to skip yet")
        end = (await self.end_offsets([tp]))[tp]
        if not bad.offset < offset <= end:
            raise ValueError(f"{offset} is not between {bad.offset + 1} and {end}")
        await self.commit({tp: offset})
        self._bad.pop(tp, None)
        self._reread.pop(tp, None)
        self.seek(tp, offset)
        return True

    async def getmany(
        self, *_: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """Waits until there are records, however long, and returns them by partition, in order.

        `timeout_ms` is FastStream's and left aside: after an empty answer its loop is deaf for as
        long again.

        Raises:
            ConsumerStoppedError: the consumer was closed.
        """
        while not self._closed:
            self.turned = time.monotonic()
            try:
                self._coordinator.check_errors()
                if self._fetcher.error_future.done():
                    raise self._fetcher.error_future.exception() or ConsumerStoppedError()
                with self._subscription.fetch_context():
                    drained, error = await self._turn(max_records)
                if error:
                    raise error
            except Exception as error:
                self._on_lost(error)
                await asyncio.Event().wait()  # until whoever was told closes and cancels us
            if drained:
                return drained
        raise ConsumerStoppedError

    async def stop(self) -> None:
        """Leaves the group and closes everything, also where one of aiokafka's tasks had died."""
        try:
            await super().stop()
        except Exception as error:  # the dead task's own, before the rest was closed
            log.warning("not closed cleanly", extra={"error": type(error).__name__})
            if self._fetcher:
                self._fetcher._fetch_task.cancel()
            await self._client.close()

    async def stay(self, wake: asyncio.Event, seconds: float) -> None:
        """Waits for `wake` or `seconds` as one who polls, so that the group keeps this member."""
        self.turned = time.monotonic()
        with self._subscription.fetch_context():
            await _either(asyncio.ensure_future(wake.wait()), seconds)

    async def _turn(
        self, limit: int | None
    ) -> tuple[dict[TopicPartition, list[ConsumerRecord]], Exception | None]:
        """One look at every partition. Returns its error: `fetch_context` cannot bear one."""
        try:
            if self._subscription.reassignment_in_progress:
                await _either(self._subscription.wait_for_assignment(), TURN_SECONDS)
                return {}, None
            await self._read_again()
            if drained := self._drain(limit or 500):
                return drained, None
            if not self._due():
                await _either(self._fetcher._create_fetch_waiter(), TURN_SECONDS)
        except Exception as error:
            return {}, error
        return {}, None

    def _drain(self, limit: int) -> dict[TopicPartition, list[ConsumerRecord]]:
        assignment = self._subscription.subscription.assignment
        drained: dict[TopicPartition, list[ConsumerRecord]] = {}
        self._forget_other(assignment)
        self._pause_and_resume(assignment)
        for tp in list(self._reread):
            if tp.topic not in self._paused_topics and limit:
                records = self._take(tp, assignment.state_value(tp), self._reread, limit)
                drained[tp] = records
                limit -= len(records)
        fetched = self._fetcher._records
        for tp in list(fetched):
            state = assignment.state_value(tp)
            result = fetched[tp]
            if state is None or state.paused:
                del fetched[tp]
            elif isinstance(result, FetchError):
                del fetched[tp]
                self._refused(tp, state, result._error)
            elif not result.check_assignment(tp):
                del fetched[tp]
            elif limit:
                buffers = {tp: result._partition_records}
                records = self._take(tp, state, buffers, limit)
                drained[tp] = [*drained.get(tp, ()), *records]
                limit -= len(records)
                if buffers:
                    fetched.move_to_end(tp)  # what is left waits behind the other partitions
                else:
                    del fetched[tp]
        self._fetcher._notify(self._fetcher._wait_consume_future)
        return {tp: records for tp, records in drained.items() if records}

    def _take(
        self, tp: TopicPartition, state: Any, buffers: dict[TopicPartition, Any], limit: int
    ) -> list[ConsumerRecord]:
        """Up to `limit` records of a buffer; drops it when it is empty or cannot be read on."""
        buffer, records = buffers[tp], []
        try:
            for record in islice(buffer, limit):
                records.append(record)
        except Exception as error:
            del buffers[tp]
            state.consumed_to(buffer.next_fetch_offset)
            known = self._bad.get(tp)
            if buffers is self._reread and known and known.offset == state.position:
                self._block(tp, known, error)
            else:
                self._bad[tp] = Bad(state.position, time.monotonic())
                state.pause()
        else:
            state.consumed_to(buffer.next_fetch_offset)
            if len(records) < limit:
                del buffers[tp]
            if buffers is self._reread:
                self._bad.pop(tp, None)
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

    def _forget_other(self, assignment: object) -> None:
        if assignment is not self._known:
            self._known = assignment
            self._bad.clear()
            self._reread.clear()

    def _pause_and_resume(self, assignment: Any) -> None:
        for tp in assignment.tps:
            state = assignment.state_value(tp)
            if tp.topic in self._paused_topics or tp in self._bad or tp in self._reread:
                state.pause()
            else:
                state.resume()

    def _due(self) -> list[tuple[TopicPartition, Bad]]:
        now = time.monotonic()
        places = self._bad.items()
        return [(tp, bad) for tp, bad in places if bad.due <= now and tp not in self._reread]

    async def _read_again(self) -> None:
        """Fetches the bytes at each bad place that is due, to be unpacked tolerantly."""
        assignment = self._subscription.subscription.assignment
        self._forget_other(assignment)
        for tp, bad in self._due():
            try:
                buffer = await self._fetch(tp, bad.offset)
            except (RecordTooLargeError, TopicAuthorizationFailedError) as error:
                self._block(tp, bad, error)
            except OffsetOutOfRangeError:
                del self._bad[tp]  # no longer there: the fetcher knows what to do
            except KafkaError:
                bad.due = time.monotonic() + REREAD_SECONDS
            else:
                if assignment.active and self._bad.get(tp) is bad:
                    self._reread[tp] = buffer

    async def _fetch(self, tp: TopicPartition, offset: int) -> Any:
        node = self._client.cluster.leader_for_partition(tp)
        if node in (None, -1):
            self._client.force_metadata_update()
            raise LeaderNotAvailableError
        place = (tp.topic, [(tp.partition, offset, self._max_partition_fetch_bytes)])
        isolation = self._fetcher._isolation_level
        request = FetchRequest(
            self._fetch_max_wait_ms, 1, self._fetch_max_bytes, isolation, [place], rack_id=""
        )
        response = await self._client.send(node, request)
        [(_, [(_, code, _, *answer)])] = response.topics
        if code:
            raise for_code(code)
        records = TolerantRecords(answer[-1])
        if not records.has_next() and answer[-1]:
            raise RecordTooLargeError
        aborted = answer[-2] if response.API_VERSION < 11 else answer[2]
        return PartitionRecords(
            tp, records, aborted, offset, None, None, self._check_crcs, isolation
        )


async def _either(waiter: asyncio.Future[Any], seconds: float) -> None:
    """Waits for `waiter`, at most `seconds`; raises what it raises."""
    try:
        await asyncio.wait([waiter], timeout=seconds)
        if waiter.done():
            waiter.result()
    finally:
        waiter.cancel()
