"""The server's process of a waterfall: the engine's server, whose online steps keep their spans.

Writes those of a session's last inference as JSON when it ends. Prints one JSON line with its port.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from services.bus.identities import spiffe
from services.runtime.listen import listen
from snni.model.bundle import Bundle
from snni.session.tls import Identity, server_context
from snni.twoparty.server_model import server_model
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server import Server
from snni.twoparty.threads import use_threads
from snni.wire.timeline import Timeline

CLIENTS = spiffe("room", "snni_client", "")


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("bundle", "certificate", "key", "ca", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--ot", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--audit", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    use_threads(options.threads)
    shown: dict[str, Timeline] = {}

    def event(name: str, epoch: str, _: int) -> None:
        if name == "online":
            (session,) = (one for one in server.sessions if one.epoch == epoch)
            session.online = shown[epoch] = Timeline()
        elif name == "session_ended" and epoch in shown:
            spans = json.dumps([asdict(span) for span in shown.pop(epoch).spans])
            partial = options.out.with_suffix(".partial")
            partial.write_text(spans)
            partial.rename(options.out)

    context = server_context(Identity(options.certificate, options.key, options.ca))
    limits = ServerLimits(ot=(options.ot,), audit=options.audit)
    model = server_model(Bundle.load(options.bundle), options.device)
    server = Server(
        model, context, CLIENTS, event, limits, lambda stream, error: print(f"{stream}: {error!r}", flush=True)
    )
    listener = listen(options.host, 0)
    print(json.dumps({"event": "listening", "port": listener.getsockname()[1]}), flush=True)
    server.serve(listener)


if __name__ == "__main__":
    main()
