"""Settings of ingest, read once in main from VEILWARD_INGEST_*."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator

from services.bus.settings import BusSettings
from services.ingest.camera_state import StatePolicy
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.webrtc.ice import IceServer
from services.ingest.sources.webrtc.media import MediaOptions
from services.ingest.sources.whep.options import WhepOptions
from services.ingest.sources.whip.limits import Rate
from services.ingest.sources.whip.options import EndpointOptions, WhipOptions
from services.ingest.sources.whip.session_table import LivenessPolicy
from services.runtime.settings import service_config

Seconds = Annotated[float, Field(gt=0.0, le=3600.0)]
RELAYING = re.compile(r"turns?:[^:?\[\]]+(:\d{1,5})?(\?transport=(udp|tcp))?")
"""Of RFC 7065's addresses those that aiortc takes: it knows no address of IPv6 there."""


class IngestSettings(BusSettings):
    """Durations are in seconds, paths are PEM files, lists are JSON.

    site_file: site.yaml. whip_host, whip_port: where cameras publish. tls_cert, tls_key: of its HTTPS, and of the
    device's own pages. body_limit_bytes, body_timeout_s: the longest offer, and how long it may take to come.
    heartbeat_s: how often a camera's state is said again. stall_s: without a picture for so long a camera has stalled;
    hold_s: what is worse than live is told once it lasted so long; recover_s: live again once pictures came for so
    long. connect_s: a session of WHIP that has not connected by then is ended, and one without a packet for silence_s;
    one that is silent for takeover_s gives way to another publisher of its camera.
    sample_period_s: one frame per so many seconds is published. max_lag_s: a session whose decoding falls further
    behind is ended, which bounds the memory of its queues. ice_addresses: where media is received, every address of
    the machine when empty. cors_origin: the origin of the pages that may publish, `*` for any. posts_burst,
    posts_per_s: offers per camera at once, and in the long run. media_ports: "first-last", the UDP ports of media, as
    many as max_sessions at least; any free ones without it. media_announced: addresses under which cameras reach those
    same ports, of a load balancer for instance. stun_url, turn_url: what clients are told to use, the latter with
    turn_username and turn_credential. turn_relay: the TURN server relays to this side too.
    shutters: the folder in which a file named as a camera closes its shutter; see `privacy/shutter.py`.
    setup_token: the file that switches the set-up page on; see `setup_page/switch.py`. setup_host, setup_port: where
    the page listens, on the device itself unless told otherwise.
    consent_keys: the ward's public keys, one or more as PEM; nothing is processed that none of them allowed.
    consent_store: the folder, on the device's disk, of what was taken and paused. process_without_consent: every camera
    is processed and nobody is asked; without it, and without keys, the service does not start.
    button_port, button_host: where the page with the room's pause button listens, on the device itself unless told
    otherwise; without a port there is none. It needs consent_keys.
    rtsp_*, whep_*: for cameras whose video is fetched; `sources/rtsp/options.py` and `sources/whep/options.py` say what
    each means.
    """

    model_config = service_config("INGEST")

    site_file: Path
    whip_host: str = "127.0.0.1"
    whip_port: int = Field(default=0, ge=0, le=65535)
    tls_cert: Path
    tls_key: Path
    cors_origin: str = Field(default="*", max_length=256, pattern=r"^(\*|[a-z][a-z0-9+.-]*://[^\s/]+)$")
    body_limit_bytes: int = Field(default=65_536, ge=1024, le=1_048_576)
    body_timeout_s: Seconds = 5.0
    posts_burst: int = Field(default=6, ge=1, le=10_000)
    posts_per_s: float = Field(default=0.5, gt=0.0, le=1000.0)

    sample_period_s: Seconds = 1.0
    heartbeat_s: Seconds = 5.0
    max_lag_s: Seconds = 5.0

    stall_s: Seconds = 3.0
    hold_s: float = Field(default=2.0, ge=0.0, le=60.0)
    recover_s: float = Field(default=1.0, ge=0.0, le=60.0)

    connect_s: Seconds = 15.0
    silence_s: Seconds = 30.0
    takeover_s: Seconds = 3.0
    max_sessions: int = Field(default=32, ge=1, le=1024)

    shutters: Path | None = None
    setup_token: Path | None = None
    setup_host: str = "127.0.0.1"
    setup_port: int = Field(default=0, ge=0, le=65535)

    consent_keys: Path | None = None
    consent_store: Path | None = None
    process_without_consent: bool = False
    button_host: str = "127.0.0.1"
    button_port: int | None = Field(default=None, ge=0, le=65535)

    rtsp_logins: Path | None = None
    rtsp_ca: Path | None = None
    rtsp_connect_s: Seconds = 10.0
    rtsp_silence_s: Seconds = 10.0
    rtsp_retry_first_s: Seconds = 1.0
    rtsp_retry_limit_s: Seconds = 30.0
    rtsp_refused_s: Seconds = 300.0

    whep_tokens: Path | None = None
    whep_ca: Path | None = None
    whep_connect_s: Seconds = 10.0
    whep_silence_s: Seconds = 10.0
    whep_retry_first_s: Seconds = 1.0
    whep_retry_limit_s: Seconds = 30.0
    whep_refused_s: Seconds = 300.0

    ice_addresses: tuple[str, ...] = ()
    media_ports: str | None = Field(default=None, pattern=r"^\d{4,5}-\d{4,5}$")
    media_announced: tuple[str, ...] = ()
    stun_url: str | None = Field(default=None, pattern=r"^stuns?:[^\s/@<>\"]+$")
    turn_url: str | None = Field(default=None, pattern=r"^turns?:[^\s/@<>\"]+$")
    turn_username: str | None = None
    turn_credential: SecretStr | None = None
    turn_relay: bool = False

    @field_validator("ice_addresses", "media_announced")
    @classmethod
    def _literal_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            try:
                ipaddress.ip_address(address)
            except ValueError:
                raise ValueError("not an IP address") from None
        return addresses

    @model_validator(mode="after")
    def _turn_whole(self) -> IngestSettings:
        if self.turn_url is not None and (self.turn_username is None or self.turn_credential is None):
            raise ValueError("turn_url needs turn_username and turn_credential")
        if self.turn_relay and (self.turn_url is None or RELAYING.fullmatch(self.turn_url) is None):
            raise ValueError("turn_relay needs turn_url, as turn:NAME_OR_IPV4:PORT, ?transport=udp or tcp after it")
        return self

    @model_validator(mode="after")
    def _consent_whole(self) -> IngestSettings:
        if (self.consent_keys is None) != self.process_without_consent:
            raise ValueError("either consent_keys, or process_without_consent=true, which asks nobody")
        if self.consent_keys is not None and self.consent_store is None:
            raise ValueError("consent_keys needs consent_store")
        if self.button_port is not None and self.consent_keys is None:
            raise ValueError("button_port needs consent_keys")
        return self

    @model_validator(mode="after")
    def _ports_enough(self) -> IngestSettings:
        if self.media_range is not None:
            first, last = self.media_range
            if not 1024 <= first <= last <= 65535:
                raise ValueError("media_ports lie between 1024 and 65535, the lowest first")
            if last - first + 1 < self.max_sessions:
                raise ValueError("media_ports are fewer than max_sessions")
        elif self.media_announced:
            raise ValueError("media_announced needs media_ports: nobody could pass on ports that nobody knows")
        return self

    @property
    def media_range(self) -> tuple[int, int] | None:
        """The first and the last port of media."""
        if self.media_ports is None:
            return None
        first, _, last = self.media_ports.partition("-")
        return int(first), int(last)

    @property
    def state_policy(self) -> StatePolicy:
        """When a camera's state changes."""
        return StatePolicy(self.stall_s, self.hold_s, self.recover_s)

    @property
    def whip(self) -> WhipOptions:
        """Where cameras publish, and when their sessions end."""
        return WhipOptions(
            host=self.whip_host,
            port=self.whip_port,
            tls_cert=self.tls_cert,
            tls_key=self.tls_key,
            media=self._media(),
            liveness=LivenessPolicy(self.connect_s, self.silence_s, self.takeover_s, self.max_sessions),
            endpoint=EndpointOptions(
                body_limit_bytes=self.body_limit_bytes,
                body_timeout_s=self.body_timeout_s,
                cors_origin=self.cors_origin,
                ice_servers=self._ice_servers(),
                posts=Rate(self.posts_burst, self.posts_per_s),
            ),
        )

    @property
    def rtsp(self) -> RtspOptions:
        """How cameras' video is fetched."""
        return RtspOptions(
            logins=self.rtsp_logins,
            ca=self.rtsp_ca,
            connect_s=self.rtsp_connect_s,
            silence_s=self.rtsp_silence_s,
            retry_first_s=self.rtsp_retry_first_s,
            retry_limit_s=max(self.rtsp_retry_first_s, self.rtsp_retry_limit_s),
            refused_s=self.rtsp_refused_s,
            sample_period_s=self.sample_period_s,
        )

    @property
    def whep(self) -> WhepOptions:
        """How cameras' video is fetched by WHEP."""
        ports = self.media_range
        return WhepOptions(
            tokens=self.whep_tokens,
            ca=self.whep_ca,
            connect_s=self.whep_connect_s,
            silence_s=self.whep_silence_s,
            retry_first_s=self.whep_retry_first_s,
            retry_limit_s=max(self.whep_retry_first_s, self.whep_retry_limit_s),
            refused_s=self.whep_refused_s,
            ports=None if ports is None else ports[1] - ports[0] + 1 - self.max_sessions,
        )

    def _ice_servers(self) -> tuple[IceServer, ...]:
        stun = None if self.stun_url is None else IceServer(self.stun_url)
        return tuple(one for one in (stun, self._turn()) if one is not None)

    def _turn(self) -> IceServer | None:
        if self.turn_url is None or self.turn_credential is None:
            return None
        return IceServer(self.turn_url, self.turn_username, self.turn_credential.get_secret_value())

    def _media(self) -> MediaOptions:
        return MediaOptions(
            addresses=self.ice_addresses,
            ports=self.media_range,
            announced=self.media_announced,
            relay=self._turn() if self.turn_relay else None,
        )
