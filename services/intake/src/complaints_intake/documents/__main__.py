"""The process that reads one document, given on standard input.

Without an argument its description is printed as JSON, with a number that page as a PNG.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict
from typing import Final

from complaints_intake.documents.draw import NothingToShow, describe, draw

CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 768 * 1024 * 1024


def main(arguments: list[str]) -> int:
    """Reads a document within its limits; one that breaks them ends this process only."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        if arguments:
            sys.stdout.buffer.write(draw(data, int(arguments[0])))
        else:
            json.dump(asdict(describe(data)), sys.stdout)
    except NothingToShow:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
