"""From an event to the ward's open pages, as JSON: how long it takes, what it costs, whether memory stays.

Real servers: a NATS pair, Redis, the database and one alerts process, which is the one measured. Levels of all cameras
come through the leaf's stream at a rate; screens follow the wards' events over HTTP as browsers do, and note when a
tile with a level has arrived. Drawing in a browser is not in it. Rooms and screens share the machine's cores with
alerts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.ingest import resident_bytes
from bench.keeping_up import kept_up, warning
from bench.machine import commit, machine
from bench.pages.house import house, part
from bench.pages.rooms import SAYS, Rooms, write_wards
from bench.pages.screens import Screen
from localsite.clocks import cpu_seconds
from localsite.process import ProcessError
from localsite.ranges import positive, real, whole
from localsite.result_file import result_file
from localsite.service import Service
from services.alerts.people.tokens import Tokens, TokenScope
from services.alerts.records.database import Database

LOOK_S = 5.0
SETTLE_S = 3.0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench ward", description=__doc__)
    made.add_argument("--cameras", type=whole(1), default=1000, help="of all wards together")
    made.add_argument("--wards", type=whole(1), default=10, help="that they are shared among")
    made.add_argument("--rate", type=positive, default=200.0, help="levels a second, of all cameras together")
    made.add_argument("--screens", type=whole(1), default=50, help="open pages, shared among the wards")
    made.add_argument("--seconds", type=positive, default=60.0, metavar="S", help="how long it is watched")
    made.add_argument("--warm-up", type=real(0), default=15.0, metavar="S", help="before that, at the same rate")
    made.add_argument("--pain", type=real(0, 1), default=0.02, metavar="0..1", help="how many levels are 2 or 3")
    made.add_argument("--seed", type=whole(0), default=1, help="of the levels")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


async def measure(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    """The measurement. Raises ProcessError, BusError, aiohttp.ClientError."""
    site = directory / "site.yaml"
    cameras = write_wards(site, options.wards, options.cameras // options.wards)
    watched = {"max_viewers": options.screens + 1, "silent_after_s": 86_400}
    async with house(directory, site, cameras, options.pain, options.seed, **watched) as held:
        alerts, rooms = held.alerts, held.rooms
        url, token = f"http://127.0.0.1:{alerts.ports()['http']}", await _token(held.folders["alerts"] / "records.db")
        await asyncio.to_thread(
            alerts.wait_for, "every state", lambda: taken(alerts) >= len(SAYS) * len(cameras) or None
        )
        screens = [Screen(f"ward-{number % options.wards}", rooms.sent) for number in range(options.screens)]
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(one.follow(url, token, str(n))) for n, one in enumerate(screens)]
            await asyncio.gather(*(one.connected.wait() for one in screens))
            await rooms.publish(options.rate, options.warm_up)
            found = await _watched(alerts, rooms, screens, options)
            for one in following:
                one.cancel()
        return found


async def _watched(
    alerts: Service, rooms: Rooms, screens: Sequence[Screen], options: argparse.Namespace
) -> dict[str, Any]:
    await asyncio.sleep(SETTLE_S)
    for one in screens:
        one.waits.clear()
        one.bytes = one.events = 0
    rooms.sent.clear()
    rooms.late = rooms.failed = 0
    spent, memory = cpu_seconds(alerts.pid), [resident_bytes(alerts.pid)]
    before = await asyncio.to_thread(taken, alerts)
    looking = asyncio.create_task(_look(alerts.pid, memory))
    await rooms.publish(options.rate, options.seconds)
    spent, took = cpu_seconds(alerts.pid) - spent, await asyncio.to_thread(taken, alerts) - before
    await asyncio.sleep(SETTLE_S)
    looking.cancel()
    waits = sorted(wait for one in screens for wait in one.waits)
    due = len(rooms.sent) * len(screens) / options.wards
    return {
        "events": len(rooms.sent),
        "events_late": rooms.late,
        "events_failed": rooms.failed,
        "events_taken": took,
        "kept_up": kept_up(len(rooms.sent), rooms.late, took),
        "shown": len(waits),
        "shown_of_due": len(waits) / due if due else None,
        "wait_s": {
            name: part(waits, share) for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0))
        },
        "alerts_cpu_s": spent,
        "alerts_core_share": spent / options.seconds,
        "read_bytes_per_screen_per_s": sum(one.bytes for one in screens) / len(screens) / options.seconds,
        "updates_per_screen_per_s": sum(one.events for one in screens) / len(screens) / options.seconds,
        "resident_bytes": memory,
    }


def taken(alerts: Service) -> float:
    """How many events it has taken in since its start."""
    lines = alerts.metrics().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("veilward_alerts_messages_total{"))


async def _look(pid: int, memory: list[int]) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        memory.append(resident_bytes(pid))


async def _token(path: Path) -> str:
    database = Database(f"sqlite:///{path}")
    await database.open()
    tokens = Tokens(database, lambda: datetime.now(UTC))
    token, _ = await tokens.make("Screens", [TokenScope.SEE], None, "bench", timedelta(days=1))
    await database.close()
    return token


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what is wrong."""
    options = parser().parse_args(arguments)
    if options.cameras < options.wards:
        parser().error(f"--cameras {options.cameras}: each of {options.wards} wards has one at least")
    where = {"bench": "ward", "commit": commit(), "machine": machine()}
    try:
        with tempfile.TemporaryDirectory() as directory:
            found = asyncio.run(measure(options, Path(directory)))
    except ProcessError as error:
        print(f"bench.ward: {error}", file=sys.stderr)
        return 2
    chosen = {name: value for name, value in vars(options).items() if name != "json"}
    text = json.dumps(where | {"parameters": chosen, "result": found}, indent=1)
    options.json.write_text(f"{text}\n")
    print(text)
    if not found["kept_up"]:
        print(f"bench.ward: {warning(found['events'], found['events_late'], found['events_taken'])}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
