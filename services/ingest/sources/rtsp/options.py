"""What the RTSP source is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.ingest.sources.pulling.options import PullingOptions


@dataclass(frozen=True)
class RtspOptions(PullingOptions):
    """connect_s: for asking a camera first, and again for opening its stream.

    logins: the folder with a file per camera that wants one, by the camera's id; see `login`.
    ca: PEM file with the authorities of the cameras' certificates, or such certificates themselves; for rtsps.
    sample_period_s: how often a picture is wanted, in seconds, above 0.
    """

    logins: Path | None = None
    ca: Path | None = None
    sample_period_s: float = 1.0
