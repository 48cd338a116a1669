"""What the edge server is told: VEILWARD_SNNI_SERVER_* variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from services.runtime.settings import ServiceSettings, service_config
from snni.twoparty.ot.params import ExtensionName
from snni.twoparty.session.handshake import MAX_AUDIT
from snni.twoparty.threads import MAX_THREADS

OF_TWO_PARTIES = ("locked_file", "allow_scores", "ot", "threads", "device")
"""What share servers have no use for; where they are left alone, they say nothing."""
LEAST_AGE_OF_SHARES_S = 3600.0
"""Of a share server's sessions: proving takes minutes of a large network, on a busy machine many."""


class SnniServerSettings(ServiceSettings):
    """bundle: directory with plan.json and weights.safetensors: this is the server of two parties. Or share: a folder
    of `./run share-model`: this is one of several share servers, in the role that the folder's commitments give it.

    certificate, key, ca: PEM files of the SNNI pair. A share server also dials: dial_certificate, dial_key are its
    client's, peers_file says where all are (JSON by role: host, port, spiffe_id), read anew for each session.

    listen_host, listen_port: where rooms, and other share servers, dial. allow_scores: rooms may ask for the scores
    beside the level. client_ids: SPIFFE id of the rooms' clients, or a prefix of theirs ending in '/'. max_sessions,
    max_batch, max_prepared: what clients can make this process hold (each prepared inference of a 224x224 SqueezeNet
    takes about 70 MB). max_inferences_per_day: of one client, by its SPIFFE id; what is above is refused, and a room
    with it stands still, so count its cameras: one that is looked at every 5 s has 17,280 a day. Each process counts
    for itself, from its start on. audit: of how many batches of prepared work a client is to show one, 2 or more; 0:
    none. locked_file: clients that were caught by it, and stay locked out over a restart; without one they do not; what
    another process has written is read at the start. session_max_age_s: a session ends then, and its successor begins
    with fresh keys and certificates; of share servers an hour at least, since one that ends while its first inference
    is prepared scores nothing. ot: the oblivious transfers that clients may ask for, one or either. selection: a .npy
    of one-hot rows int8 [selected, frames]; with it, rooms may ask an edge for labels of videos of so many frames, and
    none learns which are looked at. threads: that share each session's work ahead of time, between two parties. device:
    cpu, or cuda (cuda:1, ...) to multiply ciphertexts by weights there; needs the extra `server-cuda`. A share server
    refuses what is for two parties alone, in place of ignoring it. The edge has no bus: settings of a connection to one
    are refused as unknown.
    """

    model_config = service_config("SNNI_SERVER")

    bundle: Path | None = None
    share: Path | None = None
    selection: Path | None = None
    peers_file: Path | None = None
    dial_certificate: Path | None = None
    dial_key: Path | None = None
    certificate: Path
    key: Path
    ca: Path
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=0, ge=0, le=65535)
    client_ids: str = "spiffe://veilward/room/snni_client/"
    max_sessions: int = Field(default=4, ge=1, le=256)
    max_batch: int = Field(default=8, ge=1, le=64)
    max_prepared: int = Field(default=3, ge=1, le=64)
    max_inferences_per_day: int = Field(default=100_000, ge=1)
    audit: int = Field(default=0, ge=0, le=MAX_AUDIT)
    locked_file: Path | None = None
    session_max_age_s: float = Field(default=12 * 3600.0, ge=60.0, le=7 * 86_400.0)
    allow_scores: bool = False
    ot: Literal["ferret", "softspoken", "either"] = "ferret"
    threads: int = Field(default=1, ge=1, le=MAX_THREADS)
    device: str = Field(default="cpu", pattern=r"^(cpu|cuda(:\d+)?)$")

    @model_validator(mode="after")
    def _one_role(self) -> Self:
        if (self.bundle is None) == (self.share is None):
            raise ValueError("set bundle (two parties) or share (one of several servers)")
        if self.audit == 1 or (self.audit and self.share is not None):
            raise ValueError("audit is 0, or 2 and more, and for two parties")
        dialling = (self.peers_file, self.dial_certificate, self.dial_key)
        if self.share is not None and None in dialling:
            raise ValueError("a share server wants peers_file, dial_certificate and dial_key")
        if self.selection is not None and self.bundle is None:
            raise ValueError("selection is for two parties; a share has its own")
        if self.bundle is not None and dialling != (None, None, None):
            raise ValueError("peers_file, dial_certificate and dial_key are for a share server")
        idle = [name for name in OF_TWO_PARTIES if getattr(self, name) != type(self).model_fields[name].default]
        if self.share is not None and idle:
            raise ValueError(f"{' and '.join(idle)}: for two parties, a share server has none of it")
        if self.share is not None and self.session_max_age_s < LEAST_AGE_OF_SHARES_S:
            least = f"{LEAST_AGE_OF_SHARES_S:.0f}"
            raise ValueError(f"session_max_age_s of a share server is {least} at least: a preparation may take minutes")
        return self

    @property
    def ot_offered(self) -> tuple[ExtensionName, ...]:
        return ("ferret", "softspoken") if self.ot == "either" else (self.ot,)
