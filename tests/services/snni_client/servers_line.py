"""snni_client and share servers as real processes, and the buses around them."""

from __future__ import annotations

from localsite.share_servers import ShareServers
from tests.services.snni_client.room import Room
from tests.support.networks import grey


class ServersLine(Room):
    """The client and its share servers, and the buses around them."""

    def __init__(self, directory, pair, setting, asked=None, selection=None, **client):
        """asked: the setting that the room is set to, where it is another than the servers'. selection: of clips'
        frames. client: more settings of the room's.
        """
        shares = directory / "shares"
        self.servers = ShareServers(grey(), shares, pair.pki, selection=selection, setting=setting).start()
        servers = {"mode": (asked or setting).mode, "peers_file": self.servers.peers}
        super().__init__(directory, pair, servers | client)

    def stop(self):
        super().stop()
        self.servers.stop()
