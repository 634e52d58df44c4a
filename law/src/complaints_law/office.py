"""The office profile: who the office is, when it is open, who works there and how it speaks.

One YAML file for each office. Everything that differs from office to office and is not law is in
it, so that another Police and Crime Commissioner can run the system without a change of code.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from complaints_law.calendar import Calendar
from complaints_law.errors import OfficeProfileError
from complaints_law.opening_hours import OpeningHours
from complaints_law.resources import read_text

_CLEVELAND: Final = "offices/cleveland.yaml"


class Role(StrEnum):
    """What a member of staff may do."""

    ADVISER = "ADVISER"
    TEAM_LEADER = "TEAM_LEADER"
    ADJUDICATOR = "ADJUDICATOR"
    OPERATIONS = "OPERATIONS"


def _check(pattern: str, advice: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(advice)
        return value

    return AfterValidator(check)


Text = Annotated[str, Field(min_length=1)]
Key = Annotated[
    str, _check(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "use small letters, digits and single hyphens")
]
Email = Annotated[
    str, _check(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", "write an address like team@office.example")
]
Telephone = Annotated[
    str, _check(r"\+?[0-9][0-9 ]{4,}", "use digits and spaces, in quotes if there are no spaces")
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Addresses(_Part):
    """The mailboxes that people write to."""

    complaints: Email
    reviews: Email
    staff_complaints: Email
    questions: Email


class Mail(_Part):
    """What outgoing mail comes from: `domain` is the right side of `sender` and of message ids."""

    domain: Text
    sender: Email

    @model_validator(mode="after")
    def _one_domain(self) -> Self:
        if self.sender.rpartition("@")[2] != self.domain:
            raise ValueError("the sender must be an address at the mail domain: change one of them")
        return self


class Links(_Part):
    """Pages that letters and forms point to (R48, R83)."""

    website: HttpUrl
    privacy_notice: HttpUrl
    iopc_guidance: HttpUrl
    iopc_reviews: HttpUrl | None = None
    """How the public applies to the IOPC for a review (L30a); left out of letters without it."""


class Wording(_Part):
    """Words that pages and letters use as they are."""

    service_name: Text
    emergency_advice: Text


class Queue(_Part):
    """A list of work that waits for anybody with the role, not for one person."""

    key: Key
    name: Text
    role: Role


class Force(_Part):
    """A police force the office deals with; `key` is the one in its topics' names."""

    key: Key
    name: Text
    professional_standards: Text
    """What the force calls its professional standards unit (domain.md 1.9.5)."""


class Absence(_Part):
    """Days away, both included."""

    first_day: date
    last_day: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("the last day is before the first: swap them")
        return self

    def covers(self, day: date) -> bool:
        """Whether `day` is one of the days away."""
        return self.first_day <= day <= self.last_day


class StaffMember(_Part):
    """Somebody who works for the office, with what a complainant is told of them (R19)."""

    id: Key
    name: Text
    roles: frozenset[Role] = Field(min_length=1)
    email: Email
    telephone: Telephone
    absences: tuple[Absence, ...] = ()
    skills: frozenset[Text] = frozenset()
    """The reasonable adjustments that they can make by themselves, such as BSL (R22)."""

    def is_present(self, on: date) -> bool:
        """Whether no absence covers the day; says nothing about whether it is a working day."""
        return not any(absence.covers(on) for absence in self.absences)


class OfficeProfile(_Part):
    """An office as its profile describes it; days and times in it are Europe/London's."""

    key: Key
    """Names the office in events, where its name would be too long."""
    name: Text
    team_name: Text
    postal_address: tuple[Text, ...] = Field(min_length=1)
    telephone: Telephone
    opening_hours: OpeningHours
    addresses: Addresses
    mail: Mail
    links: Links
    wording: Wording
    queues: tuple[Queue, ...]
    forces: tuple[Force, ...] = Field(min_length=1)
    staff: tuple[StaffMember, ...]

    @model_validator(mode="after")
    def _no_duplicates(self) -> Self:
        _refuse_duplicates("queues", (queue.key for queue in self.queues))
        _refuse_duplicates("forces", (force.key for force in self.forces))
        _refuse_duplicates("staff", (member.id for member in self.staff))
        return self

    @model_validator(mode="after")
    def _somebody_for_every_role(self) -> Self:
        held = {role for member in self.staff for role in member.roles}
        missing = [role for role in Role if role not in held]
        if missing:
            raise ValueError(f"nobody in staff has the role {', '.join(missing)}: give it to one")
        return self

    def present_advisers(self, on: date) -> tuple[StaffMember, ...]:
        """The advisers who are not absent on `on`, in the order of the register."""
        return tuple(
            member
            for member in self.staff
            if Role.ADVISER in member.roles and member.is_present(on)
        )

    def is_open(self, at: datetime, calendar: Calendar) -> bool:
        """Whether the office is open at the instant `at`; raises as OpeningHours.is_open does."""
        return self.opening_hours.is_open(at, calendar)

    def opening_hours_text(self) -> str:
        """The opening hours in words, for letters and pages."""
        return self.opening_hours.text()


def load_office(path: Path | None = None) -> OfficeProfile:
    """The office profile in the file `path`, or Cleveland's, which this package ships.

    Raises OfficeProfileError, which names the file, every field at fault and what to do about it,
    and repeats nothing of what the file says there: the register is about people.
    """
    name = str(path or _CLEVELAND)
    try:
        text = path.read_text(encoding="utf-8") if path else read_text(_CLEVELAND)
        return OfficeProfile.model_validate(yaml.safe_load(text))
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise OfficeProfileError(f"{name}: {reason}. Check the path.") from None
    except UnicodeDecodeError:
        raise OfficeProfileError(f"{name}: this is not text in UTF-8. Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise OfficeProfileError(f"{name}: {_syntax(error)}") from None
    except ValidationError as error:
        faults = "\n".join(f"  {_fault(detail)}" for detail in error.errors(include_input=False))
        raise OfficeProfileError(f"{name} needs to be put right:\n{faults}") from None
    except ValueError:  # how YAML reports 30 February, and only that
        raise OfficeProfileError(f"{name}: one of the dates does not exist. Check them.") from None


def _refuse_duplicates(field: str, keys: Iterable[str]) -> None:
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ValueError(f"{field} has {', '.join(repeated)} more than once: keys are unique")


def _syntax(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        where = f" at line {mark.line + 1}, column {mark.column + 1}"
    else:
        where = ""
    return f"this is not YAML{where}. Check the indentation, colons and quotes there."


def _fault(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"]) or "the profile"
    match detail["type"]:
        case "missing":
            return f"{field}: is missing; add it."
        case "extra_forbidden":
            return f"{field}: is not a setting; remove it or check its spelling."
        case "string_type":
            return f"{field}: is not text; put it in quotes."
        case _:
            return f"{field}: {detail['msg'].removeprefix('Value error, ')}."
