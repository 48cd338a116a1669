"""The house's MQTT broker: where it is, and how it knows us."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiomqtt import Client, Will

PORTS = {"mqtt": 1883, "mqtts": 8883}
KEEPALIVE_S = 15
TIMEOUT_S = 5.0
ONLINE, OFFLINE = b"online", b"offline"


@dataclass(frozen=True, slots=True)
class Broker:
    """url: mqtt:// or mqtts://, without a login. prefix: before every topic. site: its word for us.

    password_file: read anew for each connection. context: whom to believe, for mqtts; with none, the system's
    authorities.
    """

    url: str
    prefix: str
    site: str
    user: str | None = None
    password_file: Path | None = None
    context: ssl.SSLContext | None = None

    @property
    def status_topic(self) -> str:
        """Where it stands, retained, whether the ward's word is to be believed: online or offline."""
        return f"{self.prefix}/status"

    def room_topic(self, ward: str, room: str) -> str:
        """A room's topic."""
        return f"{self.prefix}/{ward}/{room}"

    @property
    def test_topic(self) -> str:
        """Where tests are said; nothing is kept there."""
        return f"{self.prefix}/test"

    def client(self) -> Client:
        """A connection that is not opened. Raises OSError for the password's file.

        All replicas of a site are one client to the broker: who leads next ends the connection of who led, whose last
        will is told before anything of the next.
        """
        return self._client(f"veilward-{self.site}", Will(self.status_topic, OFFLINE, qos=1, retain=True))

    def apart(self, name: str) -> Client:
        """Another connection beside it, without a will, under a name of its own. Raises OSError as well."""
        return self._client(f"veilward-{self.site}-{name}", None)

    def _client(self, name: str, will: Will | None) -> Client:
        url = urlsplit(self.url)
        context = self.context or ssl.create_default_context()
        password = None if self.password_file is None else self.password_file.read_text(encoding="utf-8").strip()
        return Client(
            url.hostname or "",
            url.port or PORTS[url.scheme],
            username=self.user,
            password=password,
            identifier=name,
            will=will,
            keepalive=KEEPALIVE_S,
            timeout=TIMEOUT_S,
            tls_context=context if url.scheme == "mqtts" else None,
        )
