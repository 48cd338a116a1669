"""What the WHEP source is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WhepOptions:
    """Durations in seconds, above 0.

    tokens: the folder with a file per camera that wants a bearer token, by the camera's id; see `token`.
    ca: PEM file with the authorities of the cameras' certificates, or such certificates themselves; None: the system's.
    connect_s: for a connection, for the answer, and again for the media's. silence_s: without a packet, and without a
    picture, before the session ends. retry_first_s, retry_limit_s: pauses between attempts; see `pulling/backoff.py`.
    refused_s: the pause after a refused token, which ends early with another one.
    ports: of media beside those that WHIP's sessions may take; None: any free ones.
    """

    tokens: Path | None = None
    ca: Path | None = None
    connect_s: float = 10.0
    silence_s: float = 10.0
    retry_first_s: float = 1.0
    retry_limit_s: float = 30.0
    refused_s: float = 300.0
    ports: int | None = None
