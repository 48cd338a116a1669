"""How far the records of who read and did what were told to another system: a number for each one (key).

One that is told for the first time begins with the present: what staff did before is not handed out all at once.
"""

from collections.abc import Callable

from sqlalchemy import func, select

from services.alerts.records.access_log import Entry, entry_of
from services.alerts.records.database import Database
from services.alerts.records.tables import entries, exports

GAP_S = 30.0
"""How long a number that is not there is waited for: several times as long as a transaction may take."""


class Exports:
    """mono: seconds of a clock that nobody sets."""

    def __init__(self, database: Database, mono: Callable[[], float]) -> None:
        self._database = database
        self._mono = mono
        self._gap = (0, 0.0)

    async def waiting(self, receiver: str, most: int) -> list[tuple[int, Entry]]:
        """The next lines for a receiver, with their numbers, in order. Raises RecordsUnavailable.

        PostgreSQL gives numbers before it shows their lines: behind one that is missing nothing is told for GAP_S.
        """
        async with self._database.transaction() as connection:
            newest = (await connection.execute(select(func.coalesce(func.max(entries.c.n), 0)))).scalar_one()
            known = (await connection.execute(select(exports.c.upto).where(exports.c.receiver == receiver))).scalar()
            if known is None:
                await connection.execute(exports.insert().values(receiver=receiver, upto=newest))
                return []
            upto = known if known <= newest else 0  # the numbers began anew, with a table that was emptied
            query = select(entries).where(entries.c.n > upto).order_by(entries.c.n).limit(most)
            found = [(int(row.n), entry_of(row)) for row in await connection.execute(query)]
        return self._whole(found, upto)

    async def told(self, receiver: str, upto: int) -> None:
        """A receiver has every line up to a number. Raises RecordsUnavailable."""
        await self._database.put(exports, [{"receiver": receiver, "upto": upto}], ("receiver",))

    def _whole(self, found: list[tuple[int, Entry]], upto: int) -> list[tuple[int, Entry]]:
        for place, (number, _) in enumerate(found):
            if number != upto + 1 and not self._waited(upto + 1):
                return found[:place]
            upto = number
        return found

    def _waited(self, missing: int) -> bool:
        if self._gap[0] != missing:
            self._gap = (missing, self._mono())
        return self._mono() - self._gap[1] >= GAP_S
