"""Readers of an earlier release: their own wheel, in a process that has nothing else of ours."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

RELEASED = Path(__file__).parents[2] / "contracts" / "released"
WHEELS = sorted(RELEASED.glob("*/*.whl"))
"""Of every release there was."""

READ = """
import base64, json, sys
sys.path.insert(0, sys.argv[1])
from complaints_contracts.envelope import Unreadable, decode
from complaints_contracts.registry import EVENTS
b64 = base64.b64decode
for line in sys.stdin:
    record = json.loads(line)
    headers = [(b64(name), b64(value)) for name, value in record["headers"]]
    said = ""
    if dict(headers).get(b"ce_type", b"").decode() not in EVENTS:
        said = "unknown"
    else:
        try:
            decode(b64(record["key"]), b64(record["value"]), headers, record["topic"])
        except Unreadable as error:
            said = str(error)
    print(json.dumps(said))
"""


@dataclass(frozen=True)
class Bytes:
    """One record as it stands on its topic."""

    topic: str
    key: bytes
    headers: Sequence[tuple[bytes, bytes]]
    value: bytes


def read_by(wheel: Path, records: Iterable[Bytes]) -> list[str]:
    """What its readers say of each: nothing, `unknown` for a type of later, or what is wrong."""
    lines = [
        json.dumps(
            {
                "topic": record.topic,
                "key": _text(record.key),
                "value": _text(record.value),
                "headers": [(_text(name), _text(value)) for name, value in record.headers],
            }
        )
        for record in records
    ]
    # Isolated from the folder and the environment; pydantic is where this interpreter has it.
    done = subprocess.run(
        (sys.executable, "-I", "-c", READ, str(wheel)),
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
