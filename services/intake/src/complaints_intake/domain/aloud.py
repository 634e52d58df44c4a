"""A reference as it is read out on the telephone."""

from __future__ import annotations

from typing import Final

_NAMES: Final = (
    *("Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot"),
    *("Golf", "Hotel", "India", "Juliett", "Kilo", "Lima"),
    *("Mike", "November", "Oscar", "Papa", "Quebec", "Romeo"),
    *("Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray"),
    *("Yankee", "Zulu"),
)
"""The spelling alphabet of the ITU and ICAO, which the police use too."""
_WORDS: Final = {name[0]: name for name in _NAMES}


def aloud(reference: str) -> tuple[str, ...]:
    """The groups of a reference, each spelled: `CL-7K4M` is `Charlie Lima`, `7 Kilo 4 Mike`."""
    groups = reference.split("-")
    return tuple(" ".join(_WORDS.get(character, character) for character in g) for g in groups)
