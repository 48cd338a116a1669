"""Settings of the probe, read once in main from VEILWARD_PROBE_*."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AnyUrl, Field, UrlConstraints

from services.runtime.settings import ServiceSettings, service_config

CLIP = Path(__file__).with_name("clip.mp4")


class ProbeSettings(ServiceSettings):
    """whip_url: of the test room's camera at ingest, https://HOST:PORT/whip/CAMERA. token_file: of its token, read anew
    each time. ca: PEM, whose certificates ingest shows; with none, the system's authorities.

    clip: what is shown, a drawn face that hurts from its first picture to its last; another one for a network that does
    not read this. every_s: from one show to the next. show_s: how long one lasts: several of keyframe's periods.
    retry_s: after a show that failed. fps: pictures a second.
    """

    model_config = service_config("PROBE")

    whip_url: Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"])]
    token_file: Path
    ca: Path | None = None
    clip: Path = CLIP
    every_s: float = Field(default=3600.0, ge=1.0, le=86_400.0)
    show_s: float = Field(default=60.0, ge=1.0, le=600.0)
    retry_s: float = Field(default=60.0, ge=1.0, le=3600.0)
    fps: float = Field(default=15.0, ge=1.0, le=60.0)
