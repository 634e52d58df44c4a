"""Documents are read and drawn in a process of their own, within limits, whatever they are."""

from __future__ import annotations

import asyncio
import io
import random
import time
from collections.abc import Callable
from functools import partial

import pytest
from papers import locked_pdf, pdf, picture, png_bomb, scanned_pdf, stream_bomb
from PIL import Image

from complaints_intake.documents.draw import MAX_PAGES, MAX_SIDE, MAX_TEXT
from complaints_intake.documents.reader import SECONDS, Documents

SPARE = 3.0
"""Seconds that a loaded machine may take besides."""


def drawn_size(png: bytes | None) -> tuple[int, int]:
    assert png
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        image.load()
        return image.size


async def test_the_text_of_every_page_is_read_in_its_order() -> None:
    described = await Documents().describe(pdf(["Dear Sir,", "nobody came"], ["Page two"]))
    assert described
    assert (described.pages, described.locked) == (2, False)
    assert described.text.split() == ["Dear", "Sir,", "nobody", "came", "Page", "two"]


async def test_an_a4_page_is_drawn_at_100_dots_to_the_inch() -> None:
    width, height = drawn_size(await Documents().draw(pdf(["words"]), 1))
    assert abs(width - 827) <= 1
    assert abs(height - 1169) <= 1


async def test_what_was_written_on_a_page_can_be_seen_on_it() -> None:
    empty, written = [await Documents().draw(pdf(lines), 1) for lines in ([], ["words"])]
    assert empty
    assert written
    assert empty != written


async def test_a_page_that_is_only_a_picture_is_shown_and_has_no_text() -> None:
    documents = Documents()
    described = await documents.describe(scanned_pdf())
    assert described
    assert (described.pages, described.text) == (1, "")
    assert drawn_size(await documents.draw(scanned_pdf(), 1))


async def test_a_document_with_a_password_is_said_to_be_locked() -> None:
    described = await Documents().describe(locked_pdf())
    assert described
    assert described.locked
    assert await Documents().draw(locked_pdf(), 1) is None


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n" + bytes(range(256)) * 20,
        pdf(["words"])[:200],
        b"%PDF-",
        b"",
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        b"<svg onload='alert(1)'/>",
        b"GIF89a" + bytes(10),
    ],
)
async def test_what_is_broken_is_neither_read_nor_shown(data: bytes) -> None:
    assert await Documents().describe(data) is None
    assert await Documents().draw(data, 1) is None


async def test_a_document_that_claims_ten_thousand_pages_is_read_as_far_as_we_show() -> None:
    documents = Documents()
    started = time.monotonic()
    described = await documents.describe(pdf(["the only page"], count=10_000))
    assert described
    assert described.pages <= MAX_PAGES
    assert described.text.strip() == "the only page"
    assert await documents.draw(pdf(["the only page"], count=10_000), 2) is None
    assert await documents.draw(pdf(["the only page"], count=10_000), MAX_PAGES + 1) is None
    assert time.monotonic() - started < SECONDS + SPARE


@pytest.mark.parametrize(
    "make",
    [
        partial(pdf, ["x"], size=(14_400, 14_400)),
        partial(pdf, ["x"], size=(14_400, 20)),
        partial(pdf, ["x"], size=(200_000, 200_000), extra=b"/UserUnit 1000"),
        partial(picture, "JPEG", (6000, 6000)),
        partial(picture, "WEBP", (4000, 100)),
    ],
)
async def test_a_huge_page_is_drawn_small(make: Callable[[], bytes]) -> None:
    png = await Documents().draw(make(), 1)
    assert max(drawn_size(png)) <= MAX_SIDE + 1


async def test_a_page_without_a_size_is_not_drawn_or_is_drawn_small() -> None:
    png = await Documents().draw(pdf(["x"], size=(0, 0)), 1)
    assert png is None or max(drawn_size(png)) <= MAX_SIDE


@pytest.mark.parametrize("make", [png_bomb, partial(picture, "PNG", (8000, 7000))])
async def test_a_picture_of_more_than_50_million_pixels_is_not_decoded(
    make: Callable[[], bytes],
) -> None:
    data = make()
    started = time.monotonic()
    assert await Documents().describe(data) is None
    assert await Documents().draw(data, 1) is None
    assert time.monotonic() - started < SECONDS


async def test_a_content_that_unpacks_to_half_a_gigabyte_ends_its_own_process_only() -> None:
    started = time.monotonic()
    assert await Documents().draw(stream_bomb(), 1) is None
    assert time.monotonic() - started < SECONDS + SPARE


async def test_a_fax_is_shown_page_by_page() -> None:
    fax = picture("TIFF", (200, 300), frames=3)
    documents = Documents()
    described = await documents.describe(fax)
    assert described
    assert described.pages == 3
    pages = [await documents.draw(fax, number) for number in (1, 2, 3)]
    assert len(set(pages)) == 3
    assert drawn_size(pages[2]) == (200, 300)
    assert await documents.draw(fax, 4) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
async def test_a_picture_is_drawn_anew_with_nothing_else_that_was_in_it(kind: str) -> None:
    hidden = b"<script>alert(1)</script>"
    png = await Documents().draw(picture(kind) + hidden, 1)
    assert drawn_size(png) == (80, 60)
    assert png
    assert hidden not in png


async def test_more_text_than_a_page_can_take_is_cut() -> None:
    line = "word " * 30
    described = await Documents().describe(pdf(*[[line] * 40] * 45))
    assert described
    assert MAX_TEXT / 2 < len(described.text) <= MAX_TEXT


async def test_many_at_once_take_turns_and_all_are_answered() -> None:
    documents = Documents()
    good = pdf(["words"])
    found = await asyncio.gather(*(documents.draw(good, 1) for _ in range(8)))
    assert len(set(found)) == 1
    assert found[0]


async def test_twenty_mutated_documents_stop_nothing() -> None:
    chance = random.Random(5)
    documents = Documents()
    for _ in range(20):
        data = bytearray(chance.choice([pdf(["one"], ["two"]), scanned_pdf(), picture("TIFF")]))
        for _ in range(chance.randrange(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        described = await documents.describe(bytes(data))
        assert described is None or 0 <= described.pages <= MAX_PAGES
