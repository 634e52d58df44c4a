"""Has a mail read by a process of its own (reliability 2.1): slow, endless or deep, it ends."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from pydantic import Base64Bytes, BaseModel, ConfigDict, ValidationError

SECONDS: Final = 10.0


class ReadFile(BaseModel):
    """A part of a mail that is not its text."""

    name: str
    content: Base64Bytes


class ReadMail(BaseModel):
    """What a mail says; nothing proves that its sender sent it."""

    model_config = ConfigDict(hide_input_in_errors=True)

    message_id: str
    sender: str
    address: str
    subject: str
    text: str
    files: tuple[ReadFile, ...]
    automatic: bool


async def read_mail(raw: bytes) -> ReadMail | None:
    """What the mail says; None where it cannot be read within the limits."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "complaints_intake.mail"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(raw), SECONDS)
        return ReadMail.model_validate_json(output) if child.returncode == 0 else None
    except (TimeoutError, ValidationError, ConnectionError):
        return None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
