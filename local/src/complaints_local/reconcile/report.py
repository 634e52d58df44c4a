"""How verdicts are told: a line for each, what breaks it below; and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from complaints_local.reconcile.verdict import State, Verdict

SHOWN: Final = 10
STYLES: Final = {State.HOLDS: "green", State.BROKEN: "bold red", State.NOT_JUDGED: "yellow"}


def show(console: Console, found: Sequence[Verdict]) -> None:
    """Prints them, with up to `SHOWN` exceptions each."""
    for one in found:
        told = one.missing or ", ".join(f"{count} {name}" for name, count in one.counts.items())
        line = Text.assemble(
            f"{one.id:<4}{one.title:<26}", (f"{one.state.value}", STYLES[one.state]), f": {told}"
        )
        console.print(line, soft_wrap=True)
        for exception in one.exceptions[:SHOWN]:
            console.print(Text(f"      {exception}"), soft_wrap=True)
        if len(one.exceptions) > SHOWN:
            console.print(Text(f"      and {len(one.exceptions) - SHOWN} more"), soft_wrap=True)


def write(path: Path, found: Sequence[Verdict], final: dict[str, Any]) -> None:
    """Verdicts with all their exceptions, and the final state by tag, as JSON."""
    said = {
        one.id: {
            "title": one.title,
            "verdict": one.state.value,
            "counts": dict(one.counts),
            "exceptions": list(one.exceptions),
            "missing": one.missing,
        }
        for one in found
    }
    path.write_text(json.dumps({"verdicts": said, "final": final}, indent=1), encoding="utf-8")
