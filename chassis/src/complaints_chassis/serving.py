"""One way to serve an application, below the path that the proxy in front removes."""

from __future__ import annotations

import signal
import sys
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from complaints_chassis.telemetry import log_as_json

GRACE_SECONDS: Final = 10
"""What requests that are being answered get to end in, when the service stops."""


def serve(
    app: FastAPI,
    *,
    host: str,
    port: int,
    address: str,
    proxies: str = "127.0.0.1",
    log_level: str = "INFO",
) -> None:
    """Serves until SIGTERM or Ctrl-C, and returns or exits with 0 once everything has stopped.

    `address` is where browsers reach it; what `proxies` say of the caller is believed.
    """
    log_as_json(log_level)
    # uvicorn raises it again once it has stopped, which would look like a failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    uvicorn.run(
        app,
        host=host,
        port=port,
        root_path=urlsplit(address).path.rstrip("/"),
        forwarded_allow_ips=proxies,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
