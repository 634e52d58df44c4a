"""Runs a service as `complaints-<service>` does, with what a test may do to it from inside.

python steered.py SERVICE serve. Its orders are the JSON file that ORDERS names, read at the start
and at every SIGUSR1:

    crash_at    as COMPLAINTS_CRASH_AT, counted from when the order is read
    ahead       seconds that the service's clock is ahead of the machine's
    flaky       the share of database statements that fail; as many again time out, and as many
                again are carried out and then time out
    freeze_on   a piece of a database statement: once it was carried out, the service stands still
                until it is woken
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine import Engine
from sqlalchemy.event import listens_for

from complaints_chassis import points
from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock

ORDERS: Final = "COMPLAINTS_TEST_ORDERS"
SEED: Final = 20_260_402


class Store:
    """The database's share in what goes wrong: Temporal's three kinds of fault."""

    def __init__(self) -> None:
        self.flaky = 0.0
        self.freeze_on = ""
        self._chance = random.Random(SEED)

    def before(self, *_: object) -> None:
        draw = self._chance.random()
        if draw < self.flaky:
            raise ConnectionResetError("the statement failed")
        if draw < 2 * self.flaky:
            raise TimeoutError("the statement timed out")

    def after(self, *_: object) -> None:
        if self._chance.random() < self.flaky:
            raise TimeoutError("carried out, and then timed out")

    def freeze(self, _: object, __: object, statement: str, *___: object) -> None:
        if self.freeze_on and self.freeze_on in statement:
            self.freeze_on = ""
            os.write(sys.stderr.fileno(), b"\nfrozen\n")
            os.kill(os.getpid(), signal.SIGSTOP)

    def take_commits(self) -> None:
        """SQLAlchemy has no event after a commit, whose lost answer is the one that matters."""
        commit = PGDialect_asyncpg.do_commit

        def do_commit(dialect: PGDialect_asyncpg, connection: Any) -> None:
            self.before()
            commit(dialect, connection)
            self.after()

        PGDialect_asyncpg.do_commit = do_commit


def main(name: str, *arguments: str) -> None:
    app: Any = import_module(f"complaints_{name}.app")
    clock, store = Clock(), Store()
    path = Path(os.environ[ORDERS])

    def read(*_: object) -> None:
        orders = json.loads(path.read_text())
        clock.set(datetime.now(UTC) + timedelta(seconds=orders.get("ahead", 0)))
        store.flaky = orders.get("flaky", 0)
        store.freeze_on = orders.get("freeze_on", "")
        points._hits.clear()
        os.environ[points.ENVIRONMENT] = orders.get("crash_at", "")
        # Past Python's buffer, which a signal may have interrupted in the middle of a line.
        os.write(sys.stderr.fileno(), f"\norders {json.dumps(orders)}\n".encode())

    signal.signal(signal.SIGUSR1, read)
    read()
    listens_for(Engine, "before_cursor_execute")(store.before)
    listens_for(Engine, "after_cursor_execute")(store.after)
    listens_for(Engine, "after_cursor_execute")(store.freeze)
    store.take_commits()
    create = partial(app.create_app, clock=clock)
    command_line(app.SERVICE, create, app.Settings)(arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
