"""A file that belongs to an entry which is not saved yet."""

from __future__ import annotations

from complaints_contracts.event import Model
from complaints_contracts.parts import FileRef


class Paper(Model):
    """The file, how many of its pages can be shown, and whether text can be read from it."""

    file: FileRef
    pages: int = 0
    has_text: bool = False
