"""Has a mail read by a process of its own (reliability 2.1): slow, endless or deep, it ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import IO, Final

from pydantic import BaseModel, ConfigDict

from complaints_contracts.codes import ReturnKind, Unread
from complaints_intake.mail.__main__ import ENDED, LENGTH

logger = logging.getLogger(__name__)

SECONDS: Final = 30.0
"""For one that hangs: what works too long is ended by its own limit of CPU time."""
COMMAND: Final = "from complaints_intake.mail.__main__ import main; main()"
"""Sooner started than `-m`."""


class ReadFile(BaseModel):
    """A part of a mail that is not its text; `quarantined`: nobody may open it unasked."""

    name: str
    content: bytes
    quarantined: bool


class ReadReturned(BaseModel):
    """What a machine says about a mail of ours (RFC 3464, RFC 8098, RFC 5965)."""

    kind: ReturnKind
    token: str | None
    message_ids: tuple[str, ...]
    status: str | None


class ReadMail(BaseModel):
    """What a mail says, as `complaints_intake.mail.parse.Mail` has it; nothing proves any of it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    message_id: str
    sender: str
    address: str
    from_address: str
    recipients: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    subject: str
    text: str
    full_text: str
    files: tuple[ReadFile, ...]
    automatic: bool
    returned: ReadReturned | None
    loop_id: str
    unread: Unread | None
    defects: tuple[str, ...]
    sent_at: datetime | None
    authentication_results: tuple[str, ...]


class MailReader:
    """Reads one mail after the other."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = lambda: None
        self._turn = threading.Lock()

    async def read(self, raw: bytes) -> ReadMail | None:
        """What the mail says; None where it cannot be read within the limits."""
        return await asyncio.to_thread(self._read, raw)

    def _read(self, raw: bytes) -> ReadMail | None:
        with self._turn:
            if self._process is None:
                self._process = _started()
                self._end = weakref.finalize(self, _end, self._process)
            ending = threading.Timer(SECONDS, _kill, [self._process])
            ending.start()
            try:
                code, said = _ask(self._process, raw)
                if code == 0:
                    return _said(said)
                reason = f"its process ended with {code}"
            except (OSError, EOFError, ValueError) as error:
                self._process = None
                self._end()
                reason = type(error).__name__
            finally:
                ending.cancel()
        logger.warning("a mail cannot be read", extra={"reason": reason})
        return None


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-I", "-c", COMMAND),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    )


def _ask(process: subprocess.Popen[bytes], raw: bytes) -> tuple[int, bytes]:
    """How the child ended that read the mail, and what it said.

    Raises:
        OSError, EOFError: there is no process that answers.
    """
    assert process.stdin
    assert process.stdout
    process.stdin.write(LENGTH.pack(len(raw)) + raw)
    process.stdin.flush()
    code, size = ENDED.unpack(_exactly(process.stdout, ENDED.size))
    return code, _exactly(process.stdout, size)


def _exactly(source: IO[bytes], size: int) -> bytes:
    found = source.read(size)
    if len(found) < size:
        raise EOFError
    return found


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends it and its child; what waits for its answer learns that there is none."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    _kill(process)
    with suppress(BrokenPipeError), process:
        pass


def _said(output: bytes) -> ReadMail:
    """What the process wrote: a line of JSON, then the files.

    Raises:
        ValueError: it wrote something else.
    """
    at = output.index(b"\n") + 1
    said = json.loads(output[:at])
    for file in said["files"]:
        end = at + file.pop("size")
        file["content"], at = output[at:end], end
    return ReadMail.model_validate(said)
