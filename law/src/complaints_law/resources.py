"""Reads the versioned data files that this package ships."""

from collections.abc import Iterator
from importlib.resources import files

import yaml

_DATA = files("complaints_law") / "data"


def read_text(name: str) -> str:
    """The text of the data file `name`, a path below `data/`."""
    return (_DATA / name).read_text(encoding="utf-8")


def read_yaml(name: str) -> object:
    """The data file `name`, decoded; whoever asks validates it."""
    return yaml.safe_load(read_text(name))


def names_in(folder: str) -> Iterator[str]:
    """The names of the data files in `folder`, sorted."""
    return (f"{folder}/{entry}" for entry in sorted(f.name for f in (_DATA / folder).iterdir()))
