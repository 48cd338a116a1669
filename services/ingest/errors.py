"""What can go wrong in ingest.

IngestError
├── FrameError               a decoded picture that cannot become a frame on the bus
│   └── MaskUnfit            it has another shape than the one that the camera's masks were drawn on
└── (a source's own errors: services.ingest.sources.whip.errors, for instance)
"""

from __future__ import annotations


class IngestError(Exception):
    """Root of the errors of services.ingest."""


class FrameError(IngestError):
    """A picture of `width` x `height` px cannot become a frame."""

    def __init__(self, width: int, height: int, reason: str) -> None:
        super().__init__(f"{width}x{height}: {reason}")
        self.width = width
        self.height = height


class MaskUnfit(FrameError):
    """The picture has another shape than the one that the camera's outlines were drawn on."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(width, height, "not the shape that its masks were drawn on")
