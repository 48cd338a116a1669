"""One of two active parties as a process: the client has pictures and asks, the server has a bundle and answers."""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from pathlib import Path

import numpy as np

from localsite.clocks import peak_rss_mb
from snni.model.bundle import Bundle
from snni.session.peer_identity import check_peer
from snni.session.tls import Endpoint, Identity, client_context, dial, server_context, tune
from snni.twoparty.active.session import ask, ask_label, serve
from snni.wire.socket_channel import SocketChannel

HOST = "127.0.0.1"
ACCEPT_S = 120.0
MESSAGE_S = 600.0
"""Longest wait for a message: the other party makes whole batches of triples between two."""


def _tell(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)


def _serve(options: argparse.Namespace, identity: Identity) -> dict[str, object]:
    bundle = Bundle.load(options.bundle)
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(ACCEPT_S)
        _tell("listening", port=listener.getsockname()[1])
        raw, _ = listener.accept()
    raw.settimeout(ACCEPT_S)
    tune(raw)
    sock = server_context(identity).wrap_socket(raw, server_side=True)
    check_peer(sock, options.peer)
    channel = SocketChannel(sock)
    channel.settimeout(MESSAGE_S)
    selection = None if options.selection is None else np.load(options.selection)
    return {"images": serve(channel, bundle.plan, bundle.weights, selection), "sent": channel.bytes_sent}


def _ask(options: argparse.Namespace, identity: Identity) -> dict[str, object]:
    images, started = np.load(options.images), time.perf_counter()
    channel = SocketChannel(dial(Endpoint(HOST, options.port, options.peer), client_context(identity), ACCEPT_S))
    channel.settimeout(MESSAGE_S)
    times: dict[str, float] = {}

    def passed(phase: str) -> None:
        times[phase] = time.perf_counter() - started
        _tell(phase)

    if options.video:
        levels = [ask_label(channel, options.plan_hash, images, passed)]
    else:
        levels = ask(channel, options.plan_hash, list(images))
    seconds = (time.perf_counter() - started) / len(levels)
    moved: dict[str, object] = {"sent": channel.bytes_sent, "received": channel.bytes_received, "times": times}
    moved["flights"] = channel.flights
    channel.close()
    _tell("inferred", index=len(levels) - 1, of=len(levels))
    return {"levels": levels, "seconds": seconds, **moved}


def main() -> None:
    """Entry point of either party's process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--identity", type=Path, nargs=3, required=True, metavar=("CERTIFICATE", "KEY", "CA"))
    parser.add_argument("--peer", required=True, help="the other party's SPIFFE id, or its prefix")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, help="the server's")
    parser.add_argument("--selection", type=Path, help="the server's, of a video's frames")
    parser.add_argument("--images", type=Path, help="the client's")
    parser.add_argument("--video", action="store_true", help="they are the frames of one video")
    parser.add_argument("--port", type=int)
    parser.add_argument("--plan-hash")
    options = parser.parse_args()
    identity = Identity(*options.identity)
    report = _serve(options, identity) if options.bundle else _ask(options, identity)
    modules = [name for name in ("torch", "safetensors", "cv2") if name in sys.modules]
    options.out.write_text(json.dumps(report | {"rss_mb": peak_rss_mb(), "modules": modules}))


if __name__ == "__main__":
    main()
