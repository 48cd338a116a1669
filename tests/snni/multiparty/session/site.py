"""All servers of a setting in one process, over real TLS on loopback."""

from __future__ import annotations

import socket
import threading

from localsite.pki import make_pki
from snni.multiparty.roles import Role, Setting
from snni.multiparty.select import rows
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.parties import Limits, Neighbours
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import load_share, write_shares
from snni.session.tls import Endpoint, Identity, client_context, server_context

NAMES = {role: role.value for role in Role}
IDS = {role: f"spiffe://{name}/share/{name}" for role, name in NAMES.items()}
FRAMES = 5
SELECTION = rows("every 2nd", FRAMES)
CLIENT_ID = "spiffe://veilward/room/snni_client/1"


class Site:
    """All servers of a setting in this process, each with a socket, certificates and a model of its own."""

    def __init__(self, directory, bundle, limits=None, setting=Setting.THREE_PASSIVE, selection=SELECTION):
        self.setting, self._limits = setting, limits or Limits()
        self.bundle, self.events, self.errors = bundle, [], []
        pki = make_pki(directory)
        for role, uri in IDS.items():
            for side in ("client", "server"):
                pki.issue(f"{NAMES[role]}_{side}", "servers", uri, side)
        for name, uri in {"asker": CLIENT_ID, "asker_renewed": CLIENT_ID, "other": f"{CLIENT_ID}1"}.items():
            pki.issue(name, "servers", uri, "client")
        pki.issue("stranger", "servers", "spiffe://veilward/ward/alerts/1", "client")
        self._pki = pki
        self.listeners = {role: socket.create_server(("127.0.0.1", 0)) for role in setting.roles}
        self.peers = {
            role: Endpoint("127.0.0.1", listener.getsockname()[1], IDS[role])
            for role, listener in self.listeners.items()
        }
        write_shares(bundle, directory / "shares", selection, setting)
        models = {role: load_share(directory / "shares" / role.value) for role in setting.roles}
        self.servers = {role: self._server(role, models[role]) for role in setting.roles}
        self._threads = [
            threading.Thread(target=self.servers[role].serve, args=(self.listeners[role],), daemon=True)
            for role in setting.roles
        ]
        for thread in self._threads:
            thread.start()

    def identity(self, name):
        return Identity(*self._pki.cert(name))

    def neighbours(self, name="asker"):
        return Neighbours(lambda: self.peers, client_context(self.identity(name)), CLIENT_ID.rsplit("/", 1)[0] + "/")

    def _server(self, role, model):
        return ShareServer(
            model,
            server_context(self.identity(f"{NAMES[role]}_server")),
            self.neighbours(f"{NAMES[role]}_client"),
            lambda event, session, number: self.events.append((role, event, number)),
            self._limits,
            on_error=lambda stream, error: self.errors.append((role, stream, error)),
        )

    def connect(self, name="asker", plan_hash=None):
        plan_hash = plan_hash or self.bundle.plan.plan_hash
        return AskingSession.connect(self.neighbours(name), plan_hash, setting=self.setting)

    def close(self):
        for server in self.servers.values():
            server.close()
        for thread in self._threads:
            thread.join()
