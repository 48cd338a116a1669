"""Why a camera's video cannot be fetched, or no longer. No text quotes an address, a secret or what a camera said.

PullError                    why: the reason that the camera's state tells
├── Unreachable              no connection to its address
├── CertificateRefused       its certificate is none of the authority's, or for another name
├── Redirected               it sends elsewhere, where its login or token must not go
├── RequestRefused           it refuses, without saying more
│   └── StreamNotFound       it has no such path
├── NoVideo                  it sends no video that can be received
├── Undecodable              packets come, and no picture can be made of them
├── Silent                   nothing comes
├── ConnectionLost           the connection ended
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


class Unreachable(PullError):
    """No connection to the camera's address."""

    why = "unreachable"


class CertificateRefused(PullError):
    """The camera's certificate does not lead to the authority, or is for another name."""

    why = "certificate_refused"


class Redirected(PullError):
    """The camera sends to another address, or on and on."""

    why = "redirected"


class RequestRefused(PullError):
    """The camera refused a request."""

    why = "request_refused"


class StreamNotFound(RequestRefused):
    """The camera has no stream under this path."""

    why = "stream_not_found"


class NoVideo(PullError):
    """There is no video in what the camera sends, or none in a format that is taken."""

    why = "no_video"


class Undecodable(PullError):
    """Packets come, but no picture can be made of them."""

    why = "undecodable"


class Silent(PullError):
    """Nothing comes."""

    why = "silent"


class ConnectionLost(PullError):
    """The connection ended."""

    why = "connection_lost"
