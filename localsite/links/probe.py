"""What a route really does, found with plain sockets before anything is measured over it.

python -m localsite.links.probe HOST PORT          the client's side, in the client's namespace; prints JSON
"""

from __future__ import annotations

import json
import socket
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from localsite.links.path import Route

ROOT = Path(__file__).resolve().parents[2]
ASK = struct.Struct("<II")  # bytes that follow, bytes wanted back
MESSAGE, BULK = 128 << 10, 64 << 20
PAUSE_S = 0.02
REPEATS = 15


def take(connection: socket.socket, count: int) -> None:
    """Read and forget. Raises ConnectionError at the end of the stream."""
    room = memoryview(bytearray(1 << 18))
    while count:
        got = connection.recv_into(room[: min(count, len(room))])
        if not got:
            raise ConnectionError("the other side is gone")
        count -= got


def answer(connection: socket.socket) -> None:
    """Serve one client to its end."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        while len(asked := connection.recv(ASK.size, socket.MSG_WAITALL)) == ASK.size:
            follows, wanted = ASK.unpack(asked)
            take(connection, follows)
            connection.sendall(bytes(wanted))


def serve(host: str) -> None:
    """One client after the other, until killed."""
    with socket.create_server((host, 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            answer(listener.accept()[0])


def ask(connection: socket.socket, up: int, down: int) -> float:
    """Seconds from the first byte out to the last byte in."""
    data = ASK.pack(up, down) + bytes(up)
    started = time.perf_counter()
    connection.sendall(data)
    take(connection, down)
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
    """What `look` finds over the route. Raises OSError, ValueError, subprocess.SubprocessError."""
    this = (sys.executable, "-m", "localsite.links.probe")
    serving = [*route.commands["server"], *this, "serve", route.server_host]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            host, port = route.to(int(server.stdout.readline() if server.stdout else ""))
            looking = [*route.commands["client"], *this, "look", host, str(port)]
            done = subprocess.run(looking, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
        finally:
            server.kill()
            relay = route.hang_up()
    found: dict[str, Any] = json.loads(done.stdout)
    return found | ({"late_us": relay["late_us"]} if relay else {})


def main() -> None:
    """Either side."""
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.stdout.write(json.dumps(look(sys.argv[2], int(sys.argv[3]), BULK)))


if __name__ == "__main__":
    main()
