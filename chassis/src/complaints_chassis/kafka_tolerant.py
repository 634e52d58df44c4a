"""An aiokafka consumer that one bad record cannot stop.

Stock aiokafka raises out of `getmany`, for ever, when it cannot unpack a record: a header name
that is not UTF-8, a checksum that does not match, a codec that is not installed. `Places` reads
around that.

This stands on aiokafka's insides, so the release is pinned and `tests/chassis/test_kafka_in.py`
drives every path against a broker.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Container
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError

from complaints_chassis.errors import Transient
from complaints_chassis.kafka_places import Bad, Places

log = logging.getLogger(__name__)
logging.getLogger("aiokafka.conn").setLevel(logging.INFO)  # at DEBUG it prints whole records

BATCH_RECORDS: Final = 500
TURN_SECONDS: Final = 0.25
"""How long one turn of the loop waits for records before it looks around."""
REASSIGNMENT_SECONDS: Final = 0.05


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
        self._on_lost = on_lost
        self._places = Places(self, paused_topics, on_blocked)

    @property
    def blocked(self) -> dict[TopicPartition, Bad]:
        """The partitions paused because nothing here can read their next record."""
        return self._places.blocked

    @property
    def started(self) -> bool:
        """Whether `start` has come through."""
        return self._coordinator is not None and not self._closed

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The partitions this member has, none during a rebalance."""
        return frozenset(self.assignment()) if self.settled else frozenset()

    @property
    def settled(self) -> bool:
        """Whether the group has given this member its partitions, be it none."""
        return not self._subscription.reassignment_in_progress

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
        self._places.forget(tp)
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

    async def stay(self, until: asyncio.Future[Any], seconds: float) -> None:
        """Waits for `until` or `seconds` as one who polls, so that the group keeps this member."""
        self.turned = time.monotonic()
        with self._subscription.fetch_context():
            await asyncio.wait([until], timeout=seconds)

    async def _turn(
        self, limit: int | None
    ) -> tuple[dict[TopicPartition, list[ConsumerRecord]], Exception | None]:
        """One look at every partition. Returns its error: `fetch_context` cannot bear one."""
        try:
            if self._subscription.reassignment_in_progress:
                await asyncio.sleep(REASSIGNMENT_SECONDS)
                return {}, None
            await self._places.read_again()
            if not self._subscription.reassignment_in_progress:
                if drained := self._places.drain(limit or BATCH_RECORDS):
                    return drained, None
                if not self._places.due():
                    await _either(self._fetcher._create_fetch_waiter(), TURN_SECONDS)
        except Exception as error:
            return {}, error
        return {}, None


async def _either(waiter: asyncio.Future[Any], seconds: float) -> None:
    """Waits for `waiter`, at most `seconds`; raises what it raises."""
    try:
        await asyncio.wait([waiter], timeout=seconds)
        if waiter.done():
            waiter.result()
    finally:
        waiter.cancel()
