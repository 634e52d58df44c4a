"""The process that reads one mail: raw on standard input, JSON on standard output."""

from __future__ import annotations

import base64
import json
import resource
import sys
from dataclasses import asdict
from typing import Any, Final

from complaints_intake.mail.parse import parse

CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 512 * 1024 * 1024


def _plain(value: Any) -> Any:
    """What JSON can hold: bytes in base64, lone surrogates replaced."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def main() -> None:
    """Reads a mail within its limits; a mail that breaks them ends this process only."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    mail = parse(sys.stdin.buffer.read())
    json.dump(_plain(asdict(mail)), sys.stdout)


if __name__ == "__main__":
    main()
