"""Has a document read by a process of its own: endless, huge or hostile, it ends alone."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

SHOWN: Final = frozenset(
    {
        *("application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"),
        *("image/tiff", "image/bmp"),
    }
)
"""The media types of what can be read and drawn."""
SECONDS: Final = 10.0
AT_ONCE: Final = 2
"""Processes of one replica; a page with fifty previews must not start fifty."""


class Described(BaseModel):
    """What a document holds, of its first pages; `locked` opens with a password only."""

    model_config = ConfigDict(hide_input_in_errors=True)

    pages: int
    text: str
    locked: bool


class Documents:
    """Reads documents, a few at once."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def describe(self, data: bytes) -> Described | None:
        """How many pages can be shown, and their text; None where it cannot be read."""
        output = await self._run(data)
        try:
            return Described.model_validate_json(output) if output else None
        except ValidationError:
            return None

    async def draw(self, data: bytes, number: int) -> bytes | None:
        """Page `number`, from 1, as a PNG; None where there is none that can be drawn."""
        return await self._run(data, str(number))

    async def _run(self, data: bytes, *arguments: str) -> bytes | None:
        async with self._turns:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-m", "complaints_intake.documents", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                output, _ = await asyncio.wait_for(child.communicate(data), SECONDS)
                return output if child.returncode == 0 else None
            except (TimeoutError, ConnectionError):
                return None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
