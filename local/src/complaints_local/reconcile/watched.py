"""What a watcher saw of the processes, and when faults began and ended: JSON lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError


class WatchedError(Exception):
    """The file cannot be read; the text says which line."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime


class Sample(_Line):
    """What one service's process was like at one moment; `rss` in bytes, `files` and `connections`
    are counts of what it had open. There is none while no process runs."""

    service: str
    pid: int
    live: bool
    ready: bool
    problems: tuple[str, ...]
    rss: int
    files: int
    connections: int


class Mark(_Line):
    """A fault begins or ends. `promised`: others must go on meanwhile. `stopped` are services whose
    processes the fault itself stops."""

    fault: str
    begins: bool = False
    ends: bool = False
    promised: bool = False
    stopped: tuple[str, ...] = ()


_LINE: TypeAdapter[Sample | Mark] = TypeAdapter(Sample | Mark)


@dataclass(frozen=True)
class Fault:
    """A fault from its begin to its end."""

    name: str
    begins: datetime
    ends: datetime
    promised: bool
    stopped: tuple[str, ...]


@dataclass(frozen=True)
class Watched:
    """All that was seen, in order."""

    samples: tuple[Sample, ...]
    faults: tuple[Fault, ...]

    @cached_property
    def by_service(self) -> Mapping[str, list[Sample]]:
        found: dict[str, list[Sample]] = {}
        for sample in self.samples:
            found.setdefault(sample.service, []).append(sample)
        return found


def read_watched(path: Path) -> Watched:
    """Raises `WatchedError`."""
    samples: list[Sample] = []
    begun: dict[str, Mark] = {}
    faults: list[Fault] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = _LINE.validate_json(text)
        except ValidationError:
            raise WatchedError(
                f"Line {number} of {path} is not one that a watcher wrote."
            ) from None
        if isinstance(line, Sample):
            samples.append(line)
        elif line.begins:
            begun[line.fault] = line
        elif first := begun.pop(line.fault, None):
            faults.append(Fault(line.fault, first.at, line.at, first.promised, first.stopped))
        else:
            raise WatchedError(f"Line {number} of {path} ends a fault that had not begun.")
    if begun:
        raise WatchedError(f"{path} has faults without an end: {', '.join(sorted(begun))}.")
    return Watched(tuple(samples), tuple(faults))
