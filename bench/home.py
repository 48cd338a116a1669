"""Homes of many cameras: how many cores of the edge, what lag, when the autoscaler acts, what stays flat, as JSON.

The edge is simulated by events with the times that `./run bench capacity` measured. What comes of it, and a state of
every component every 5 s, goes at its moment through a real NATS pair to one real alerts process, which is measured,
with Redis and a database. --compress lets so many seconds of the home pass in one: eight hours in ten minutes at 48.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.homes.autoscaler import Autoscaler
from bench.homes.edge import Edge, Scene
from bench.homes.play import play, said
from bench.homes.resources import Sample, growth, sample
from bench.keeping_up import kept_up, warning
from bench.machine import commit, machine
from bench.pages.house import house, part
from bench.pages.rooms import write_wards
from localsite.clocks import cpu_seconds
from localsite.process import ProcessError
from localsite.ranges import positive, real, whole
from localsite.result_file import result_file
from localsite.service import Service

MEASURED = Path(__file__).parent / "results" / "expression-capacity.json"
PER_WARD = 100
LOOK_S = 5.0
HOURS = 8.0
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="./run bench home", description=__doc__)
    made.add_argument("--cameras", type=whole(1), default=100, help="of all homes together")
    made.add_argument("--per-device", type=whole(1), default=1, help="cameras of a room device")
    made.add_argument("--period", type=positive, default=5.0, metavar="S", help="between a camera's keyframes")
    made.add_argument("--seconds", type=positive, default=120.0, metavar="S", help="how long the buses are watched")
    made.add_argument("--compress", type=positive, default=1.0, help="seconds of the home in one of the watch")
    made.add_argument("--arrive", type=real(0), default=600.0, metavar="S", help="over which the devices come in")
    made.add_argument("--day", type=positive, default=3600.0, metavar="S", help="how long the edge is simulated")
    made.add_argument("--cores", type=whole(1), default=4, help="of a pod of the edge")
    made.add_argument("--sessions", type=whole(1), default=16, help="of a pod (VEILWARD_SNNI_SERVER_MAX_SESSIONS)")
    made.add_argument("--most", type=whole(1), help="replicas at most; as deployed without it")
    made.add_argument("--pool", type=whole(1), default=3, help="inferences that a device keeps ready")
    made.add_argument("--measured", type=Path, default=MEASURED, help="of `./run bench capacity`: the edge's times")
    made.add_argument("--json", type=result_file, required=True, help="where to write the results")
    return made


def scene_of(options: argparse.Namespace, seconds: float, arrive_s: float, cores: int, sessions: int) -> Scene:
    """The homes, by the measured times of one inference."""
    alone = json.loads(options.measured.read_text())["alone"]
    return Scene(
        options.cameras,
        options.per_device,
        options.period,
        seconds,
        arrive_s,
        alone["online_server_cpu_s"],
        alone["offline_server_cpu_s"],
        cores,
        sessions,
        options.pool,
    )


def edge_of(options: argparse.Namespace) -> dict[str, Any]:
    """The edge alone: as deployed, with an autoscaler that may have what it wants, and with enough from the start."""
    scene = scene_of(options, options.day, options.arrive, options.cores, options.sessions)
    needed = options.cameras * (scene.online_s + scene.offline_s) / options.period
    enough = math.ceil(needed / 0.8 / options.cores)
    least = Autoscaler.of_the_manifest().least
    runs = {
        "as_deployed": Edge(scene, Autoscaler.of_the_manifest(options.most), least).run(),
        "unlimited": Edge(scene, Autoscaler.of_the_manifest(10**6), least).run(),
        "enough_from_the_start": Edge(replace(scene, sessions=10**6), None, enough).run(),
    }
    return {"cores_needed": round(needed, 2)} | {name: _told(one, scene) for name, one in runs.items()}


def _told(edge: Edge, scene: Scene) -> dict[str, Any]:
    late = [one for one in edge.scored if one.captured_s >= scene.seconds / 2]  # after everybody has come
    waits = sorted(one.at_s - one.captured_s for one in late)
    return {
        "replicas_last": edge.replicas[-1][1],
        "replicas_at_s": [[round(at), number] for at, number in edge.replicas],
        "devices_without_session": edge.refused,
        "refusals": edge.refusals,
        "longest_wait_for_a_session_s": round(edge.waited_s, 1),
        "busy_cores": round(edge.busy_cores, 2),
        "utilisation": round(edge.utilisation, 3),
        "crops_scored_of_offered": round(len(edge.scored) / max(1, edge.offered), 4),
        "pixel_to_level_s": {name: _rounded(part(waits, share)) for name, share in SHARES.items()},
    }


async def buses_of(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    """The ward, really. Raises ProcessError, BusError."""
    wards = -(-options.cameras // PER_WARD)
    site = directory / "site.yaml"
    cameras = write_wards(site, wards, -(-options.cameras // wards))[: options.cameras]
    whole = scene_of(options, options.seconds * options.compress, 0.0, 10**6, 10**6)
    events = said(Edge(whole, None, 1).run().scored, len(cameras), whole.seconds)
    async with house(directory, site, cameras, pain=0.02, seed=1) as held:
        alerts, rooms, pair, folders = held.alerts, held.rooms, held.pair, held.folders
        pids = {"alerts": alerts.pid, "hub": pair.hub.process.pid, "leaf": pair.leaf.process.pid}
        pids["redis"] = held.redis.process.pid
        samples = [sample(pids, folders)]
        looking = asyncio.create_task(_look(alerts, pids, folders, samples))
        spent = {name: cpu_seconds(pid) for name, pid in pids.items()}
        played = await play(rooms, events, options.compress)
        used = {name: round(cpu_seconds(pid) - spent[name], 2) for name, pid in pids.items()}
        looking.cancel()
        text = alerts.metrics()
        taken = played["events"] - samples[-1].get("waiting_events", 0.0)
        return played | {
            "events_failed": rooms.failed,
            "events_taken": taken,
            "kept_up": kept_up(int(played["events"]), int(played["events_late"]), taken),
            "events_per_s": round(played["events"] / played["took_s"], 1),
            "hub_disk_bytes_per_event": round(
                (samples[-1]["hub_disk_bytes"] - samples[0]["hub_disk_bytes"]) / max(1, played["events"])
            ),
            "cpu_s": used,
            "waiting_events_most": max(one.get("waiting_events", 0.0) for one in samples),
            "pixel_to_level_s": {str(share): _quantile(text, share) for share in (0.5, 0.95)},
            "growth_in_8_hours": growth(samples, HOURS, lambda seconds: seconds * options.compress),
            "first": samples[0],
            "last": samples[-1],
        }


async def _look(alerts: Service, pids: dict[str, int], folders: Mapping[str, Path], samples: list[Sample]) -> None:
    while True:
        await asyncio.sleep(LOOK_S)
        one = await asyncio.to_thread(sample, pids, folders)
        text = await asyncio.to_thread(alerts.metrics)
        lines = [line for line in text.splitlines() if line.startswith("veilward_alerts_waiting_events ")]
        samples.append(one | {"waiting_events": float(lines[0].split()[1]) if lines else 0.0})


def _quantile(text: str, share: float) -> float | None:
    """The upper bound of the bucket in which this share of alerts' pixel_to_level lies."""
    name = "veilward_alerts_pixel_to_level_seconds_bucket{le="
    lines = [line.removeprefix(name) for line in text.splitlines() if line.startswith(name)]
    buckets = [(float(one.split('"')[1]), float(one.rsplit(" ", 1)[1])) for one in lines]
    return next((bound for bound, count in buckets if count >= share * buckets[-1][1] > 0), None)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what is wrong."""
    options = parser().parse_args(arguments)
    parameters = {name: value for name, value in vars(options).items() if name not in ("json", "measured")}
    try:
        with tempfile.TemporaryDirectory(prefix="veilward-bench-") as name:
            result = {"edge": edge_of(options), "buses": asyncio.run(buses_of(options, Path(name)))}
    except (ProcessError, OSError) as error:
        print(f"bench home: {error}", file=sys.stderr)
        return 2
    report = {"bench": "home", "machine": machine(), "commit": commit(), "parameters": parameters, "result": result}
    options.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(result["edge"], indent=1))
    buses = result["buses"]
    if not buses["kept_up"]:
        told = warning(buses["events"], buses["events_late"], buses["events_taken"])
        print(f"bench home: {told}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
