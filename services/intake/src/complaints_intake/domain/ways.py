"""The ways by which a contact reaches a member of staff, as the data describe them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from complaints_contracts.codes import Channel, Consent, RepresentativeKind


class Way(BaseModel):
    """How staff take a contact of one channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Channel
    live: bool = False
    """Whether the person is there while the contact is entered: it came when that began."""
    acting: RepresentativeKind | None = None
    consent: Consent | None = None
    """Both chosen when the page opens; whoever enters the contact can change them."""
    say: tuple[str, ...]
    """What to read out, or else what to look at, paragraph by paragraph."""

    @property
    def path(self) -> str:
        """The end of its page's address."""
        return self.channel.lower().replace("_", "-")
