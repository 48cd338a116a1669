"""snni_client and share servers as real processes, and the buses around them."""

from __future__ import annotations

from localsite.service import Service
from localsite.share_servers import ShareServers
from localsite.site_file import write_site
from tests.services.snni_client.line import Line
from tests.support.networks import grey


class ServersLine(Line):
    """The client and its share servers, and the buses around them."""

    def __init__(self, directory, pair, setting, asked=None, selection=None, **client):
        """asked: the setting that the room is set to, where it is another than the servers'. selection: of clips'
        frames. client: more settings of the room's.
        """
        super(Line, self).__init__()
        self.pair, self.producer, self.sequence = pair, "0" * 32, 0
        shares = directory / "shares"
        self.servers = ShareServers(grey(), shares, pair.pki, selection=selection, setting=setting).start()
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", ["cam-1"], "home", {"cam-1": "48x48x1"})
        settings = pair.connection("snni_client") | {
            "site_file": directory / "site.yaml",
            "mode": (asked or setting).mode,
            "peers_file": self.servers.peers,
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_max_s": 1.0,
        }
        self.client = Service("snni_client", settings | client, directory).start()

    def stop(self):
        self.client.stop()
        self.servers.stop()
