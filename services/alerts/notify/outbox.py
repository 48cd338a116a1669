"""What is still to be delivered, on a synced disk: an SQLite file beside the audit log.

    change    (n, id, alert, body)   every change put in, also for a while after it was delivered: see REMEMBERED
    delivery  (n, receiver)          a change that this receiver has not taken yet; the row goes when it has

A put is one transaction, synced before it returns (synchronous=EXTRA: the folder too), so that a torn write is undone
when the file is opened again. An id that is known is not put in twice, whatever became of it. Receivers are named by a
hash: a URL may hold a secret. A file that is no longer sound is set aside, never written over.
"""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.alerts.errors import OutboxUnavailable
from services.alerts.notify.notification import Notification

REMEMBERED = 10_000
"""Delivered changes whose ids are kept, the newest, so that a replay cannot put them in again."""
BUSY_S = 1.0
SCHEMA = """
CREATE TABLE IF NOT EXISTS change (
    n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, alert TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
    n INTEGER NOT NULL, receiver TEXT NOT NULL, PRIMARY KEY (n, receiver)
) WITHOUT ROWID;
"""
FORGET = """
DELETE FROM change WHERE n <= (SELECT max(n) FROM change) - ?
AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.n = change.n)
"""


def receiver_key(url: str) -> str:
    """A receiver's name in the file."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


class Outbox:
    """One process's file. open() before anything else; calls block, so they belong on a thread; one runs at a time.

    broken: a file that was not sound was found and set aside.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = False
        self._mutex = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def open(self, receivers: Sequence[str]) -> int:
        """Open the file, make it if it is missing; what waits for other receivers (keys) than these is given up.

        Returns how many deliveries were given up. Raises OutboxUnavailable.
        """
        try:
            self._open_or_set_aside()
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(_reason(error)) from error
        marks = ",".join("?" * len(receivers))
        with self._transaction() as database:
            return database.execute(f"DELETE FROM delivery WHERE receiver NOT IN ({marks})", receivers).rowcount

    def put(self, changes: Sequence[tuple[Notification, Sequence[str]]]) -> None:
        """Put changes in, each for some receivers. Synced on return. Raises OutboxUnavailable; then none was put in."""
        with self._transaction() as database:
            for one, receivers in changes:
                added = database.execute(
                    "INSERT OR IGNORE INTO change (id, alert, body) VALUES (?, ?, ?)", (one.id, one.alert, one.body)
                )
                if added.rowcount:
                    rows = [(added.lastrowid, receiver) for receiver in receivers]
                    database.executemany("INSERT INTO delivery (n, receiver) VALUES (?, ?)", rows)
            database.execute(FORGET, (REMEMBERED,))

    def done(self, receiver: str, names: Sequence[str]) -> None:
        """A receiver (key) has taken these changes (ids), or they are given up. Raises OutboxUnavailable."""
        with self._transaction() as database:
            database.executemany(
                "DELETE FROM delivery WHERE receiver = ? AND n = (SELECT n FROM change WHERE id = ?)",
                [(receiver, name) for name in names],
            )

    def waiting(self, receiver: str) -> list[Notification]:
        """What a receiver (key) has not taken yet, the oldest first. Raises OutboxUnavailable."""
        query = "SELECT id, alert, body FROM change JOIN delivery USING (n) WHERE receiver = ? ORDER BY n"
        with self._transaction() as database:
            rows = database.execute(query, (receiver,)).fetchall()
        return [Notification(name, alert, bytes(body), redelivered=True) for name, alert, body in rows]

    def known(self, names: Sequence[str]) -> set[str]:
        """Those of some ids that were put in, delivered or not. Raises OutboxUnavailable."""
        with self._transaction() as database:
            query = "SELECT 1 FROM change WHERE id = ?"
            return {name for name in names if database.execute(query, (name,)).fetchone() is not None}

    def close(self) -> None:
        """Close the file; what is in it stays."""
        with self._mutex:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._mutex:
            if self._database is None:
                raise OutboxUnavailable("not open")
            try:
                with self._database:
                    yield self._database
            except (sqlite3.Error, OSError) as error:
                raise OutboxUnavailable(_reason(error)) from error

    def _open_or_set_aside(self) -> None:
        try:
            self._connect()
        except sqlite3.OperationalError:
            raise  # the disk, not what is on it
        except sqlite3.DatabaseError:
            self._set_aside()
            self._connect()

    def _connect(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("PRAGMA synchronous=EXTRA")
            if database.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("not sound")
            database.executescript(SCHEMA)
        except BaseException:
            database.close()
            raise
        self._database = database

    def _set_aside(self) -> None:
        self.broken = True
        number = 1
        while self.path.with_name(f"{self.path.name}.broken-{number}").exists():
            number += 1
        aside = self.path.with_name(f"{self.path.name}.broken-{number}")
        self.path.replace(aside)
        journal = self.path.with_name(f"{self.path.name}-journal")
        if journal.exists():
            journal.replace(aside.with_name(f"{aside.name}-journal"))


def _reason(error: sqlite3.Error | OSError) -> str:
    """The kind of failure; never a row's content."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__
