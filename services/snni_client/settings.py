"""What the room's scorer is told: VEILWARD_SNNI_CLIENT_* variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from services.bus.settings import BusSettings
from services.runtime.settings import service_config
from snni.multiparty.roles import Setting
from snni.twoparty.nonlinear.compare import ComparisonName
from snni.twoparty.nonlinear.comparisons import DEFAULT, LinkName
from snni.twoparty.ot.params import ExtensionName
from snni.twoparty.threads import MAX_THREADS


class SnniClientSettings(BusSettings):
    """site_file: which cameras there are. mode: two-party with an edge; three-servers with three share
    servers held to be passive; three-servers-active or four-servers, of which any one may do anything. Never changed
    by itself.

    edge_url: snni://host:port, edge_id: its SPIFFE id, in two-party mode. peers_file: where the share servers are (JSON
    by role: host, port, spiffe_id), in the others, read anew for each session. plan_hash: the pinned plan's
    SHA-256; no other is run.
    certificate, key, ca: PEM files of the SNNI pair. pool_target: inferences kept ready. batch: frames whose linear
    phase is made at once (the first after connecting is a batch of one), and kept in little memory until they are.
    crop_max_age_s: an older crop is skipped. max_protocol_errors: bad messages of the edge after which it is
    dialled no more until this process starts anew. ot: the oblivious transfers to ask the edge for; it must offer
    them. comparison: how to compare: tables send and wait less while a crop waits, leaf sends less in all. link:
    what the room is joined to the edge by; but for loopback comparisons of few values by leaf then send more and
    wait less. threads: that share the work ahead of time, in two-party mode.
    known_pictures: a file of `./run known-pictures` for this plan, which nobody at the edge has; one crop in
    known_every gives its place to one of them, and an edge that answers them wrongly is asked no more. Without it
    nothing is tested. clip_every_s: the last clip_s seconds of each camera's crops are kept in memory and classified as
    a video so often, by an edge that has a selection or share servers that have a share of one; without it nothing is
    kept. reconnect_min_s, reconnect_max_s: the first and the longest pause before it dials again. heartbeat_s: how
    often a camera's state is said again.
    """

    model_config = service_config("SNNI_CLIENT")

    site_file: Path
    mode: Literal["two-party", "three-servers", "three-servers-active", "four-servers"] = "two-party"
    edge_url: str | None = Field(default=None, pattern=r"^snni://([^:/\[\]]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$")
    peers_file: Path | None = None
    edge_id: str = "spiffe://veilward/edge/snni_server/0"
    plan_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    certificate: Path
    key: Path
    ca: Path
    ot: ExtensionName = "ferret"
    comparison: ComparisonName = DEFAULT
    link: LinkName = "loopback"
    threads: int = Field(default=1, ge=1, le=MAX_THREADS)
    known_pictures: Path | None = None
    known_every: int = Field(default=50, ge=2, le=10_000)
    clip_every_s: float | None = Field(default=None, ge=10.0, le=3600.0)
    clip_s: float = Field(default=10.0, gt=0.0, le=60.0)
    pool_target: int = Field(default=2, ge=1, le=64)
    batch: int = Field(default=8, ge=1, le=64)
    max_protocol_errors: int = Field(default=3, ge=1, le=1000)
    crop_max_age_s: float = Field(default=10.0, gt=0.0, le=120.0)
    reconnect_min_s: float = Field(default=0.5, gt=0.0, le=60.0)
    reconnect_max_s: float = Field(default=10.0, gt=0.0, le=600.0)
    heartbeat_s: float = Field(default=5.0, gt=0.0, le=60.0)

    @model_validator(mode="after")
    def _whom_to_ask(self) -> Self:
        if self.mode == "two-party" and (self.edge_url is None or self.peers_file is not None):
            raise ValueError("two-party mode wants edge_url, and no peers_file")
        if self.mode != "two-party" and (self.peers_file is None or self.edge_url):
            raise ValueError(f"{self.mode} mode wants peers_file, and no edge_url")
        if self.mode != "two-party" and self.known_pictures is not None:
            raise ValueError("known_pictures are for two-party mode")
        if self.clip_every_s is not None and self.clip_every_s < self.clip_s:
            raise ValueError("clips would overlap: clip_every_s is below clip_s")
        return self

    @property
    def setting(self) -> Setting | None:
        """Of share servers; none in two-party mode."""
        return next((setting for setting in Setting if setting.mode == self.mode), None)

    @property
    def told_mode(self) -> str:
        """As the ward is told it with every level: among whom, and what any one of them may do."""
        active = self.setting is not None and self.setting.active
        return f"{self.mode.removesuffix('-active')}/{'active' if active else 'passive'}"

    @property
    def edge_host(self) -> str:
        return (self.edge_url or "").removeprefix("snni://").rpartition(":")[0].strip("[]")

    @property
    def edge_port(self) -> int:
        return int((self.edge_url or "0").rpartition(":")[2])
