"""What every fact and every published event is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    field_validator,
)
from pydantic_core import PydanticCustomError

TYPE_PREFIX: Final = "uk.police-complaints"

_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_A_DAY: Final = timedelta(days=1)
_INT64: Final = range(-(2**63), 2**63)


def _refuse_unstorable(value: object) -> None:
    match value:
        case str():
            if "\0" in value:
                raise PydanticCustomError("nul_character", "text must not hold a NUL character")
            try:
                value.encode()
            except UnicodeEncodeError:
                raise PydanticCustomError("lone_surrogate", "text must be Unicode") from None
        case int():
            if value not in _INT64:
                raise PydanticCustomError("over_64_bits", "whole numbers must fit 64 bits")
        case tuple():
            for item in value:
                _refuse_unstorable(item)
        case dict():
            for name, item in value.items():
                _refuse_unstorable(name)
                _refuse_unstorable(item)


class Model(BaseModel):
    """Frozen; ignores fields it does not know; never shows its input in an error.

    Holds nothing that PostgreSQL could not keep: no NUL character, no lone surrogate, no whole
    number over 64 bits.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: object) -> object:
        _refuse_unstorable(value)
        return value


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _RFC_3339.fullmatch(value):
            return datetime.fromisoformat(value.upper())
    except ValueError:
        pass
    raise PydanticCustomError("datetime_format", "a moment is written as RFC 3339 says")


def _utc(value: datetime) -> datetime:
    """In UTC; a moment so near an end of the calendar that not every place has a day is none."""
    try:
        in_utc = value.astimezone(UTC)
        _ = in_utc - _A_DAY, in_utc + _A_DAY
    except OverflowError:
        raise PydanticCustomError(
            "datetime_range", "a moment is within years 1 to 9999, but for their first and last day"
        ) from None
    return in_utc


Instant = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)]
"""A moment in time, with its offset, written as RFC 3339 says; kept in UTC."""


class Fact(Model):
    """Something that happened. Alone it is private: it has no topic and never leaves."""

    type: ClassVar[str]


class Event(Fact):
    """A published fact: `type` on the wire, the topic it goes to, and the field that is its key."""

    topic: ClassVar[str]
    key: ClassVar[str]

    @property
    def stream(self) -> str:
        """The id of the stream this event belongs to on its topic; the Kafka key."""
        return str(getattr(self, self.key))

    @property
    def topic_name(self) -> str:
        """The topic it goes to; `topic` itself, but where each force has its own."""
        return self.topic
