"""Both services of the inference as real processes around a small network, and the buses around them."""

import uuid
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localsite import parties
from localsite.nats_pair import NatsPair
from localsite.service import Service
from localsite.site_file import write_site
from services.bus.models import CameraRef, CropMessage, Envelope
from services.bus.subjects import STREAM_WARD
from tests.support.networks import grey
from tests.support.waiting import eventually

REF = CameraRef(site="home", ward="ward-1", room="room-1", camera="cam-1")


class Line:
    """Both services and the buses around them."""

    def __init__(
        self,
        directory: Path,
        pair: NatsPair,
        crop: str = "48x48x1",
        selection: NDArray[np.int8] | None = None,
        **client: object,
    ) -> None:
        self.pair, self.producer, self.sequence = pair, uuid.uuid4().hex, 0
        bundle = directory / "bundle"
        grey().save(bundle)
        asked: dict[str, object] = {}
        if selection is not None:
            asked["selection"] = directory / "selection.npy"
            np.save(directory / "selection.npy", selection)
        self.server = parties.server(bundle, directory, pair.pki, settings=asked).start()
        certificate, key, ca = pair.pki.cert("snni_client")
        write_site(directory / "site.yaml", ["cam-1"], "home", {"cam-1": crop})
        settings = pair.connection("snni_client") | {
            "site_file": directory / "site.yaml",
            "edge_url": f"snni://127.0.0.1:{self.server.ports()['snni']}",
            "plan_hash": grey().plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "heartbeat_s": 0.5,
            "reconnect_max_s": 1.0,
        }
        self.server.stay_on(listen_port="snni")
        self.client = Service("snni_client", settings | client, directory).start()

    def crop(self, seed: int, age_s: float = 0.0) -> CropMessage:
        now = datetime.now(UTC)
        captured = now - timedelta(seconds=age_s)
        envelope = Envelope(
            camera=REF, sequence=self.sequence, producer=self.producer, captured_at=captured, published_at=now
        )
        self.sequence += 1
        pixels = np.random.default_rng(seed).integers(0, 256, 48 * 48, np.uint8)
        shape = {"format": "48x48x1", "width": 48, "height": 48, "channels": 1}
        return CropMessage(
            envelope=envelope, data=pixels.tobytes(), forced=False, faces_seen=1, detector_confidence=1.0, **shape
        )

    def events(self, name: str) -> list[dict]:
        return [event for event in self.client.events() if event["event"] == name]

    async def ready(self) -> None:
        async def check():
            return self.client.ready() and self.events("made")

        await eventually(check)

    def stop(self) -> None:
        self.client.stop()
        self.server.stop()


@asynccontextmanager
async def exported(pair: NatsPair):
    """What the hub's stream holds, by kind."""
    async with pair.bus("alerts") as bus:

        async def messages(kind):
            since = datetime.now(UTC) - timedelta(hours=1)
            return [m async for m in bus.replay(STREAM_WARD, since) if isinstance(m, kind)]

        yield messages
