"""What a PDF or a picture of paper holds: how many pages, their text, each as a PNG.

Only for the process in `__main__`: what is read here may be made to break whoever reads it.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

import pypdfium2 as pdfium
from PIL import Image, ImageOps
from pypdfium2.raw import FPDF_ERR_PASSWORD

MAX_PAGES: Final = 50
"""More are kept, but neither read nor shown."""
MAX_TEXT: Final = 200_000
"""Characters of text that are read."""
MAX_PIXELS: Final = 50_000_000
"""Of a picture (S18)."""
MAX_SIDE: Final = 2_000
"""Pixels of what is drawn; an A4 page at `DPI` is 827 by 1,169."""
DPI: Final = 100
POINTS: Final = 72
"""To the inch: the unit of a PDF page."""
PICTURES: Final = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")
"""Pillow's names of the formats that are decoded."""


class NothingToShow(ValueError):
    """There is no such page, or it cannot be drawn within the limits."""


@dataclass(frozen=True)
class Description:
    """What a document holds. One that is `locked` opens with a password only."""

    pages: int
    text: str = ""
    locked: bool = False


def describe(data: bytes) -> Description:
    """What a document holds, of its first pages.

    Raises:
        NothingToShow: it is neither a PDF nor a picture that can be decoded.
    """
    if not _is_pdf(data):
        with _picture(data) as picture:
            return Description(_frames(picture))
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            return Description(0, locked=True)
        raise NothingToShow from error
    pages = min(len(document), MAX_PAGES)
    texts: list[str] = []
    for number in range(pages):
        if sum(map(len, texts)) > MAX_TEXT:
            break
        try:
            texts.append(document[number].get_textpage().get_text_bounded().strip())
        except pdfium.PdfiumError:  # a page that the document only claims to have
            continue
    return Description(pages, "\n\n".join(filter(None, texts))[:MAX_TEXT])


def draw(data: bytes, number: int) -> bytes:
    """Page `number`, from 1, as a PNG.

    Raises:
        NothingToShow: there is no such page, or it cannot be drawn.
    """
    if not 1 <= number <= MAX_PAGES:
        raise NothingToShow
    page = _pdf_page(data, number) if _is_pdf(data) else _frame(data, number)
    out = io.BytesIO()
    page.convert("RGB").save(out, "PNG")
    return out.getvalue()


def _is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:1024]


def _pdf_page(data: bytes, number: int) -> Image.Image:
    try:
        document = pdfium.PdfDocument(data)
        document.init_forms()  # what was filled in is on the page too
        page = document[number - 1]
        longer = max(page.get_size())
        if longer <= 0:
            raise NothingToShow
        scale = min(DPI / POINTS, MAX_SIDE / longer)
        drawn: Image.Image = page.render(scale=scale).to_pil()
        return drawn
    except (pdfium.PdfiumError, IndexError) as error:
        raise NothingToShow from error


def _frame(data: bytes, number: int) -> Image.Image:
    with _picture(data) as picture:
        if number > _frames(picture):
            raise NothingToShow
        try:
            picture.seek(number - 1)
            picture.thumbnail((MAX_SIDE, MAX_SIDE))
            return ImageOps.exif_transpose(picture)
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise NothingToShow from error


def _picture(data: bytes) -> Image.Image:
    warnings.simplefilter("ignore")  # of odd metadata, and of bombs, which are refused below
    try:
        picture = Image.open(io.BytesIO(data), formats=PICTURES)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NothingToShow from error
    if picture.width * picture.height > MAX_PIXELS:
        raise NothingToShow
    return picture


def _frames(picture: Image.Image) -> int:
    """Pages of a fax; what moves is one picture."""
    if picture.format != "TIFF":
        return 1
    pages = 1
    try:
        while pages < MAX_PAGES:
            picture.seek(pages)
            pages += 1
    except (EOFError, OSError, SyntaxError, ValueError):
        pass
    picture.seek(0)
    return pages
