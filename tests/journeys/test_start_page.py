"""The page a newcomer opens first: none of its links leads nowhere."""

from __future__ import annotations

import re

from httpx import AsyncClient

from complaints_chassis.web import Role
from complaints_local.system import PARTS, System


def links(page: str) -> set[str]:
    return set(re.findall(r'<a\s[^>]*href="(/[^"]*)"', page))


async def test_every_link_of_the_start_page_leads_somewhere(
    system: System, client: AsyncClient
) -> None:
    found = links((await client.get("/")).text)
    assert {f"/{part.service.name}/" for part in PARTS} <= found
    assert {"/intake/contacts", "/mail/", "/topics/complaints.contacts.v1"} <= found
    answers = {link: (await client.get(link)).status_code for link in found}
    assert set(answers.values()) <= {200, 303}, answers
    for_staff = {link for link, status in answers.items() if status == 303}
    assert {"/intake/contacts", "/casework/", "/triage/", "/notifications/"} <= for_staff
    signed_in = {
        link: {
            (
                await client.get(link, headers={"Authorization": f"Bearer {system.token(role)}"})
            ).status_code
            for role in (Role.ADVISER, Role.ADJUDICATOR)
        }
        for link in for_staff
    }
    assert all(200 in statuses for statuses in signed_in.values()), signed_in
