"""Plays a scenario: sends, reads receipts, answers transfers, and says what was not as expected."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from complaints_contracts.kafka import administering
from complaints_local.force_box.scenario import Outcome, Scenario, ScenarioError, Step, in_order
from complaints_local.force_box.wire import Bytes, bytes_of

MAX_REQUEST: Final = 4 * 1024 * 1024
"""More than the office takes: what is too large is to be sent all the same."""
QUIET_SECONDS: Final = 2.0
"""So long is waited for a receipt that is not to come."""

Receipt = Mapping[str, Any]
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Sent:
    """One record that was sent, where it lies, and what the receipt of it said last."""

    step: Step
    id: str
    place: Place
    receipt: Receipt | None = None

    @property
    def outcome(self) -> str:
        return str(self.receipt["outcome"]) if self.receipt else Outcome.NOTHING

    @property
    def as_expected(self) -> bool:
        reason = str((self.receipt or {}).get("reason") or "")
        return self.outcome == self.step.expected and self.step.because in reason


@dataclass
class Box:
    """A force's system while it plays. `say` is told what it does."""

    scenario: Scenario
    clients: Mapping[str, Any]
    say: Callable[[str], None]
    _receipts: dict[Place, Receipt] = field(default_factory=dict)
    _sent: list[tuple[Step, str, Place]] = field(default_factory=list)

    @property
    def sent(self) -> list[Sent]:
        """Everything that was sent, with what became of it."""
        return [Sent(*one, receipt=self._receipts.get(one[2])) for one in self._sent]

    async def play(self, patience: float) -> None:
        """Plays it to its end; then waits up to `patience` seconds for what is expected.

        Raises:
            KafkaError: the broker is away, or refuses.
            ScenarioError: the force has not these topics there.
            TimeoutError: fewer cases were transferred than the scenario waits for.
        """
        force, transfers = self.scenario.force, self.scenario.transfers
        chance = random.Random(self.scenario.seed)
        async with (
            self._reading(f"force.{force}.receipts.v1") as receipts,
            self._reading(
                f"force.{force}.transfers.v1", beginning=bool(transfers and transfers.beginning)
            ) as handed_over,
            AIOKafkaProducer(**self.clients, acks="all", max_request_size=MAX_REQUEST) as producer,
        ):
            hearing = asyncio.create_task(self._hear(receipts))
            self.say(f"{force} is there")
            try:
                for step in in_order(self.scenario.steps, chance):
                    await self._send(producer, step)
                if transfers:
                    async with asyncio.timeout(patience):
                        cases = await _cases(handed_over, transfers.count)
                    for number, case in enumerate(cases):
                        self.say(f"{force} has {case['reference']}")
                        answers = transfers.answers[min(number, len(transfers.answers) - 1)]
                        for step in in_order(answers, chance):
                            await self._send(producer, step, str(case["case_id"]))
                await self._settle(patience)
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    @asynccontextmanager
    async def _reading(
        self, topic: str, *, beginning: bool = False
    ) -> AsyncIterator[AIOKafkaConsumer]:
        """Reads a topic from its end, or from its beginning on, without a group."""
        async with administering(self.clients) as admin:
            described = await admin.describe_topics()  # of all: asking by name may create one
        parts = [
            TopicPartition(topic, part["partition"])
            for one in described
            if one["topic"] == topic
            for part in one["partitions"]
        ]
        if not parts:
            raise ScenarioError(
                f"There is no {topic} there, or {self.scenario.force} may not read it: create it"
                " with `complaints-contracts topics apply`."
            )
        async with AIOKafkaConsumer(**self.clients, auto_offset_reset="earliest") as consumer:
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            for part in parts:
                consumer.seek(part, 0 if beginning else ends[part])
            yield consumer

    async def _send(self, producer: AIOKafkaProducer, step: Step, case: str | None = None) -> None:
        await asyncio.sleep(step.wait)
        record: Bytes = bytes_of(self.scenario, step, case)
        for _ in range(step.times):
            place = await producer.send_and_wait(record.topic, record.value, headers=record.headers)
            self._sent.append((step, record.id, (place.topic, place.partition, place.offset)))

    async def _hear(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            receipt = json.loads(record.value)
            topic = receipt.get("record_topic") or f"force.{self.scenario.force}.contacts.v1"
            self._receipts[topic, receipt["partition"], receipt["offset"]] = receipt

    async def _settle(self, patience: float) -> None:
        """Waits until everything is as expected, or for as long as that may take."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        silent = any(one.step.expected is Outcome.NOTHING for one in self.sent)
        while loop.time() - begun < patience:
            whole = all(one.as_expected for one in self.sent)
            if whole and (not silent or loop.time() - begun > QUIET_SECONDS):
                return
            await asyncio.sleep(0.05)


async def _cases(consumer: AIOKafkaConsumer, count: int) -> Sequence[dict[str, Any]]:
    """The next cases that are transferred, each once; what else is asked for is no transfer."""
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        record = await consumer.getone()
        if dict(record.headers).get("ce_type", b"").endswith(b".case-transferred.v1"):
            case = json.loads(record.value)
            found.setdefault(case["case_id"], case)
    return list(found.values())
