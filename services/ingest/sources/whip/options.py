"""What the WHIP source is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.sources.webrtc.ice import IceServer
from services.ingest.sources.webrtc.media import MediaOptions
from services.ingest.sources.whip.limits import Rate
from services.ingest.sources.whip.session_table import LivenessPolicy

PER_ADDRESS = Rate(burst=200, per_s=40.0)
POSTS = Rate(burst=6, per_s=0.5)
CHANGES = Rate(burst=60, per_s=20.0)


@dataclass(frozen=True)
class EndpointOptions:
    """ice_servers: what clients are told to use. Rates: any request per address; POSTs; PATCH and DELETE."""

    body_limit_bytes: int = 65_536
    body_timeout_s: float = 5.0
    cors_origin: str = "*"
    ice_servers: tuple[IceServer, ...] = ()
    per_address: Rate = PER_ADDRESS
    posts: Rate = POSTS
    changes: Rate = CHANGES


@dataclass(frozen=True)
class WhipOptions:
    """host, port: where the endpoint listens (0: any free port), with the certificate in tls_cert and tls_key.

    media: where media is received.
    """

    host: str
    port: int
    tls_cert: Path
    tls_key: Path
    media: MediaOptions = field(default_factory=MediaOptions)
    liveness: LivenessPolicy = field(default_factory=LivenessPolicy)
    endpoint: EndpointOptions = field(default_factory=EndpointOptions)
