"""Crops of one camera, as the room's services number and send them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np

from services.bus.models import CameraRef, CropMessage, Envelope

REF = CameraRef(site="home", ward="ward-1", room="room-1", camera="cam-1")


class Crops:
    """Of one producer, one number after the other."""

    def __init__(self) -> None:
        self.producer, self.sequence = uuid.uuid4().hex, 0

    def crop(self, seed: int, age_s: float = 0.0) -> CropMessage:
        """The next one: 48x48 of noise, captured age_s ago."""
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
