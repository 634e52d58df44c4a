"""Code lists: the codes that records carry and the words that people read for them.

A list is data (domain.md 4). An entry holds from a day and, once it is replaced, to a day; a code
whose wording changes has one entry for each wording, so an old record still reads as it did.
"""

from datetime import date
from enum import StrEnum
from functools import cache

from pydantic import BaseModel, ConfigDict

from complaints_law.errors import UnknownCode
from complaints_law.resources import read_yaml


class ListName(StrEnum):
    """The code lists that exist; each is the name of its data file."""

    CHANNEL = "channel"
    """How a contact came in (domain.md 4.1)."""
    CONTACT_TYPE = "contact_type"
    """What a contact is (4.3)."""
    SUBJECT = "subject"
    """Whom a contact is about (4.2)."""
    COMPLAINANT_ROLE = "complainant_role"
    """How the complainant is concerned (4.2, L9)."""
    REPRESENTATIVE = "representative"
    """Who acts for the complainant (4.2, L12)."""
    PERSON_ROLE = "person_role"
    """Who a person is to a contact (4.2)."""
    PERSON_COMPLAINED_OF = "person_complained_of"
    """What the person complained of is to the police (4.2)."""
    CONSENT = "consent"
    """Whether the complainant agreed that somebody acts for them (4.2, L12)."""
    ADJUSTMENT = "adjustment"
    """Reasonable adjustments (4.12, R22)."""
    VULNERABILITY = "vulnerability"
    """Why a person may need more care (4.12, R23)."""
    ALLEGATION_CATEGORY = "allegation_category"
    """What is at the root of an allegation (4.4)."""
    ALLEGATION_FACTOR = "allegation_factor"
    """The circumstances of an allegation (4.5)."""
    HANDLING_TYPE = "handling_type"
    """How an allegation is handled (4.6)."""
    ALLEGATION_OUTCOME = "allegation_outcome"
    """What became of an allegation that was not recorded (4.7)."""
    HANDLING_OUTCOME = "handling_outcome"
    """What the force's handling of a recorded one came to (4.7)."""
    RECORDING_REASON = "recording_reason"
    """Why a complaint is recorded under Schedule 3 (4.8)."""
    ALLEGATION_ACTION = "allegation_action"
    """What was done because of an allegation (4.9)."""
    RECOVERY_METHOD = "recovery_method"
    """How service recovery put things right (4.10, R31)."""
    REVIEWED_HANDLING = "reviewed_handling"
    """Which handling a review is of (4.11)."""
    REVIEW_GROUND = "review_ground"
    """What an applicant for a review says is wrong (4.11)."""
    REVIEW_OUTCOME = "review_outcome"
    """What a review came to (4.11)."""
    REVIEW_INVALIDITY = "review_invalidity"
    """Why an application for a review is not valid (4.11)."""
    REVIEW_RECOMMENDATION = "review_recommendation"
    """What a review recommends to the force (4.11)."""
    RECOMMENDATION_REPLY = "recommendation_reply"
    """What the force answers to a recommendation (4.11, L40)."""
    RESTRICTION_STAGE = "restriction_stage"
    """How far contact with somebody is restricted (4.13, R26)."""
    RESTRICTION_MEASURE = "restriction_measure"
    """How contact with somebody is restricted (4.13)."""


class Code(BaseModel):
    """One entry; `valid_to` is the last day it holds, None while it does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    label: str
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the entry holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class CodeList(BaseModel):
    """A code list with the version that decisions made with it are recorded with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ListName
    version: str
    codes: tuple[Code, ...]

    def on(self, day: date) -> tuple[Code, ...]:
        """The entries that hold on `day`, in the order in which people are shown them."""
        return tuple(code for code in self.codes if code.holds_on(day))

    def label(self, code: str, day: date) -> str:
        """The words for `code` on `day`.

        Raises UnknownCode if the list does not have it on that day.
        """
        for entry in self.on(day):
            if entry.code == code:
                return entry.label
        known = ", ".join(entry.code for entry in self.on(day)) or "nothing"
        raise UnknownCode(
            f"The code list {self.name} (version {self.version}) does not have this code on "
            f"{day.isoformat()}: use one of {known}."
        )


@cache
def load_codes(name: ListName) -> CodeList:
    """The code list `name` that this package ships."""
    return CodeList.model_validate(read_yaml(f"codes/{name}.yaml"))
