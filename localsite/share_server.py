"""A share server's process: one of three that compute together on a network none of them knows.

It listens on a free port, which it tells in a file beside its shares, and waits for a file that names the others.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from snni.multiparty.roles import Role
from snni.multiparty.session.parties import Limits, Neighbours
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import load_share
from snni.session.tls import Endpoint, Identity, server_context

PEERS_FILE = "peers.json"
PORT_FILE = "port"
POLL_S = 0.02


def _tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def peers_of(path: Path) -> dict[Role, Endpoint]:
    """The servers that a file names, once it is there."""
    while not path.is_file():
        time.sleep(POLL_S)
    return {Role(role): Endpoint(**where) for role, where in json.loads(path.read_text()).items()}


def main() -> None:
    """Entry point. --pki: a folder with server.pem, client.pem, their keys and ca.pem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=Path, required=True, help="one folder of ./run share-model")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--client-ids", required=True)
    parser.add_argument("--max-images", type=int, default=Limits.max_images)
    for name in ("server", "client"):
        parser.add_argument(f"--{name}", type=Path, nargs=3, required=True, metavar=("CERTIFICATE", "KEY", "CA"))
    options = parser.parse_args()
    model = load_share(options.share)
    listener = socket.create_server((options.host, 0), backlog=64)
    (options.share / PORT_FILE).write_text(str(listener.getsockname()[1]))
    neighbours = Neighbours(peers_of(options.share / PEERS_FILE), Identity(*options.client), options.client_ids)
    server = ShareServer(
        model,
        server_context(Identity(*options.server)),
        neighbours,
        lambda event, session, number: _tell(event, session=session, number=number),
        Limits(max_images=options.max_images),
        lambda stream, error: _tell("stream_ended", stream=stream, kind=type(error).__name__, reason=str(error)),
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve, args=(listener,), name="snni-accept", daemon=True).start()
    _tell("serving", role=server.role.value, plan=model.plan.plan_hash)
    stop.wait()
    server.close()


if __name__ == "__main__":
    main()
