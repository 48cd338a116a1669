"""What can go wrong with a video.

VideoError
├── UnreadableVideo    a file that gives no picture
└── UndisplayablePicture    a decoded picture that cannot be converted
"""

from __future__ import annotations

from pathlib import Path


class VideoError(ValueError):
    """Root of the errors of `video`."""


class UnreadableVideo(VideoError):
    """The file at `path` gives no picture."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class UndisplayablePicture(VideoError):
    """A picture of `width` x `height` stored pixels."""

    def __init__(self, width: int, height: int, reason: str) -> None:
        super().__init__(f"{width}x{height}: {reason}")
        self.width = width
        self.height = height
        self.reason = reason
