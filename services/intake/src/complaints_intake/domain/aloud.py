"""A reference as it is read out on the telephone."""

from __future__ import annotations

from typing import Final

_WORDS: Final = dict(
    word.split("=")
    for word in (
        "A=Alfa B=Bravo C=Charlie D=Delta E=Echo F=Foxtrot G=Golf H=Hotel I=India J=Juliett "
        "K=Kilo L=Lima M=Mike N=November O=Oscar P=Papa Q=Quebec R=Romeo S=Sierra T=Tango "
        "U=Uniform V=Victor W=Whiskey X=X-ray Y=Yankee Z=Zulu"
    ).split()
)
"""The spelling alphabet of the ITU and ICAO, which the police use too."""


def aloud(reference: str) -> tuple[str, ...]:
    """The groups of a reference, each spelled: `CL-7K4M` is `Charlie Lima`, `7 Kilo 4 Mike`."""
    groups = reference.split("-")
    return tuple(" ".join(_WORDS.get(character, character) for character in g) for g in groups)
