"""The process that reads one mail: raw on standard input, what it says on standard output.

A line of JSON, then the files one after another as they are: in base64 they would take twice the
memory.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from typing import Final

from complaints_intake.mail.parse import parse

CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 256 * 1024 * 1024
"""A mail of MAX_MAIL_BYTES takes 224 MB at most: one forwarded as an attachment, its photos taken
out. Only one that is made for it takes more, such as one of eight million lines (768 MB)."""


def main() -> None:
    """Reads a mail within its limits; a mail that breaks them ends this process only."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    mail = parse(sys.stdin.buffer.read())
    said = mail._asdict() | {
        "files": [
            {"name": file.name, "size": len(file.content), "quarantined": file.quarantined}
            for file in mail.files
        ],
        "returned": mail.returned and mail.returned._asdict(),
    }
    head = json.dumps(said, ensure_ascii=False, default=datetime.isoformat)
    out = sys.stdout.buffer
    out.write(head.encode("utf-8", "replace"))  # a lone surrogate is no character
    out.write(b"\n")
    for file in mail.files:
        out.write(file.content)


if __name__ == "__main__":
    main()
