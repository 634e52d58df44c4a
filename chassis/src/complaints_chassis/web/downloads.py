"""Files that people sent, handed out so that they can be kept but not run (S19)."""

import re

from fastapi import Response

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]{1,8})?")


def attachment(content: bytes, name: str) -> Response:
    """`content` as a download called `name`.

    `name` is ours, made from a reference (`ph-7k2m-letter-2.pdf`), never what the sender called it.
    Raises ValueError for a name with anything but small letters, digits, hyphens and one suffix.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a download's name is generated: small letters, digits and hyphens")
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )
