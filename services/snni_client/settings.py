"""What the room's scorer is told: VEILWARD_SNNI_CLIENT_* variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.bus.settings import BusSettings
from services.runtime.settings import service_config
from snni.twoparty.nonlinear.compare import ComparisonName
from snni.twoparty.ot.params import ExtensionName


class SnniClientSettings(BusSettings):
    """site_file: which cameras there are. edge_url: snni://host:port. edge_id: the server's SPIFFE id.

    plan_hash: the pinned plan's SHA-256; without it whatever plan the server shows is taken (not in production).
    certificate, key, ca: PEM files of the SNNI pair. pool_target: inferences kept ready. batch: frames whose linear
    phase is made at once (the first after connecting is a batch of one). crop_max_age_s: an older crop is skipped.
    ot: the oblivious transfers to ask the edge for; it must offer them. gadget: how to compare: leaf sends fewer
    bytes in all, tables fewer while a crop waits.
    """

    model_config = service_config("SNNI_CLIENT")

    site_file: Path
    edge_url: str = Field(pattern=r"^snni://([^:/\[\]]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$")
    edge_id: str = "spiffe://veilward/edge/snni_server/0"
    plan_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    certificate: Path
    key: Path
    ca: Path
    ot: ExtensionName = "ferret"
    gadget: ComparisonName = "leaf"
    pool_target: int = Field(default=2, ge=1, le=64)
    batch: int = Field(default=4, ge=1, le=64)
    crop_max_age_s: float = Field(default=10.0, gt=0.0, le=120.0)
    reconnect_min_s: float = Field(default=0.5, gt=0.0, le=60.0)
    reconnect_max_s: float = Field(default=10.0, gt=0.0, le=600.0)
    heartbeat_s: float = Field(default=5.0, gt=0.0, le=60.0)

    @property
    def edge_host(self) -> str:
        return self.edge_url.removeprefix("snni://").rpartition(":")[0].strip("[]")

    @property
    def edge_port(self) -> int:
        return int(self.edge_url.rpartition(":")[2])
