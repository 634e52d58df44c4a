"""What casework shows of a contact."""

from __future__ import annotations

import asyncio
from typing import Any

from httpx import AsyncClient


async def case_of(client: AsyncClient, reference: str) -> dict[str, Any]:
    """The case of a contact, once there is one."""
    async with asyncio.timeout(60):
        while True:
            answer = await client.get("/casework/api/cases", params={"reference": reference})
            if found := answer.raise_for_status().json()["cases"]:
                break
            await asyncio.sleep(0.1)
    case: dict[str, Any] = (await client.get(f"/casework/api/cases/{found[0]['case_id']}")).json()
    return case
