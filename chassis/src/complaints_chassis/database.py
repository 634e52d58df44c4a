"""The engine, and the one way many rows are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

STATEMENT_TIMEOUT_MS: Final = 30_000
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it so

UNIQUE_VIOLATION: Final = "23505"
_AGAIN: Final = {UNIQUE_VIOLATION, "40001", "40P01"}  # conflict, serialisation, deadlock
_AWAY: Final = ("08", "57P", "53")  # connection, shutdown, out of resources (disk included)


def connect(url: str) -> AsyncEngine:
    """An engine whose errors never carry parameters, and whose statements end."""
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=5,
        pool_timeout=10,
        connect_args={
            "timeout": 5,
            "server_settings": {"statement_timeout": str(STATEMENT_TIMEOUT_MS)},
        },
    )


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five-character code of an error, or nothing."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_away(error: BaseException) -> bool:
    """Whether the database is away: the same work can succeed later, unchanged."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or sqlstate(error).startswith(_AWAY):
            return True
        return isinstance(error, InterfaceError | OperationalError) and not sqlstate(error)
    return isinstance(error, OSError | TimeoutError)


def is_conflict(error: BaseException) -> bool:
    """Whether somebody else was faster: the same work, decided again, can succeed at once."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _AGAIN


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
