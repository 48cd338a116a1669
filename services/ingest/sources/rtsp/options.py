"""What the RTSP source is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RtspOptions:
    """Durations in seconds, above 0.

    logins: the folder with a file per camera that wants one, by the camera's id; see `login`.
    ca: PEM file with the authorities of the cameras' certificates, or such certificates themselves; for rtsps.
    connect_s: for asking a camera first, and again for opening its stream. silence_s: without a packet, and without a
    picture, before the session ends. retry_first_s, retry_limit_s: pauses between attempts; see `backoff`.
    refused_s: the pause after a refused login, which ends early with another login: cameras lock who tries too often.
    sample_period_s: how often a picture is wanted.
    """

    logins: Path | None = None
    ca: Path | None = None
    connect_s: float = 10.0
    silence_s: float = 10.0
    retry_first_s: float = 1.0
    retry_limit_s: float = 30.0
    refused_s: float = 300.0
    sample_period_s: float = 1.0
