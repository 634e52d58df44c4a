"""One picture of a run: rates, and where the CPU time of one contact goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from benchmarks.bench import Result

OURS, OTHER = "#1d70b8", "#b1b4b6"
SERVICES = {
    "intake": "#1d70b8",
    "triage": "#4c2c92",
    "casework": "#00703c",
    "notifications": "#f47738",
    "reviews": "#912b88",
}


def draw(result: Result, path: Path) -> None:
    """Writes the picture as PNG."""
    mpl.use("Agg")
    figure, (rates, costs) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    names = list(result.drains)
    runs = [result.middle(name) for name in names]
    bars = rates.barh(names, [run.rate for run in runs], color=[OURS, *[OTHER] * (len(names) - 1)])
    rates.bar_label(bars, fmt="%.0f", padding=3)
    rates.set_title("Drain: contacts a second", loc="left")
    left = [0.0] * len(names)
    for service, colour in SERVICES.items():
        widths = [1000 * run.cpu.get(service, 0.0) / run.contacts for run in runs]
        costs.barh(names, widths, left=left, color=colour, label=service)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    costs.set_title("Python's CPU time for one contact, ms", loc="left")
    costs.legend(frameon=False, fontsize="small")
    for axes in (rates, costs):
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    plt.close(figure)
