"""How somebody is to be reached who may not have said it."""

from __future__ import annotations

from complaints_contracts.codes import ReachBy


def reached_by(
    wish: ReachBy | None,
    *,
    email: str,
    telephone: str,
    address: str,
    safe_contact: str,
    anonymous: bool,
) -> ReachBy:
    """Their wish, else the first way there is (R22, R23).

    A person decides where there is no way, and where without a wish there is a word on what is
    safe: only a person can read whether it speaks against the way that we would have chosen.
    """
    if wish:
        return wish
    if safe_contact:
        return ReachBy.OTHER
    ways = ((email, ReachBy.EMAIL), (telephone, ReachBy.TELEPHONE), (address, ReachBy.LETTER))
    unsaid = ReachBy.NOT_AT_ALL if anonymous else ReachBy.OTHER
    return next((by for value, by in ways if value), unsaid)
