"""One-time links: the way into an account that has no password yet, or whose password was forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from services.alerts.people.errors import SignInRefused
from services.alerts.people.secrets import kept_key, new_key
from services.alerts.records.database import Database
from services.alerts.records.tables import links

LASTS = timedelta(days=1)


class Links:
    """Makes links and uses them up. Every call raises RecordsUnavailable."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def make(self, account: str, lasts: timedelta = LASTS) -> str:
        """The key of a new link into an account; former ones that were not used end."""
        key, now = new_key(), self._clock()
        async with self._database.transaction() as connection:
            await connection.execute(delete(links).where(links.c.account == account))
            values = {"key": kept_key(key), "account": account, "made_at": now, "ends_at": now + lasts}
            await connection.execute(insert(links).values(values))
        return key

    async def leads_to(self, key: str) -> str:
        """The account that a link opens, which it still does afterwards. Raises SignInRefused."""
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(links).where(links.c.key == kept_key(key)))).one_or_none()
        if row is None or row.used_at is not None or row.ends_at <= self._clock():
            raise SignInRefused("this link is used or over")
        return str(row.account)

    async def use(self, key: str) -> str:
        """The account that a link opens, once. Raises SignInRefused."""
        now = self._clock()
        which = links.c.key == kept_key(key), links.c.used_at.is_(None), links.c.ends_at > now
        change = update(links).where(*which).values(used_at=now).returning(links.c.account)
        async with self._database.transaction() as connection:
            account = (await connection.execute(change)).scalar_one_or_none()
        if account is None:
            raise SignInRefused("this link is used or over")
        return str(account)
