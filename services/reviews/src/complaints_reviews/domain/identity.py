"""What a person is recognised by, written so that equal means the same.

People write their name, number and address differently each time. What is compared here leaves
that out: capitals, accents, titles, the order of a name's words, spaces, the country's code.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from complaints_contracts.codes import PersonRole
from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED

_TITLES: Final = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "dame", "lord", "lady", "rev", "prof", "cllr"}
)
_UNDECOMPOSED: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters with a stroke, and two in one, which Unicode does not take apart."""
_WORD: Final = re.compile(r"[^\W_]+")
_APOSTROPHE: Final = re.compile("['’‘`]")
_POSTCODE: Final = re.compile(r"\b([a-z]{1,2}[0-9][a-z0-9]?)\s*([0-9][a-z]{2})\b")
_NUMBER: Final = re.compile(r"\+?[0-9(][0-9\s().-]{7,}")
_COUNTRY: Final = "44"
_LONGEST_AT_HOME: Final = 10
_SHORTEST_NUMBER: Final = 9
_SHORTEST_ADDRESS: Final = 3
"""Words. A town, or a street alone, is no address."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A person of a case or of an application. `acts` says that they act for somebody else.

    `place` is a postcode, or all the words of an address that has none.
    """

    id: UUID
    acts: bool = False
    name: str | None = None
    email: str | None = None
    telephone: str | None = None
    place: str | None = None

    def is_same_as(self, other: Identity) -> bool:
        """Whether both are one person. An equal name alone is not enough: many people share one.

        Nor is an equal number or email where the names contradict each other: a household may
        share those.
        """
        if self._contradicts(other):
            return False
        return (
            _equal(self.email, other.email)
            or _equal(self.telephone, other.telephone)
            or (self.is_called_as(other) and _equal(self.place, other.place))
        )

    def is_called_as(self, other: Identity) -> bool:
        """Whether both have the same name; one word alone names nobody."""
        return self._is_named and _equal(self.name, other.name)

    @property
    def is_known(self) -> bool:
        """Whether there is anything to recognise them by."""
        return any((self._is_named, self.email, self.telephone, self.place))

    @property
    def _is_named(self) -> bool:
        return self.name is not None and " " in self.name

    def _contradicts(self, other: Identity) -> bool:
        """Whether both gave a name, and no word is in both."""
        if self.name is None or other.name is None:
            return False
        return set(self.name.split()).isdisjoint(other.name.split())


def identity_of(person: Person) -> Identity:
    """What a person is recognised by; nothing of what was erased."""
    return Identity(
        id=person.id,
        acts=person.role is PersonRole.REPRESENTATIVE,
        name=_name(_given(person.name)),
        email=_given(person.email).strip().casefold() or None,
        telephone=_telephone(_given(person.telephone)),
        place=_place(_given(person.address)),
    )


def _equal(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _given(text: str | None) -> str:
    return "" if text is None or text == ERASED else text


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    folded = _APOSTROPHE.sub("", letters.casefold().translate(_UNDECOMPOSED))
    return _WORD.findall(folded)


def _name(text: str) -> str | None:
    """A name's words in the order of the alphabet, without titles."""
    return " ".join(sorted(word for word in _words(text) if word not in _TITLES)) or None


def _telephone(text: str) -> str | None:
    """The digits of the first number, as dialled at home, without the leading zero."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    digits = re.sub(r"[^0-9]", "", found[0]).lstrip("0")
    if digits.startswith(_COUNTRY) and len(digits) > _LONGEST_AT_HOME:
        digits = digits.removeprefix(_COUNTRY).lstrip("0")
    return digits if len(digits) >= _SHORTEST_NUMBER else None


def _place(text: str) -> str | None:
    words = _words(text)
    written = " ".join(words)
    if postcodes := _POSTCODE.findall(written):
        return "".join(postcodes[-1])
    numbered = any(character.isdigit() for character in written)
    return written if numbered and len(words) >= _SHORTEST_ADDRESS else None
