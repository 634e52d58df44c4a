"""Migrations: the chassis' and the service's own, and the rights of the service's role."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import AdaptedConnection, Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

RIGHTS: Final = """
GRANT USAGE ON SCHEMA public TO "{role}";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}";
REVOKE INSERT, UPDATE, DELETE ON migrations FROM "{role}";
REVOKE UPDATE, DELETE ON journal FROM "{role}";
REVOKE UPDATE, DELETE ON seals FROM "{role}";
GRANT UPDATE (published) ON seals TO "{role}";
REVOKE UPDATE, DELETE ON progress FROM "{role}";
REVOKE UPDATE ON personal FROM "{role}";
"""
"""The service's role owns no table, and cannot change what happened."""


def folder(package: str) -> Path:
    """A package's migrations: inside its wheel, or beside `src/` in a checkout."""
    inside = Path(str(files(package))) / "migrations"
    return inside if inside.is_dir() else inside.parents[2] / "migrations"


def _config(package: str) -> Config:
    chassis = folder("complaints_chassis")
    versions = dict.fromkeys((chassis / "versions", folder(package) / "versions"))
    config = Config()
    config.set_main_option("script_location", str(chassis))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, versions)))
    return config


async def migrate(url: str, package: str, role: str) -> None:
    """Brings a database up to date, as the role that owns its tables."""
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    config = _config(package)

    def upgrade(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrate'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "heads")
        run_script(connection, RIGHTS.format(role=role))

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def is_current(engine: AsyncEngine, package: str) -> bool:
    """Whether every migration of this code has been run on the database."""
    scripts = ScriptDirectory.from_config(_config(package))
    implied = {name for each in scripts.walk_revisions() for name in _depends_on(each)}
    wanted = set(scripts.get_heads()) - implied

    def heads(connection: Connection) -> set[str]:
        context = MigrationContext.configure(connection, opts={"version_table": "migrations"})
        return set(context.get_current_heads())

    async with engine.connect() as connection:
        return await connection.run_sync(heads) == wanted


def _depends_on(revision: Script) -> tuple[str, ...]:
    given = revision.dependencies or ()
    return (given,) if isinstance(given, str) else tuple(given)


def run_script(connection: Connection, script: str) -> None:
    """Runs several SQL statements at once, which a prepared statement cannot hold."""
    adapted: AdaptedConnection = connection.connection.dbapi_connection  # type: ignore[assignment]  # asyncpg's
    adapted.run_async(lambda raw: raw.execute(script))
