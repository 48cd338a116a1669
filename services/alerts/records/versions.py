"""The versions of the ward's tables, by Alembic's migrations: which ones there are, which is there, forward and back.

Every function works on the connection, and in the transaction, that it is given.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from services.alerts.errors import NoSuchTables, RecordsTooNew


def known() -> list[str]:
    """Those that this program can make, the first one first."""
    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def present(connection: Connection) -> str:
    """That of the tables which are there. Raises sqlalchemy.exc.SQLAlchemyError: there are none."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def upgrade(connection: Connection) -> None:
    """To the newest. Raises RecordsTooNew: what is there was made by a later program."""
    try:
        command.upgrade(_config(connection), "head")
    except CommandError as error:
        raise RecordsTooNew(
            "made by a later version: that one takes it back (`veilward-alerts tables --back-to`)"
        ) from error


def go_back(connection: Connection, version: str) -> None:
    """To an earlier one; what only later tables hold is dropped.

    Raises:
        RecordsTooNew: what is there was made by a later program, which alone knows the way back.
        NoSuchTables: `version` does not come before what is there.
    """
    found, versions = present(connection), known()
    if found not in versions:
        raise RecordsTooNew("made by a later version, which alone can take it back")
    earlier = versions[: versions.index(found)]
    if version not in earlier:
        raise NoSuchTables(f"{version} does not come before {found}; these do: {', '.join(earlier) or 'none'}")
    command.downgrade(_config(connection), version)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if connection is not None:
        config.attributes["connection"] = connection
    return config
