"""A force's system: sends what stands in files, byte for byte. Knows nothing of our code.

python force_system.py BOOTSTRAP TOPIC FILE... prints the partition and offset that each file got.

A file is the record's headers, a line each, then an empty line, then its value. Without the empty
line it has no value at all.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiokafka import AIOKafkaProducer

Headers = list[tuple[str, bytes]]


def read(path: Path) -> tuple[Headers, bytes | None]:
    """The headers and the value in a file."""
    head, empty_line, value = path.read_bytes().partition(b"\n\n")
    lines = [line.partition(b": ") for line in head.splitlines()]
    headers = [(name.decode(), text) for name, _, text in lines]
    return headers, value if empty_line else None


async def main(bootstrap: str, topic: str, *files: str) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=4 * 1024 * 1024
    )
    async with producer:
        for file in files:
            headers, value = read(Path(file))
            key = b"" if value is None else None  # aiokafka sends no record without both
            place = await producer.send_and_wait(topic, value, key=key, headers=headers)
            print(place.partition, place.offset)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
