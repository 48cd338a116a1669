"""Why a camera's video cannot be fetched, or no longer. No text quotes an address, a secret or what a camera said.

PullError                    why: the reason that the camera's state tells
└── (each way's own: services.ingest.sources.rtsp.errors, services.ingest.sources.whep.errors)
"""

from __future__ import annotations

from typing import ClassVar

from services.ingest.errors import IngestError


class PullError(IngestError):
    """Root of what ends a session, or keeps it from beginning.

    for_its_secret: the camera refused the login or token that it was shown, so that the same one is of no use.
    """

    why: ClassVar[str] = "failed"
    for_its_secret: ClassVar[bool] = False
