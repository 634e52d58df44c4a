"""What of a person is compared when their earlier contacts are looked for.

People write the same name, number and address in many ways, so equal letters are not enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED

_TITLES: Final = frozenset(
    ("mr", "mrs", "miss", "ms", "mx", "dr", "rev", "sir", "dame", "lord", "lady", "prof", "cllr")
)
_APOSTROPHES: Final = re.compile(r"['’‘`´]")
_NUMBER: Final = re.compile(r"(?:\+|\(\+?)?\d[\d\s().\-/]{3,}")
"""A telephone number as it is written; what follows it, such as an extension, is not part of it."""
_SHORTEST_NUMBER: Final = 6
"""Digits: a local number without its area."""
_NATIONAL_DIGITS: Final = 9
"""At least so many follow our country's code, 44."""
_POSTCODE: Final = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b")


def likeness_of(person: Person) -> Mapping[str, str]:
    """What is compared of a person; all of it empty where nothing is known, or known any more."""
    given = (person.name, person.email, person.telephone, person.address)
    name, email, telephone, address = ("" if p in (None, ERASED) else str(p) for p in given)
    return likeness(name, email, telephone, address)


def likeness(name: str, email: str, telephone: str, address: str) -> Mapping[str, str]:
    """The same of what is being typed; `postcode` is the one in the address."""
    return {
        "name": name_key(name),
        "email": email_key(email),
        "telephone": telephone_key(telephone),
        "postcode": postcode_key(address),
    }


def name_key(name: str) -> str:
    """The words of a name, in small letters, without accents and titles: `Mr José O’Neil-Ray`
    becomes `jose oneil ray`.
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name.casefold()))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.findall(r"[^\W_]+", letters)
    return " ".join(word for word in words if word not in _TITLES)


def email_key(email: str) -> str:
    """The address in small letters: no provider keeps two mailboxes apart by capitals."""
    return email.strip().lower()


def telephone_key(telephone: str) -> str:
    """The digits of the first number, as it is dialled in this country: `+44 (0)1632 960001`
    becomes `01632960001`; empty where there is no number.
    """
    found = _NUMBER.search(telephone)
    digits = re.sub(r"\D", "", found[0]) if found else ""
    if digits.startswith("00"):
        digits = digits[2:]
    national = digits.removeprefix("44").removeprefix("0")
    if digits.startswith("44") and len(national) >= _NATIONAL_DIGITS:
        digits = f"0{national}"
    return digits if len(digits) >= _SHORTEST_NUMBER else ""


def postcode_key(address: str) -> str:
    """The last postcode in an address, without its space; empty where there is none."""
    found = _POSTCODE.findall(address.upper())
    return "".join(found[-1]) if found else ""
