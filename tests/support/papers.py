"""Small documents made by hand, good ones and hostile ones."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

from PIL import Image


def pdf(
    *pages: Sequence[str],
    size: tuple[int, int] = (595, 842),
    count: int | None = None,
    extra: bytes = b"",
    trailer: bytes = b"",
) -> bytes:
    """A PDF with lines of text; `count` is how many pages it claims to have."""
    objects: list[bytes] = [b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    tree = 2 + 2 * len(pages)
    kids = []
    for lines in pages:
        shown = "\n".join(f"({line}) Tj T*" for line in lines)
        stream = f"BT /F1 13 Tf 60 {size[1] - 62} Td 20 TL\n{shown}\nET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] %s"
            b" /Resources << /Font << /F1 1 0 R >> >> /Contents %d 0 R >>"
            % (tree, *size, extra, len(objects))
        )
        kids.append(b"%d 0 R" % len(objects))
    objects.append(
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages) if count is None else count, b" ".join(kids))
    )
    objects.append(b"<< /Type /Catalog /Pages %d 0 R >>" % tree)
    return assembled(objects, len(objects), trailer)


def assembled(objects: Sequence[bytes], root: int, trailer: bytes = b"") -> bytes:
    """Objects as a file."""
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root %d 0 R %s >>\n"
        b"startxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, root, trailer, len(out))
    )


def scanned_pdf() -> bytes:
    """A page that is a picture, with nothing that can be copied."""
    picture = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
    objects = [
        picture + b" /ColorSpace /DeviceGray /Length 1 >>\nstream\n\x40\nendstream",
        b"<< /Length 30 >>\nstream\nq 300 0 0 300 100 400 cm /I Do Q\nendstream",
        b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 595 842]"
        b" /Resources << /XObject << /I 1 0 R >> >> /Contents 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Catalog /Pages 4 0 R >>",
    ]
    return assembled(objects, 5)


def locked_pdf() -> bytes:
    """Encrypted with a password that nobody here has (PDF 1.7, 7.6.3)."""
    key = b"/O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b">"
    encrypt = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 " + key + b" >> /ID [<01> <02>]"
    return pdf(["secret"], trailer=encrypt)


def picture(kind: str = "PNG", size: tuple[int, int] = (80, 60), frames: int = 1) -> bytes:
    """A picture that says nothing."""
    out = io.BytesIO()
    first, *others = [Image.new("RGB", size, (200, 30 * n % 256, 30)) for n in range(frames)]
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(out, kind, **more)
    return out.getvalue()


def png_bomb(side: int = 60_000) -> bytes:
    """A PNG of a few bytes that claims 3,600 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


def stream_bomb() -> bytes:
    """A page whose content unpacks to 500 MB of drawing."""
    packed = zlib.compress(b"0 0 m 500 500 l S\n" * 28_000_000, 1)
    objects = [
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 1 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>",
        b"<< /Type /Catalog /Pages 3 0 R >>",
    ]
    return assembled(objects, 4)
