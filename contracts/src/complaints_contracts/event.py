"""What every fact and every published event is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

TYPE_PREFIX: Final = "uk.police-complaints"


class Model(BaseModel):
    """Frozen; ignores fields it does not know; never shows its input in an error."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A moment in time, with its offset; kept in UTC."""


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
