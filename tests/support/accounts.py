"""What must be true of a rig that is quiet: everything that was accepted is there once."""

from __future__ import annotations

from collections import defaultdict

from rig import Rig
from sending import Ledger


async def settled(rig: Rig, ledger: Ledger) -> str:
    """Waits until all is quiet, then accounts for every contact; says how many of what."""
    await rig.quiet()
    assert not ledger.unanswered
    people = await rig.ask("intake", "SELECT email, count(*) AS rows FROM people GROUP BY email")
    rows = {row["email"]: row["rows"] for row in people}
    wrong = {a: rows.get(a, 0) for a in ledger.accepted if rows.get(a, 0) != 1}
    assert not wrong, f"contacts not there once: {wrong}"
    assert rows.keys() == ledger.accepted.keys()
    cases = await rig.value("casework", "SELECT count(*) FROM cases")
    reviews = await rig.value("reviews", "SELECT count(*) FROM reviews")
    asked = sum(way == "review" for way in ledger.sent.values())
    assert (cases, reviews) == (len(ledger.sent) - asked, asked)
    copies: dict[str, list[bytes]] = defaultdict(list)
    for mail in rig.mailbox.mails():
        copies[mail.recipients[0]].append(mail.content)
    untold = ledger.accepted.keys() - copies.keys()
    assert not untold, f"not told: {untold}"
    marked = await rig.ask(
        "notifications",
        "SELECT recipient FROM mails JOIN notices USING (notice_id) WHERE notices.uncertain",
    )
    twice = {address for address, found in copies.items() if len(found) > 1}
    assert twice <= {row[0] for row in marked}, "told twice, and not marked so"
    assert all(len(copies[address]) == 2 for address in twice)
    assert all(len(set(found)) == 1 for found in copies.values()), "copies differ"
    return f"{len(ledger.accepted)} contacts, {cases} cases, {reviews} reviews, {len(twice)} copies"
