"""The process that has mails read, each by a child of its own: what has been imported is there.

On standard input each mail comes below its length. On standard output what its child has said goes
below how the child ended and its length: a line of JSON, then the files one after another as they
are, for in base64 they would take twice the memory.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from datetime import datetime
from typing import BinaryIO, Final, NoReturn

from complaints_intake.mail.parse import parse

LENGTH: Final = struct.Struct("!Q")
ENDED: Final = struct.Struct("!iQ")
"""How a child ended, as `os.waitstatus_to_exitcode` has it, and how much it said."""
CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 256 * 1024 * 1024
"""A mail of MAX_MAIL_BYTES takes 224 MB at most: one forwarded as an attachment, its photos taken
out. Only one that is made for it takes more, such as one of eight million lines (768 MB)."""


def main() -> None:
    """Has mails read until there is no more input; one that breaks the limits ends its child."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while length := source.read(LENGTH.size):
        raw = source.read(*LENGTH.unpack(length))
        with os.fdopen(os.memfd_create("said"), "w+b") as said:
            child = os.fork()
            if not child:
                os.closerange(0, 2)  # the pipes are not its own
                _read(raw, said)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            words = b"" if code else said.read()
        out.write(ENDED.pack(code, len(words)))
        out.write(words)
        out.flush()


def _read(raw: bytes, out: BinaryIO) -> NoReturn:
    """Reads a mail within its limits, says what it says, and ends this process."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        mail = parse(raw)
        said = mail._asdict() | {
            "files": [
                {"name": file.name, "size": len(file.content), "quarantined": file.quarantined}
                for file in mail.files
            ],
            "returned": mail.returned and mail.returned._asdict(),
        }
        head = json.dumps(said, ensure_ascii=False, default=datetime.isoformat)
        out.write(head.encode("utf-8", "replace"))  # a lone surrogate is no character
        out.write(b"\n")
        for file in mail.files:
            out.write(file.content)
        out.flush()
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
