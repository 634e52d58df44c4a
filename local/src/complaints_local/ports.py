"""Ports of this machine."""

from __future__ import annotations

import itertools
import random
import socket
from typing import Final

HOST: Final = "127.0.0.1"
PORTS: Final = range(20_000, 32_000)
"""Below those from which systems take a port for a client, which could take one of ours away
between looking and listening."""


def is_free(port: int) -> bool:
    """Whether nobody listens at a port on loopback just now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


_turns = itertools.cycle(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """A port on loopback that nobody listens at just now; each time another one."""
    return next(port for port in _turns if is_free(port))
