"""What the WHEP source is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.ingest.sources.pulling.options import PullingOptions


@dataclass(frozen=True)
class WhepOptions(PullingOptions):
    """connect_s: for a connection, for the answer, and again for the media's.

    tokens: the folder with a file per camera that wants a bearer token, by the camera's id; see `token`.
    ca: PEM file with the authorities of the cameras' certificates, or such certificates themselves; None: the system's.
    ports: of media beside those that WHIP's sessions may take; None: any free ones.
    """

    tokens: Path | None = None
    ca: Path | None = None
    ports: int | None = None
