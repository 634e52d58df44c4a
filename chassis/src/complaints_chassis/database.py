"""The engine, and the one way many rows are written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from complaints_chassis import telemetry
from complaints_chassis.errors import Conflict, Transient

T = TypeVar("T")

LONGEST_MS: Final = 30_000
"""How long a statement may take, and a transaction do nothing: whoever is frozen in the middle of
one loses it, and others get what it had locked."""
GONE_SECONDS: Final = {"idle": 10, "interval": 5, "count": 3}
"""When the server looks whether somebody silent is still there, again and how often. A machine that
was cut off keeps no lock, and leads nothing, for more than these 25 s."""
MAX_TRIES: Final = 8
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so

UNIQUE_VIOLATION: Final = "23505"
_AGAIN: Final = {UNIQUE_VIOLATION, "40001", "40P01"}  # conflict, serialisation, deadlock
_AWAY: Final = (
    "08",  # connection
    "53",  # out of resources, the disk included
    "57",  # shut down, or a statement that took too long
    "25006",  # read-only: the standby of one that went away
    "25P03",  # this process stood still in a transaction for too long
)


POOLED: Final[Mapping[str, Any]] = {
    "pool_size": 10,
    "max_overflow": 5,
    "pool_timeout": 3,  # who waits longer is better told to come back
}
UNPOOLED: Final[Mapping[str, Any]] = {"poolclass": NullPool}
"""Each connection its own: it waits for none in use, and finds out whether one can be had."""


def connect(url: str, pool: Mapping[str, Any] = POOLED) -> AsyncEngine:
    """An engine whose errors never carry parameters, and whose transactions end."""
    settings = {"statement_timeout": LONGEST_MS, "idle_in_transaction_session_timeout": LONGEST_MS}
    settings |= {f"tcp_keepalives_{name}": value for name, value in GONE_SECONDS.items()}
    return create_async_engine(
        url,
        hide_parameters=True,
        **pool,
        connect_args={
            "timeout": 5,
            "server_settings": {name: str(value) for name, value in settings.items()},
        },
    )


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five-character code of an error, or nothing."""
    return sqlstate_of(error)


def sqlstate_of(error: BaseException) -> str:
    """The same of any error: asyncpg's own pass through SQLAlchemy when connecting."""
    found = error.orig if isinstance(error, DBAPIError) else error
    return getattr(found, "sqlstate", None) or ""


def is_away(error: BaseException) -> bool:
    """Whether the database is away: the same work can succeed later, unchanged."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or sqlstate(error).startswith(_AWAY):
            return True
        if isinstance(error.orig and error.orig.__cause__, ValueError):
            return False  # a value that the driver cannot send
        return isinstance(error, InterfaceError | OperationalError) and not sqlstate(error)
    return isinstance(error, OSError | TimeoutError | PoolTimeout)


def is_conflict(error: BaseException) -> bool:
    """Whether somebody else was faster: the same work, decided again, can succeed at once."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _AGAIN


async def transaction(
    engine: AsyncEngine, once: Callable[[AsyncConnection], Awaitable[T]], service: str
) -> T:
    """Runs `once` in a transaction, again where somebody else was faster.

    Raises:
        Transient: the database is away; the same work can succeed later.
        Conflict: somebody else was faster every time.
    """
    for _ in range(MAX_TRIES):
        try:
            async with engine.begin() as connection:
                return await once(connection)
        except Exception as error:
            if is_away(error):
                raise Transient("The database does not answer. Is it up?") from error
            if not is_conflict(error):
                raise
            lost = error
            telemetry.CONFLICTS.labels(service).inc()
    raise Conflict("somebody else was faster every time") from lost


@cache
def _insert(table: Table, columns: tuple[str, ...], suffix: str) -> TextClause:
    chosen = [table.columns[name] for name in columns]
    kinds = [
        "text" if isinstance(c.type, JSONB) else c.type.compile(dialect=_DIALECT) for c in chosen
    ]
    arrays = ", ".join(
        f"CAST(:{name} AS {kind}[])" for name, kind in zip(columns, kinds, strict=True)
    )
    values = ", ".join(
        f"CAST({c.name} AS jsonb)" if isinstance(c.type, JSONB) else c.name for c in chosen
    )
    names = ", ".join(columns)
    return text(
        f"INSERT INTO {table.name} ({names}) "  # noqa: S608  # names are our own tables'
        f"SELECT {values} FROM unnest({arrays}) AS given({names}) {suffix}"
    )


async def insert_many(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    suffix: str = "",
) -> None:
    """Writes all rows, which name the same columns, with one statement.

    JSON columns take text. `suffix` is what follows the insert, such as `ON CONFLICT`.
    """
    if rows:
        columns = tuple(rows[0])
        values = {name: [row[name] for row in rows] for name in columns}
        await connection.execute(_insert(table, columns, suffix), values)


async def lock(connection: AsyncConnection, name: str) -> None:
    """Waits until nobody else in this database holds `name`; held until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
    )
