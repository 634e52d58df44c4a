"""Where the files that come with the models are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def data_folder(name: str) -> Path:
    """`topics`, `schemas` or `examples`: inside the wheel, or beside `src/` in a checkout."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parents[1] / name
