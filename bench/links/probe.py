"""What a route really does, found with plain sockets before anything is measured over it.

python -m bench.links.probe HOST PORT          the client's side, in the client's namespace; prints JSON
"""

from __future__ import annotations

import json
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.links.path import Route

ROOT = Path(__file__).resolve().parents[2]
ASK = struct.Struct("<II")  # bytes that follow, bytes wanted back
MESSAGE = 128 << 10
PAUSE_S = 0.02
REPEATS = 15


def answer(connection: socket.socket) -> None:
    """Serve one client to its end."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as incoming:
        while len(asked := incoming.read(ASK.size)) == ASK.size:
            follows, wanted = ASK.unpack(asked)
            incoming.read(follows)
            connection.sendall(bytes(wanted))


def serve(listener: socket.socket) -> None:
    while True:
        try:
            answer(listener.accept()[0])
        except OSError:
            return


def ask(connection: socket.socket, up: int, down: int) -> float:
    """Seconds from the first byte out to the last byte in."""
    data, left, room = ASK.pack(up, down) + bytes(up), down, memoryview(bytearray(1 << 18))
    started = time.perf_counter()
    connection.sendall(data)
    while left:
        got = connection.recv_into(room[: min(left, len(room))])
        if not got:
            raise ConnectionError("the probe's server is gone")
        left -= got
    return time.perf_counter() - started


def look(host: str, port: int, bulk: int) -> dict[str, float]:
    """Round trip, one message each way after a pause, and the rate of `bulk` bytes each way."""
    with socket.create_connection((host, port), 10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask(connection, 1, 1)
        times: dict[str, list[float]] = {"round_trip": [], "up": [], "down": []}
        for _ in range(REPEATS):
            for name, sizes in (("round_trip", (1, 1)), ("up", (MESSAGE, 1)), ("down", (1, MESSAGE))):
                time.sleep(PAUSE_S)  # an idle link, as between flights
                times[name].append(ask(connection, *sizes))
        middle = {name: statistics.median(values) for name, values in times.items()}
        rates = [bulk / (ask(connection, *sizes) - middle["round_trip"]) for sizes in ((bulk, 1), (1, bulk))]
    return {
        "round_trip_ms": round(middle["round_trip"] * 1e3, 3),
        "message_bytes": MESSAGE,
        "message_up_ms": round((middle["up"] - middle["round_trip"]) * 1e3, 3),
        "message_down_ms": round((middle["down"] - middle["round_trip"]) * 1e3, 3),
        "rate_up_bytes_per_s": round(rates[0]),
        "rate_down_bytes_per_s": round(rates[1]),
    }


def measured(route: Route) -> dict[str, Any]:
    """What `look` finds over the route. Raises OSError, subprocess.SubprocessError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        host, port = route.to(listener.getsockname()[1])
        try:
            command = [*route.command, sys.executable, "-m", "bench.links.probe", host, str(port)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
        finally:
            relay = route.hang_up()
        found: dict[str, Any] = json.loads(done.stdout)
    return found | ({"late_us": relay["late_us"]} if relay else {})


if __name__ == "__main__":
    print(json.dumps(look(sys.argv[1], int(sys.argv[2]), 64 << 20)))
