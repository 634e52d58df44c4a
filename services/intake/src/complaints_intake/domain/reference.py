"""References and receipt codes: short, readable aloud, and wrong when a character is.

The alphabet is digits and consonants that are not taken for one another, on paper or on a bad line:
no vowels (so no words), no 0, 1, I, L and O, no B (8), S (5), Y, Z (2) and no V. It has a prime
number of characters, and every position a weight of its own, so the last character tells every
single wrong character and every two that changed places, neighbours or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

ALPHABET: Final = "23456789CDFGHJKMNPQRTWX"
BASE: Final = len(ALPHABET)
"""23, a prime: no weight and no difference of two weights has a common factor with it."""
LENGTH: Final = 8
"""Of a reference: seven random characters (3.4 thousand million) and the check character."""
CODE_LENGTH: Final = 16
"""Of a receipt code, which proves that somebody sent the contact: 68 bits."""
MOST_MENTIONS: Final = 20
"""References found in one text; an event has no room for any number."""
_GROUP: Final = 4


class NotAReference(ValueError):
    """What was written is no reference, or no receipt code; the text says what to do."""

    def __init__(self, what: str = "reference") -> None:
        super().__init__(
            f"This is not a {what}: a character is missing, wrong or in another's place. "
            "Compare it with the one you were given."
        )


def make_reference(prefix: str, numbers: Sequence[int]) -> str:
    """A reference such as `CL-7K4M-9QPC`, from seven random numbers below `BASE`.

    `prefix` says whose reference it is; it carries nothing else, and may be left out when the
    reference is given.
    """
    return f"{prefix}-{_grouped(_spell(numbers))}"


def parse_reference(prefix: str, written: str) -> str:
    """The reference that somebody wrote, in small letters, with spaces or without hyphens.

    Raises:
        NotAReference: it is none; its check character does not fit.
    """
    characters = _bare(written)
    if len(characters) == len(prefix) + LENGTH:
        characters = characters.removeprefix(prefix)
    if len(characters) != LENGTH or not is_sound(characters):
        raise NotAReference
    return f"{prefix}-{_grouped(characters)}"


def references_in(prefix: str, text: str) -> tuple[str, ...]:
    """The first references of ours that stand in a text, each once: no text is about more."""
    pattern = (
        rf"(?<![A-Z0-9]){prefix}[-\s]?([{ALPHABET}]{{4}})[-\s]?([{ALPHABET}]{{4}})(?![A-Z0-9])"
    )
    found = re.findall(pattern, text.upper(), re.ASCII)
    sound = dict.fromkeys(f"{prefix}-{a}-{b}" for a, b in found if is_sound(a + b))
    return tuple(sound)[:MOST_MENTIONS]


def make_receipt_code(secret: bytes) -> str:
    """A receipt code such as `7K4M-9QPC-...`, from at least 16 secret bytes."""
    number = int.from_bytes(secret)
    numbers = [number // BASE**place % BASE for place in range(CODE_LENGTH - 1)]
    return _grouped(_spell(numbers))


def parse_receipt_code(written: str) -> str:
    """The receipt code that somebody wrote, in small letters, with spaces or without hyphens.

    Raises:
        NotAReference: it is none; its check character does not fit.
    """
    characters = _bare(written)
    if len(characters) != CODE_LENGTH or not is_sound(characters):
        raise NotAReference("receipt code")
    return _grouped(characters)


def is_sound(characters: str) -> bool:
    """Whether the last of `characters` is the check character of the others."""
    if not set(characters) <= set(ALPHABET):
        return False
    return _weighed([ALPHABET.index(character) for character in characters]) == 0


def _bare(written: str) -> str:
    return re.sub(r"[\s\-‐-―_.]", "", written).upper()


def _spell(numbers: Sequence[int]) -> str:
    check = -_weighed([*numbers, 0]) % BASE
    return "".join(ALPHABET[number] for number in (*numbers, check))


def _weighed(numbers: Sequence[int]) -> int:
    """The sum of the numbers, the last with weight 1, the one before with weight 2, and so on."""
    return sum(weight * n for weight, n in enumerate(reversed(numbers), start=1)) % BASE


def _grouped(characters: str) -> str:
    groups = (characters[at : at + _GROUP] for at in range(0, len(characters), _GROUP))
    return "-".join(groups)
