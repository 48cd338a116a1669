"""How media reaches this machine: host candidates, and the STUN and TURN servers that clients are told of by Link.

Ingest itself asks no server unless it is told to (`media.py`): it stands beside the camera, and an answer must not wait
for anybody else.
On which addresses it gathers is the process's (`services/runtime/ice.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class IceServer:
    """A STUN server (url only) or a TURN server with a long-term credential, for clients."""

    url: str
    username: str | None = None
    credential: str | None = field(default=None, repr=False)

    def link(self) -> str:
        """The Link header's value (RFC 9725, section 4.6)."""
        value = f'<{self.url}>; rel="ice-server"'
        if self.username is not None:
            value += f'; username="{self.username}"; credential="{self.credential}"; credential-type="password"'
        return value
