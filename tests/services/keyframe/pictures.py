"""I420 frames for tests: a photograph in the public domain (NASA), and pictures without a face."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import cv2
import numpy as np
from skimage.data import astronaut, camera

from services.bus.messages import CameraRef, Envelope, FrameMessage

RNG = np.random.default_rng(5)


@cache
def portrait() -> np.ndarray:
    """uint8 [384, 512, 3], one face."""
    return np.ascontiguousarray(np.asarray(astronaut())[:384])


@cache
def couple() -> np.ndarray:
    """uint8 [320, 640, 3]: the portrait twice, the left one smaller and at half the brightness."""
    both = np.full((320, 640, 3), 90, np.uint8)
    both[:, 300:] = portrait()[:320, 80:420]
    both[:240, :270] = cv2.resize(portrait()[:320, 80:440], (270, 240), interpolation=cv2.INTER_AREA) // 2
    return both


def turned(degrees: float) -> np.ndarray:
    """uint8 [480, 640, 3], the portrait's face in the middle, turned clockwise."""
    matrix = cv2.getRotationMatrix2D((226.5, 103.0), -degrees, 1.0)
    matrix[:, 2] += (320 - 226.5, 240 - 103.0)
    return cv2.warpAffine(portrait(), matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)


@cache
def aside() -> np.ndarray:
    """uint8 [300, 300, 3], a man seen from the side (CC0)."""
    return np.dstack([camera()[60:360, 120:420]] * 3)


@cache
def furniture() -> np.ndarray:
    """uint8 [384, 512, 3], stripes and boxes, no face."""
    picture = np.full((384, 512, 3), 120, np.uint8)
    picture[:, ::64] = 40
    picture[200:330, 100:400] = [160, 120, 60]
    picture[60:120, 300:480] = [50, 60, 90]
    return picture


@cache
def darkness() -> np.ndarray:
    """uint8 [384, 512, 3], black."""
    return np.zeros((384, 512, 3), np.uint8)


def i420(rgb: np.ndarray, noise: float = 2.0) -> bytes:
    """The picture with a sensor's noise, as the bus carries it."""
    noisy = np.clip(rgb + RNG.normal(0, noise, rgb.shape), 0, 255).astype(np.uint8)
    return bytes(cv2.cvtColor(noisy, cv2.COLOR_RGB2YUV_I420).tobytes())


@dataclass
class Source:
    """Makes a camera's frames, as ingest does."""

    ref: CameraRef
    producer: str = field(default_factory=lambda: secrets.token_hex(16))
    made: int = 0

    def frame(self, rgb: np.ndarray, noise: float = 2.0, data: bytes | None = None) -> FrameMessage:
        """The next frame, captured now."""
        now = datetime.now(UTC)
        self.made += 1
        envelope = Envelope(
            camera=self.ref,
            sequence=self.made,
            producer=self.producer,
            captured_at=now,
            published_at=now,
            traceparent=f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        )
        return FrameMessage(envelope=envelope, width=rgb.shape[1], height=rgb.shape[0], data=data or i420(rgb, noise))
