"""Two replicas of one site for tests: each with its own copy of the audit log, both with one database."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import groupby
from pathlib import Path
from typing import Any

from localsite.nats_pair import NatsPair
from tests.services.alerts.process import AlertsProcess
from tests.support.waiting import eventually

NAMES = ("alerts-0", "alerts-1")


class Replica(AlertsProcess):
    """One of them."""

    def __init__(self, pair: NatsPair, redis_url: str, directory: Path, name: str, **settings: object) -> None:
        database = f"sqlite:///{directory.absolute() / 'people.db'}"
        super().__init__(
            pair,
            redis_url,
            directory / name,
            replica=name,
            **({"database_url": database} | settings),  # type: ignore[arg-type]
        )
        self.replica = name
        self._raw, self._lines = b"", list[dict[str, Any]]()
        self.database = str(settings.get("database_url", database))

    async def begin(self) -> None:
        """Start it and wait until it answers, whether it leads or not."""
        self.start()
        await asyncio.to_thread(self.ports)
        await eventually(self.is_ready)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stand_still(self) -> None:
        """SIGSTOP, at a moment at which it holds no lock of an SQLite database, for which the other would wait."""
        while True:
            self.signal(signal.SIGSTOP)
            while not all(
                (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"
                for task in Path(f"/proc/{self.pid}/task").iterdir()
            ):
                time.sleep(0.01)
            with closing(sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=0)) as database:
                try:
                    database.execute("BEGIN EXCLUSIVE")
                    return
                except sqlite3.OperationalError:  # somebody holds it
                    self.signal(signal.SIGCONT)
            time.sleep(0.05)

    def lines(self) -> list[dict[str, Any]]:
        """Its copy of the audit log; what was read before is not read again."""
        raw = self.audit.read_bytes() if self.audit.exists() else b""
        if not raw.startswith(self._raw):
            self._raw, self._lines = b"", []
        whole = raw[: raw.rfind(b"\n") + 1]
        self._lines += [json.loads(line) for line in whole[len(self._raw) :].splitlines()]
        self._raw = whole
        return [*self._lines]


def leaders(replica: Replica) -> list[str]:
    """Who led, one after the other, as the audit log says it; who took the lease again after himself counts once.

    On a busy machine a replica's own lease may end before it renews it; of the two, the other may take it as well.
    """
    led = (one["details"]["replica"] for one in replica.lines() if one["change"] == "led")
    return [name for name, _ in groupby(led)]


async def leads(replica: Replica) -> None:
    """Until this replica leads and is caught up."""

    async def it_does() -> bool:
        led = leaders(replica)
        return bool(led) and led[-1] == replica.replica and await replica.is_whole()

    await eventually(it_does)


@asynccontextmanager
async def two_replicas(
    pair: NatsPair, redis_url: str, directory: Path, **settings: object
) -> AsyncIterator[tuple[Replica, Replica]]:
    """A leader and a follower; killed afterwards if they still run."""
    leader, follower = (Replica(pair, redis_url, directory, name, **settings) for name in NAMES)
    try:
        await leader.begin()
        await leads(leader)
        await follower.begin()
        yield leader, follower
    finally:
        for one in (leader, follower):
            one.kill()
