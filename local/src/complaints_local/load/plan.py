"""What is sent when: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, Self

from complaints_local.reconcile.ledger import Kind, Way

SETTLED_SECONDS: Final = 2.0
"""What is replied to or repeated was to be sent so long before."""


@dataclass(frozen=True)
class Mix:
    """Of a hundred contacts how many come by each way; of all how many are something else."""

    web: float = 60
    mail: float = 20
    force: float = 20
    replies: float = 15
    duplicates: float = 5
    poison: float = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `web=60,mail=40`: what is not named stays as it is by default.

        Raises:
            ValueError: a name or number is wrong; the text says which names there are.
        """
        known = [field.name for field in fields(cls)]
        try:
            given = {name: float(share) for name, share in (p.split("=") for p in text.split(","))}
            mix = cls(**given)
            ways, others = mix.web + mix.mail + mix.force, mix.replies + mix.duplicates + mix.poison
            if min(vars(mix).values()) < 0 or ways <= 0 or others > 100:
                raise ValueError
        except (TypeError, ValueError):
            raise ValueError(
                f"Write shares in percent, such as web=60,mail=40,force=0: of {', '.join(known)}."
            ) from None
        return mix


@dataclass(frozen=True)
class Intended:
    """One thing to send, `at` so many seconds after the start; `of` is an earlier one's tag."""

    at: float
    tag: str
    way: Way
    kind: Kind
    of: str | None = None


def run_name(seed: int) -> str:
    """What the tags of a run begin with."""
    return f"load{random.Random(seed).randbytes(3).hex()}"  # names, no secrets


def plan(seed: int, rate: float, seconds: float, mix: Mix) -> Iterator[Intended]:
    """Everything, evenly spaced, at `rate` a second for so many seconds."""
    chance = random.Random(f"plan {seed}")  # the same again is wanted
    contacts: list[Intended] = []
    for number in range(round(rate * seconds)):
        at, tag = number / rate, f"{run_name(seed)}-{number:06}"
        way = chance.choices(list(Way), (mix.web, mix.mail, mix.force))[0]
        share, pick = chance.uniform(0, 100), chance.random()
        early = [one for one in contacts if one.at <= at - SETTLED_SECONDS]
        # Only who sends by the web is told a reference at once.
        answered = [one for one in early if one.way is Way.WEB]
        if share < mix.poison:
            yield Intended(at, tag, Way.FORCE, Kind.POISON)
        elif share < mix.poison + mix.duplicates and early:
            first = early[int(pick * len(early))]
            yield Intended(at, tag, first.way, Kind.DUPLICATE, first.tag)
        elif mix.poison + mix.duplicates <= share < mix.poison + mix.duplicates + mix.replies and (
            answered
        ):
            first = answered[int(pick * len(answered))]
            yield Intended(at, tag, Way.MAIL, Kind.REPLY, first.tag)
        else:
            contact = Intended(at, tag, way, Kind.CONTACT)
            contacts.append(contact)
            yield contact
