"""Has a mail read by a process of its own (reliability 2.1): slow, endless or deep, it ends."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from complaints_contracts.codes import ReturnKind, Unread

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


async def read_mail(raw: bytes) -> ReadMail | None:
    """What the mail says; None where it cannot be read within the limits."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", COMMAND),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(raw), SECONDS)
        if child.returncode == 0:
            return _said(output)
        reason = f"its process ended with {child.returncode}"
    except (TimeoutError, ValueError, ConnectionError) as error:
        reason = type(error).__name__
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    logger.warning("a mail cannot be read", extra={"reason": reason})
    return None


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
