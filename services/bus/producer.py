"""Envelopes of what one process says: numbered per camera and kind, under an epoch that is new with every start."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from datetime import datetime

from services.bus.models import CameraRef, Envelope
from services.bus.subjects import Family
from services.runtime.clock import Clock


def new_traceparent() -> str:
    """A sampled trace of its own (W3C Trace Context, version 00)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


class Producer:
    """The producer of one process's life. A gap in its numbers shows what the broker evicted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._epoch = uuid.uuid4().hex
        self._numbers: Counter[tuple[str, str]] = Counter()

    def envelope(
        self, family: Family, camera: CameraRef, captured_at: datetime | None = None, traceparent: str | None = None
    ) -> Envelope:
        """The next envelope of a camera's messages of this family, published now.

        captured_at: the moment of the frame it comes from (aware); None: now.
        """
        now = self._clock.now().wall
        key = family.noun, camera.camera
        sequence = self._numbers[key]
        self._numbers[key] += 1
        return Envelope(
            camera=camera,
            sequence=sequence,
            producer=self._epoch,
            captured_at=captured_at or now,
            published_at=now,
            traceparent=traceparent,
        )
