"""Ports for servers that are started side by side."""

from __future__ import annotations

from complaints_local.ports import PORTS, free_port


def test_no_two_who_ask_get_the_same_port() -> None:
    found = [free_port() for _ in range(500)]
    assert len(set(found)) == 500
    assert set(found) <= set(PORTS)
