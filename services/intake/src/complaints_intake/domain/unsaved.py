"""An entry while it is being typed: what is on its page, and the files that came with it."""

from __future__ import annotations

from complaints_contracts.event import Model
from complaints_contracts.parts import FileRef
from complaints_intake.domain.entry import Entry, Opened


class Paper(Model):
    """A file, how many of its pages can be shown, and whether text can be read from it."""

    file: FileRef
    pages: int = 0
    has_text: bool = False


class Unsaved(Model):
    """Everything on the page by now."""

    opened: Opened
    entry: Entry = Entry()
    papers: tuple[Paper, ...] = ()
    refused: tuple[str, ...] = ()
    """What was wrong with the files that were added last, in words."""
    was_read: bool = False
    """Whether words were read from a file, and have to be checked."""
    looked: bool = False
    """Whether earlier contacts were looked for."""
    came_late: bool = False
    """Whether it came from a page whose own draft, with its files, was gone by then."""
    saved_as: str | None = None
    """The reference of the contact that this was saved as before it was changed."""

    @property
    def files(self) -> tuple[FileRef, ...]:
        """All files, as the contact names them."""
        return tuple(paper.file for paper in self.papers)
