"""What became of everything that was sent, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from complaints_local.force_box.box import Sent


def table_of(sent: Sequence[Sent]) -> Table:
    """A line for each record, in the order they were sent."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "Sent", "As", "Id", "Expected", "Receipt", "Reference, or why"):
        table.add_column(column, overflow="fold")
    for number, one in enumerate(sent, start=1):
        receipt = one.receipt or {}
        table.add_row(
            str(number),
            one.step.sends[0],
            one.step.mode.value,
            one.id,
            one.step.expected.value,
            one.outcome if one.as_expected else f"{one.outcome}  ← not as expected",
            str(receipt.get("reference") or receipt.get("reason") or ""),
        )
    return table
